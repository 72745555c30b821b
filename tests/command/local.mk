# The command, against real processes. Nothing of it is there for a sanitizer: the shared object is not built then.
command_tests = tests/command/use.sh tests/command/run.sh tests/command/stat.sh tests/command/top.sh tests/command/diff.sh \
	tests/command/report.sh tests/command/doctor.sh tests/command/completion.sh
EXTRA_DIST += $(command_tests) tests/command/common tests/command/works.c
if !SANITIZER
TESTS += $(command_tests)
endif

# Rooms of the command that read what others have written, under the sanitizers too.
check_PROGRAMS += tests/command/test_elffile tests/command/test_rooms
TESTS += tests/command/test_elffile tests/command/test_rooms
tests_command_test_elffile_SOURCES = tests/command/test_elffile.c src/command/elffile.c
tests_command_test_elffile_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/command
tests_command_test_elffile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_command_test_elffile_LDADD = $(CHECK_LIBS)
tests_command_test_rooms_SOURCES = tests/command/test_rooms.c src/command/human.c src/command/table.c src/command/figures.c \
	src/command/rate.c src/command/file.c
tests_command_test_rooms_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/command
tests_command_test_rooms_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_command_test_rooms_LDADD = libtidepool_core.la $(CHECK_LIBS) $(JANSSON_LIBS) $(JEMALLOC_LIBS) -lm
