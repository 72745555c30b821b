/* ranking: the five threads that hold the most. */
#include "ranking.h"

#include <check.h>
#include <stdlib.h>

/* The threads are ours here: this definition takes the place of snapshot.c's. */
static uint64_t held[64];
static unsigned thread_count;

bool
snapshot_thread(const void **cursor, struct thread_figures *out)
{
	const uint64_t *next = *cursor ? (const uint64_t *)*cursor + 1 : held;

	if (next == held + thread_count)
		return false;
	*cursor = next;
	*out = (struct thread_figures){ .tid = (int)(next - held), .cached_bytes = *next };
	return true;
}

static struct ranking r;

START_TEST(there_may_be_none)
{
	thread_count = 0;
	ranking_take(&r);
	ck_assert_uint_eq(r.shown, 0);
	ck_assert_uint_eq(r.more, 0);
}
END_TEST

START_TEST(fewer_than_the_places_are_in_order)
{
	held[0] = 1;
	held[1] = 3;
	held[2] = 2;
	thread_count = 3;
	ranking_take(&r);
	ck_assert_uint_eq(r.shown, 3);
	ck_assert_int_eq(r.at[0].tid, 1);
	ck_assert_int_eq(r.at[1].tid, 2);
	ck_assert_int_eq(r.at[2].tid, 0);
	ck_assert_uint_eq(r.more + r.more_bytes, 0);
}
END_TEST

START_TEST(of_many_the_rest_is_summed_up)
{
	thread_count = 64;
	for (unsigned i = 0; i < thread_count; i++) /* 27 has no common divisor with 64: every amount, mixed */
		held[i] = i * 27 % thread_count;
	ranking_take(&r);
	ck_assert_uint_eq(r.shown, RANKING_PLACES);
	for (unsigned i = 0; i < RANKING_PLACES; i++)
		ck_assert_uint_eq(r.at[i].cached_bytes, 63 - i);
	ck_assert_uint_eq(r.more, 64 - RANKING_PLACES);
	ck_assert_uint_eq(r.more_bytes, 58 * 59 / 2);
}
END_TEST

START_TEST(of_those_that_hold_the_same_the_first_found_is_first)
{
	thread_count = 9;
	for (unsigned i = 0; i < thread_count; i++)
		held[i] = 7;
	ranking_take(&r);
	for (unsigned i = 0; i < RANKING_PLACES; i++)
		ck_assert_int_eq(r.at[i].tid, (int)i);
	ck_assert_uint_eq(r.more_bytes, 7 * (9 - RANKING_PLACES));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ranking");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, there_may_be_none);
	tcase_add_test(all, fewer_than_the_places_are_in_order);
	tcase_add_test(all, of_many_the_rest_is_summed_up);
	tcase_add_test(all, of_those_that_hold_the_same_the_first_found_is_first);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
