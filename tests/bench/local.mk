# tests/bench: the runner of bench/, with sizes that take no time.
dist_check_SCRIPTS += tests/bench/runner
if !SANITIZER
TESTS += tests/bench/runner
check_LTLIBRARIES += tests/bench/libtwice.la
tests_bench_libtwice_la_SOURCES = tests/bench/twice.c
tests_bench_libtwice_la_CFLAGS = -std=gnu11 -fno-builtin -fvisibility=hidden $(WARN_FLAGS)
tests_bench_libtwice_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
endif
