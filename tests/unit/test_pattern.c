/* pattern: the path of a file. */
#include "pattern.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progname.h"

static char out[64];

static void
set_up(void)
{
	static char program[] = "a/kettle\n";

	progname = program;
}

static const struct { const char *pattern, *begin, *end; } patterns[] = { /* begin, pid, end; the pid only if end is there */
	{ "plain", "plain", NULL }, { "%n", "42", NULL }, { "%e", "a_kettle_", NULL }, { "x.%p.%n", "x.", ".42" },
	{ "100%%", "100%", NULL }, { "%%p", "%p", NULL }, { "%x%", "%x%", NULL }, { "%n%n/%e", "4242/a_kettle_", NULL }, { "", "", NULL },
};

START_TEST(a_pattern_is_expanded)
{
	char expected[100];

	snprintf(expected, sizeof(expected), "%s", patterns[_i].begin);
	if (patterns[_i].end)
		snprintf(expected, sizeof(expected), "%s%d%s", patterns[_i].begin, (int)getpid(), patterns[_i].end);
	ck_assert(pattern_expand(patterns[_i].pattern, 42, out, sizeof(out)));
	ck_assert_str_eq(out, expected);
}
END_TEST

START_TEST(what_has_no_room_is_refused)
{
	char pattern[65];

	memset(pattern, 'x', sizeof(pattern) - 1);
	pattern[64] = '\0';
	errno = 0;
	ck_assert(!pattern_expand(pattern, 1, out, sizeof(out)));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	pattern[63] = '\0';
	ck_assert(pattern_expand(pattern, 1, out, sizeof(out)));
	ck_assert_str_eq(out, pattern);
}
END_TEST

START_TEST(a_conversion_is_found_and_a_percent_sign_is_none)
{
	ck_assert(pattern_has("a%p", 'p') && pattern_has("%n%e", 'e') && pattern_has("%%%p", 'p'));
	ck_assert(!pattern_has("a%%p", 'p') && !pattern_has("%n", 'p') && !pattern_has("p%", 'p') && !pattern_has("", 'p'));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pattern");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_loop_test(all, a_pattern_is_expanded, 0, (int)(sizeof(patterns) / sizeof(patterns[0])));
	tcase_add_test(all, what_has_no_room_is_refused);
	tcase_add_test(all, a_conversion_is_found_and_a_percent_sign_is_none);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
