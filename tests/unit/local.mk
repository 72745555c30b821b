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
