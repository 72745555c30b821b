# tests/unit: filled by the rooms that live here

check_PROGRAMS += tests/unit/test_dump tests/unit/test_dump_file tests/unit/test_dump_text tests/unit/test_dump_json
TESTS += tests/unit/test_dump tests/unit/test_dump_file tests/unit/test_dump_text tests/unit/test_dump_json
tests_unit_test_dump_SOURCES = tests/unit/test_dump.c
tests_unit_test_dump_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dump_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_dump_file_SOURCES = tests/unit/test_dump_file.c
tests_unit_test_dump_file_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dump_file_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
# These two bring their own snapshot_thread: the archive's snapshot.o is then not asked for.
tests_unit_test_dump_text_SOURCES = tests/unit/test_dump_text.c
tests_unit_test_dump_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dump_text_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_dump_json_SOURCES = tests/unit/test_dump_json.c
tests_unit_test_dump_json_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dump_json_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)

settings_tests = tests/unit/test_writer tests/unit/test_spelling tests/unit/test_signame tests/unit/test_value \
	tests/unit/test_setting tests/unit/test_options
check_PROGRAMS += $(settings_tests)
TESTS += $(settings_tests)
tests_unit_test_writer_SOURCES = tests/unit/test_writer.c
tests_unit_test_writer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_writer_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_spelling_SOURCES = tests/unit/test_spelling.c
tests_unit_test_spelling_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_spelling_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_signame_SOURCES = tests/unit/test_signame.c
tests_unit_test_signame_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_signame_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_value_SOURCES = tests/unit/test_value.c
tests_unit_test_value_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_value_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_setting_SOURCES = tests/unit/test_setting.c
tests_unit_test_setting_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_setting_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_options_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)

# The core, room by room. unit.h starts the rooms without boot, gives each test a process of its own, and speaks to the sanitizers.
core_tests = tests/unit/test_lock tests/unit/test_cpu tests/unit/test_sizeclass tests/unit/test_meta tests/unit/test_fatal \
	tests/unit/test_stats tests/unit/test_budget tests/unit/test_pagemap tests/unit/test_backend tests/unit/test_magazine \
	tests/unit/test_shard tests/unit/test_bin tests/unit/test_thread tests/unit/test_get tests/unit/test_put \
	tests/unit/test_pool tests/unit/test_calls tests/unit/test_drain tests/unit/test_epoch tests/unit/test_background \
	tests/unit/test_snapshot tests/unit/test_boot
check_PROGRAMS += $(core_tests)
TESTS += $(core_tests)
EXTRA_DIST += tests/unit/unit.h
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lock_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_cpu_SOURCES = tests/unit/test_cpu.c
tests_unit_test_cpu_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cpu_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_sizeclass_SOURCES = tests/unit/test_sizeclass.c
tests_unit_test_sizeclass_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sizeclass_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_meta_SOURCES = tests/unit/test_meta.c
tests_unit_test_meta_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_meta_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_fatal_SOURCES = tests/unit/test_fatal.c
tests_unit_test_fatal_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_fatal_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_stats_SOURCES = tests/unit/test_stats.c
tests_unit_test_stats_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_stats_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_budget_SOURCES = tests/unit/test_budget.c
tests_unit_test_budget_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_budget_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_pagemap_SOURCES = tests/unit/test_pagemap.c
tests_unit_test_pagemap_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_pagemap_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_backend_SOURCES = tests/unit/test_backend.c
tests_unit_test_backend_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JEMALLOC_CFLAGS)
tests_unit_test_backend_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_magazine_SOURCES = tests/unit/test_magazine.c
tests_unit_test_magazine_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_magazine_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_shard_SOURCES = tests/unit/test_shard.c
tests_unit_test_shard_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_shard_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_bin_SOURCES = tests/unit/test_bin.c
tests_unit_test_bin_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_bin_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_thread_SOURCES = tests/unit/test_thread.c
tests_unit_test_thread_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_thread_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_get_SOURCES = tests/unit/test_get.c
tests_unit_test_get_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_get_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_put_SOURCES = tests/unit/test_put.c
tests_unit_test_put_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_put_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c
tests_unit_test_pool_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_pool_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_calls_SOURCES = tests/unit/test_calls.c
tests_unit_test_calls_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_calls_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_drain_SOURCES = tests/unit/test_drain.c
tests_unit_test_drain_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_drain_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_epoch_SOURCES = tests/unit/test_epoch.c
tests_unit_test_epoch_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_epoch_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_background_SOURCES = tests/unit/test_background.c
tests_unit_test_background_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_background_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_snapshot_SOURCES = tests/unit/test_snapshot.c
tests_unit_test_snapshot_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_snapshot_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
tests_unit_test_boot_SOURCES = tests/unit/test_boot.c
tests_unit_test_boot_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_boot_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JEMALLOC_LIBS)
