# The command, against real processes. Nothing of it is there for a sanitizer: the shared object is not built then.
command_tests = tests/command/use.sh tests/command/run.sh tests/command/stat.sh tests/command/top.sh tests/command/diff.sh \
	tests/command/report.sh tests/command/doctor.sh tests/command/completion.sh
EXTRA_DIST += $(command_tests) tests/command/common tests/command/works.c
if !SANITIZER
TESTS += $(command_tests)
endif
