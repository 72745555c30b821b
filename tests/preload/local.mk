# tests/preload: filled by the rooms that live here
# Programs that run under the built library: tests/preload/run runs them as tests/preload/cases says.
EXTRA_DIST += tests/preload/cases tests/preload/cases-long tests/preload/check.h tests/preload/churn.h tests/preload/figures.h \
	tests/preload/refuse.h
dist_check_SCRIPTS += tests/preload/run

if !SANITIZER
TESTS += tests/preload/run
# Nothing of the compiler's knowledge about malloc, so that each call in the source is a call.
preload_CFLAGS = -std=gnu11 -fno-builtin -pthread $(WARN_FLAGS)
preload_CXXFLAGS = -std=c++17 -fsized-deallocation -fno-builtin -pthread -Wall -Wextra -Wshadow
preload_library = -module -avoid-version -shared -rpath /nowhere
check_PROGRAMS += tests/preload/sizes
tests_preload_sizes_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/refusals
tests_preload_refusals_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/limited
tests_preload_limited_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/usable
tests_preload_usable_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/recycled_zero
tests_preload_recycled_zero_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/realloc_content
tests_preload_realloc_content_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/alignments
tests_preload_alignments_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/reports
tests_preload_reports_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/trim
tests_preload_trim_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/old_names
tests_preload_old_names_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/jemalloc_thread
tests_preload_jemalloc_thread_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/jemalloc_mix
tests_preload_jemalloc_mix_CFLAGS = $(preload_CFLAGS) $(JEMALLOC_CFLAGS)
tests_preload_jemalloc_mix_LDADD = $(JEMALLOC_LIBS)
check_PROGRAMS += tests/preload/threads_come_and_go
tests_preload_threads_come_and_go_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/destructors
tests_preload_destructors_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/free_elsewhere
tests_preload_free_elsewhere_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/small_stacks
tests_preload_small_stacks_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/cancelled
tests_preload_cancelled_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/main_leaves
tests_preload_main_leaves_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/stays_single
tests_preload_stays_single_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/helper_thread
tests_preload_helper_thread_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/exit_while_allocating
tests_preload_exit_while_allocating_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/gives_back_once
tests_preload_gives_back_once_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/gives_back_large
tests_preload_gives_back_large_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/stack_cache
tests_preload_stack_cache_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/fork_child
tests_preload_fork_child_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/fork_storm
tests_preload_fork_storm_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/fork_stdio
tests_preload_fork_stdio_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/signal_storm
tests_preload_signal_storm_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/spawn
tests_preload_spawn_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/early
tests_preload_early_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/late_cxx
tests_preload_late_cxx_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/handler_allocates
tests_preload_handler_allocates_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/public_api
tests_preload_public_api_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/reset
tests_preload_reset_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/greet
tests_preload_greet_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/operators
tests_preload_operators_SOURCES = tests/preload/operators.cc
tests_preload_operators_CXXFLAGS = $(preload_CXXFLAGS)
check_PROGRAMS += tests/preload/thread_locals
tests_preload_thread_locals_SOURCES = tests/preload/thread_locals.cc
tests_preload_thread_locals_CXXFLAGS = $(preload_CXXFLAGS)

# Libraries that the programs are run with: preloaded beside ours, or opened late.
check_LTLIBRARIES += tests/preload/libearly.la
tests_preload_libearly_la_CFLAGS = $(preload_CFLAGS)
tests_preload_libearly_la_LDFLAGS = $(preload_library)
check_LTLIBRARIES += tests/preload/libwrap.la
tests_preload_libwrap_la_CFLAGS = $(preload_CFLAGS)
tests_preload_libwrap_la_LDFLAGS = $(preload_library)
check_LTLIBRARIES += tests/preload/liblate.la
tests_preload_liblate_la_SOURCES = tests/preload/liblate.cc
tests_preload_liblate_la_CXXFLAGS = $(preload_CXXFLAGS)
tests_preload_liblate_la_LDFLAGS = $(preload_library)
endif

# Dumps by the clock and by a control file.
dist_check_SCRIPTS += tests/preload/triggers
if !SANITIZER
TESTS += tests/preload/triggers
check_PROGRAMS += tests/preload/idles
tests_preload_idles_CFLAGS = $(preload_CFLAGS)
endif

# What a real collector makes of a dump, and Prometheus of our alerts and the dashboard.
dist_check_SCRIPTS += tests/preload/prometheus
EXTRA_DIST += tests/preload/alerts.yml
if !SANITIZER
TESTS += tests/preload/prometheus
endif

# Processes that we leave alone.
dist_check_SCRIPTS += tests/preload/aside
EXTRA_DIST += tests/preload/blocks.c
if !SANITIZER
TESTS += tests/preload/aside
check_PROGRAMS += tests/preload/own_malloc tests/preload/deepbind
tests_preload_own_malloc_CFLAGS = $(preload_CFLAGS)
tests_preload_deepbind_CFLAGS = $(preload_CFLAGS)
# RUNPATH, and in a folder where the loader looks for no other reason.
tests_preload_deepbind_LDFLAGS = -Wl,--enable-new-dtags -Wl,-rpath,'$$ORIGIN/.libs'
check_LTLIBRARIES += tests/preload/libold.la
tests_preload_libold_la_CFLAGS = $(preload_CFLAGS)
tests_preload_libold_la_LDFLAGS = $(preload_library)
check_LTLIBRARIES += tests/preload/libdeep.la
tests_preload_libdeep_la_CFLAGS = $(preload_CFLAGS)
tests_preload_libdeep_la_LDFLAGS = $(preload_library)
endif

# A program at a memory limit, with somebody looking at it and without.
dist_check_SCRIPTS += tests/preload/pressure
if !SANITIZER
TESTS += tests/preload/pressure
check_PROGRAMS += tests/preload/outgrows
tests_preload_outgrows_CFLAGS = $(preload_CFLAGS)
# Those of cases-long.
check_PROGRAMS += tests/preload/refused_membarrier
tests_preload_refused_membarrier_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/refused_clone
tests_preload_refused_clone_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/no_more_threads
tests_preload_no_more_threads_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/handler_forks
tests_preload_handler_forks_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/timers_allocate
tests_preload_timers_allocate_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/renames
tests_preload_renames_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/daemon_dumps
tests_preload_daemon_dumps_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/forks_under_load
tests_preload_forks_under_load_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/ends_while_rotating
tests_preload_ends_while_rotating_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/idle_threads
tests_preload_idle_threads_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/gives_back
tests_preload_gives_back_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/cap_holds
tests_preload_cap_holds_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/tiny_limits
tests_preload_tiny_limits_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/helper_life
tests_preload_helper_life_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/refused_madvise
tests_preload_refused_madvise_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/stopped_thread
tests_preload_stopped_thread_CFLAGS = $(preload_CFLAGS)
check_PROGRAMS += tests/preload/stopped_process
tests_preload_stopped_process_CFLAGS = $(preload_CFLAGS)
endif
