/* lock: it excludes, a try does not wait, and in a debug build a broken order does not go unseen. */
#include "unit.h"

#include <signal.h>

static struct lock shared = LOCK_INITIALIZER(RANK_META);
static unsigned counted;

static void *
count(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 20000; i++) {
		lock_take(&shared);
		unsigned was = *(volatile unsigned *)&counted;
		*(volatile unsigned *)&counted = was + 1;
		lock_give(&shared);
	}
	return NULL;
}

START_TEST(many_threads_count_without_loss)
{
	pthread_t threads[4];
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(count, NULL);
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert_uint_eq(counted, 4 * 20000);
}
END_TEST

static void *
try(void *had)
{
	*(bool *)had = lock_try(&shared);
	if (*(bool *)had)
		lock_give(&shared);
	return NULL;
}

START_TEST(what_somebody_has_is_not_had_by_trying)
{
	bool had = true;
	lock_take(&shared);
	unit_join(unit_thread(try, &had));
	ck_assert(!had);
	lock_give(&shared);
	unit_join(unit_thread(try, &had));
	ck_assert(had);
	ck_assert(lock_try(&shared));
	unit_join(unit_thread(try, &had));
	ck_assert(!had);
	lock_give(&shared);
}
END_TEST

static void *
look(void *mine)
{
	*(bool *)mine = lock_mine(&shared);
	return NULL;
}

START_TEST(a_thread_knows_what_it_has_itself)
{
	bool mine = true;

	ck_assert(!lock_mine(&shared));
	lock_take(&shared);
	ck_assert(lock_mine(&shared));
	unit_join(unit_thread(look, &mine));
	ck_assert(!mine); /* somebody has it, but not he */
	lock_give(&shared);
	ck_assert(!lock_mine(&shared));
	ck_assert(lock_try(&shared));
	ck_assert(lock_mine(&shared));
	lock_give(&shared);
	ck_assert(!lock_mine(&shared));
}
END_TEST

static struct lock of_rank[RANKS], second_cache;

static void
make_one_of_each(void)
{
	for (unsigned r = 0; r < RANKS; r++)
		lock_init(&of_rank[r], (enum lock_rank)r);
	lock_init(&second_cache, RANK_CACHE);
}

START_TEST(rising_ranks_are_taken_and_given_in_any_order)
{
	make_one_of_each();
	for (unsigned r = 0; r < RANKS; r++) {
		ck_assert_uint_eq(of_rank[r].rank, r);
		lock_take(&of_rank[r]);
	}
	lock_give(&of_rank[RANK_ROTATION]);
	for (unsigned r = RANKS; r-- > 1;)
		lock_give(&of_rank[r]);
	lock_take(&of_rank[RANK_ROTATION]); /* nothing is held: any rank may begin */
	lock_give(&of_rank[RANK_ROTATION]);
}
END_TEST

START_TEST(several_caches_may_be_held)
{
	make_one_of_each();
	lock_take(&of_rank[RANK_CACHE]);
	lock_take(&second_cache);
	lock_give(&of_rank[RANK_CACHE]);
	lock_give(&second_cache);
}
END_TEST

START_TEST(a_try_may_go_against_the_order)
{
	make_one_of_each();
	lock_take(&of_rank[RANK_META]);
	ck_assert(lock_try(&of_rank[RANK_ROTATION]));
	ck_assert(!lock_try(&of_rank[RANK_META]));
	lock_give(&of_rank[RANK_ROTATION]);
	lock_give(&of_rank[RANK_META]);
}
END_TEST

#ifdef TIDEPOOL_DEBUG
START_TEST(a_falling_rank_ends_a_debug_build)
{
	make_one_of_each();
	lock_take(&of_rank[_i + 1]);
	lock_take(&of_rank[_i]);
}
END_TEST

START_TEST(two_of_one_rank_end_a_debug_build)
{
	struct lock other;
	make_one_of_each();
	lock_init(&other, (enum lock_rank)_i);
	if (_i == RANK_CACHE)
		abort(); /* the one rank of which there may be several */
	lock_take(&of_rank[_i]);
	lock_take(&other);
}
END_TEST

START_TEST(what_was_had_by_trying_counts_in_the_order)
{
	make_one_of_each();
	ck_assert(lock_try(&of_rank[RANK_BACKEND]));
	lock_take(&of_rank[RANK_REGISTRY]);
}
END_TEST

START_TEST(giving_what_is_not_held_ends_a_debug_build)
{
	make_one_of_each();
	lock_give(&of_rank[RANK_META]);
}
END_TEST
#endif

int
main(void)
{
	TCase *locks = tcase_create("locks"), *order = tcase_create("order");

	tcase_add_test(locks, many_threads_count_without_loss);
	tcase_add_test(locks, what_somebody_has_is_not_had_by_trying);
	tcase_add_test(locks, a_thread_knows_what_it_has_itself);
	tcase_add_test(order, rising_ranks_are_taken_and_given_in_any_order);
	tcase_add_test(order, several_caches_may_be_held);
	tcase_add_test(order, a_try_may_go_against_the_order);
#ifdef TIDEPOOL_DEBUG
	tcase_add_loop_test_raise_signal(order, a_falling_rank_ends_a_debug_build, SIGABRT, 0, RANKS - 1);
	tcase_add_loop_test_raise_signal(order, two_of_one_rank_end_a_debug_build, SIGABRT, 0, RANKS);
	tcase_add_test_raise_signal(order, what_was_had_by_trying_counts_in_the_order, SIGABRT);
	tcase_add_test_raise_signal(order, giving_what_is_not_held_ends_a_debug_build, SIGABRT);
#endif
	return unit_run("lock", locks, order, NULL);
}
