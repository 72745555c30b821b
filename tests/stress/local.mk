# The shadow-model stress test on the rooms without the exported symbols: also what the sanitizer builds run.
check_PROGRAMS += tests/stress/stress
tests_stress_stress_SOURCES = tests/stress/stress.c
tests_stress_stress_CPPFLAGS = $(AM_CPPFLAGS)
tests_stress_stress_LDADD = libtidepool_core.la $(JEMALLOC_LIBS)

# One script for each way to run it; SECONDS of the long run: make check-long.
stress_tests = tests/stress/drained tests/stress/owners-hand-in tests/stress/small-cap
dist_check_SCRIPTS += $(stress_tests)
TESTS += $(stress_tests)

check_PROGRAMS += tests/stress/without-membarrier
tests_stress_without_membarrier_SOURCES = tests/stress/without-membarrier.c

check-long: check
	$(MAKE) check TESTS="$(stress_tests)" STRESS_SECONDS=$${STRESS_SECONDS:-600}
if !SANITIZER
	PRELOAD_CASES=$(srcdir)/tests/preload/cases-long srcdir=$(srcdir) $(srcdir)/tests/preload/run --times $${PRELOAD_TIMES:-20}
	PRELOAD_CASES=$(srcdir)/tests/preload/cases-long PRELOAD_FORKS=$${PRELOAD_FORKS:-100000} PRELOAD_LIMIT=7200 srcdir=$(srcdir) \
		$(srcdir)/tests/preload/run forks_under_load
endif
.PHONY: check-long
