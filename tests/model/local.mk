# The protocols as Promela models, for spin.
EXTRA_DIST += tests/model/machine.pml tests/model/owner.pml tests/model/drain.pml tests/model/exit.pml \
	tests/model/handover.pml tests/model/fork.pml tests/model/dump.pml
dist_check_SCRIPTS += tests/model/check
# They say nothing about how the library was built: once is enough.
if !SANITIZER
TESTS += tests/model/check
endif
