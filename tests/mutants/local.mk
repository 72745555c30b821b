# Faults planted in the source, each to be caught by the test that it names. `make mutants` takes minutes; that all of them
# still apply is looked at in every check.
EXTRA_DIST += tests/mutants/list tests/mutants/apply.awk tests/mutants/run
dist_check_SCRIPTS += tests/mutants/apply
if !SANITIZER
TESTS += tests/mutants/apply
endif

# What a missing membarrier shows in, within a fraction of a second.
check_PROGRAMS += tests/mutants/hammer
tests_mutants_hammer_SOURCES = tests/mutants/hammer.c
tests_mutants_hammer_LDADD = libtidepool_core.la $(JEMALLOC_LIBS)
if !SANITIZER
TESTS += tests/mutants/hammer
endif

.PHONY: mutants
mutants:
	CC="$(CC)" MUTANT_CPPFLAGS="-I$(abs_builddir) $(JEMALLOC_CFLAGS) $(CHECK_CFLAGS)" \
		MUTANT_LIBS="$(CHECK_LIBS) $(JEMALLOC_LIBS)" $(SHELL) $(srcdir)/tests/mutants/run $(MUTANTS)
