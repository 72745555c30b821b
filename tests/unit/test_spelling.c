/* spelling: which slips are seen through, and where a suggestion would be a guess. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "spelling.h"

static struct spelling
closest(const char *text, const char *const *candidates, size_t n)
{
	struct spelling best = { 0 };

	for (size_t i = 0; i < n; i++)
		spelling_compare(&best, text, strlen(text), candidates[i], strlen(candidates[i]));
	return best;
}

static unsigned
distance(const char *text, const char *candidate)
{
	struct spelling best = closest(text, &candidate, 1);

	return best.word == NULL ? 99 : best.distance;
}

START_TEST(a_slip_is_one_step)
{
	ck_assert_uint_eq(distance("epoch", "epoch"), 0);
	ck_assert_uint_eq(distance("EPOCH", "epoch"), 0);
	ck_assert_uint_eq(distance("epochs", "epoch"), 1); /* put in */
	ck_assert_uint_eq(distance("epch", "epoch"), 1);   /* left out */
	ck_assert_uint_eq(distance("epxch", "epoch"), 1);  /* replaced */
	ck_assert_uint_eq(distance("epcoh", "epoch"), 1);  /* swapped */
	ck_assert_uint_eq(distance("peoch", "epoch"), 1);
	ck_assert_uint_eq(distance("epohc", "epoch"), 1);
	ck_assert_uint_eq(distance("poch", "epoch"), 1);
	ck_assert_uint_eq(distance("eopchs", "epoch"), 2);
}
END_TEST

START_TEST(a_short_word_forgives_one_slip_and_a_long_one_a_third)
{
	ck_assert_uint_eq(distance("of", "off"), 1);
	ck_assert_uint_eq(distance("on", "off"), 99);
	ck_assert_uint_eq(distance("nil", "none"), 99);
	ck_assert_uint_eq(distance("dumpatexit", "dump_at_exit"), 2);
	ck_assert_uint_eq(distance("dmpatxt", "dump_at_exit"), 99);
	ck_assert_uint_eq(distance("x", "y"), 99);
	ck_assert_uint_eq(distance("", "y"), 99);
	ck_assert_uint_eq(distance("", ""), 99);
}
END_TEST

START_TEST(the_nearest_wins_and_of_equals_the_first)
{
	static const char *const words[] = { "reset", "rest", "test" };

	ck_assert_ptr_eq(closest("rset", words, 3).word, words[0]);
	ck_assert_ptr_eq(closest("rest", words, 3).word, words[1]);
	ck_assert_ptr_eq(closest("testt", words, 3).word, words[2]);
	ck_assert_uint_eq(closest("testt", words, 3).len, 4);
	ck_assert_ptr_null(closest("budget", words, 3).word);
}
END_TEST

START_TEST(words_past_the_limit_are_never_suggested)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyzabcdef";
	static const char too_long[] = "abcdefghijklmnopqrstuvwxyzabcdefg";

	ck_assert_uint_eq(strlen(longest), SPELLING_MAX);
	ck_assert_uint_eq(distance(longest, longest), 0);
	ck_assert_uint_eq(distance(longest, too_long), 99);
	ck_assert_uint_eq(distance(too_long, longest), 99);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spelling");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, a_slip_is_one_step);
	tcase_add_test(all, a_short_word_forgives_one_slip_and_a_long_one_a_third);
	tcase_add_test(all, the_nearest_wins_and_of_equals_the_first);
	tcase_add_test(all, words_past_the_limit_are_never_suggested);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
