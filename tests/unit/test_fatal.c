/* fatal: a line, the stack, abort; and nothing that waits. */
#include "fatal.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static char text[1 << 16];
static int to_parent[2];

/* Runs `body` in a process of its own, its standard error in text[]; returns how it ended. */
static int
ends(void (*body)(void))
{
	size_t len = 0;
	ssize_t n;

	ck_assert_int_eq(pipe(to_parent), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(to_parent[1], STDERR_FILENO);
		close(to_parent[0]);
		close(to_parent[1]);
		body();
		_exit(0);
	}
	close(to_parent[1]);
	while (len < sizeof text - 1 && (n = read(to_parent[0], text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	close(to_parent[0]);
	text[len] = '\0';
	return unit_status(child);
}

static bool
aborted(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
die_of_a_pointer(void)
{
	fatal("the tide went out", (void *)0x1234abc);
}

static void
die_of_nothing(void)
{
	fatal("the tide went out", NULL);
}

START_TEST(the_first_line_says_what_and_where)
{
	ck_assert(aborted(ends(die_of_a_pointer)));
	ck_assert_ptr_eq(strstr(text, "tidepool: fatal: the tide went out (0x1234abc)\n"), text);
}
END_TEST

START_TEST(without_a_pointer_it_says_none)
{
	ck_assert(aborted(ends(die_of_nothing)));
	ck_assert_ptr_eq(strstr(text, "tidepool: fatal: the tide went out\n"), text);
}
END_TEST

START_TEST(the_callers_follow_line_by_line)
{
	unsigned frames = 0;

	ck_assert(aborted(ends(die_of_a_pointer)));
	for (char *line = strchr(text, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
		char expected[16];
		snprintf(expected, sizeof expected, "  #%u 0x", frames++);
		ck_assert_msg(strncmp(line, expected, strlen(expected)) == 0, "%s", line);
	}
	ck_assert_uint_ge(frames, 4); /* fatal, the body, ends, the test … */
	ck_assert_ptr_nonnull(strstr(text, "test_fatal+0x")); /* the file, to give to addr2line */
	ck_assert_ptr_nonnull(strstr(text, "libc"));
}
END_TEST

static void
again(int signal_number)
{
	(void)signal_number;
	ssize_t n = write(STDERR_FILENO, fatal_now() ? "dying\n" : "alive\n", 6);
	(void)n;
	signal(SIGABRT, SIG_DFL);
	fatal("once more", NULL);
}

static void
die_twice(void)
{
	signal(SIGABRT, again);
	fatal("the tide went out", NULL);
}

START_TEST(a_second_one_says_nothing_and_ends_too)
{
	ck_assert(!fatal_now());
	ck_assert(aborted(ends(die_twice)));
	ck_assert_ptr_nonnull(strstr(text, "dying\n"));
	ck_assert_ptr_null(strstr(text, "once more"));
}
END_TEST

static void
die_mute(void)
{
	close(STDERR_FILENO);
	fatal("nobody hears this", NULL);
}

START_TEST(a_closed_standard_error_is_no_reason_to_live)
{
	ck_assert(aborted(ends(die_mute)));
	ck_assert_str_eq(text, "");
}
END_TEST

int
main(void)
{
	TCase *ends_here = tcase_create("ends");

	tcase_add_test(ends_here, the_first_line_says_what_and_where);
	tcase_add_test(ends_here, without_a_pointer_it_says_none);
	tcase_add_test(ends_here, the_callers_follow_line_by_line);
	tcase_add_test(ends_here, a_second_one_says_nothing_and_ends_too);
	tcase_add_test(ends_here, a_closed_standard_error_is_no_reason_to_live);
	return unit_run("fatal", ends_here, NULL);
}
