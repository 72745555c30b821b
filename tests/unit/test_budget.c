/* budget: the cap holds on any number of threads, and a mark that is reached asks once. */
#include "unit.h"

#define CAP ((uint64_t)1 << 20)

static _Atomic unsigned asked;

static void
ask(void)
{
	atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
}

static void
set_marks(uint64_t level, uint64_t fuel, uint64_t limit)
{
	struct budget_marks marks = { .level = level, .fuel = fuel, .limit = limit };
	budget_set_marks(&marks);
}

static void
set_level(uint64_t level)
{
	set_marks(level, UINT64_MAX, UINT64_MAX);
}

START_TEST(nothing_can_be_reserved_before_a_cap_is_known)
{
	ck_assert(!budget_reserve(1));
	ck_assert_uint_eq(budget_reserved(), 0);
}
END_TEST

START_TEST(the_cap_is_reached_and_not_passed)
{
	budget_init(CAP);
	ck_assert_uint_eq(budget_cap(), CAP);
	ck_assert(budget_reserve(CAP - 1));
	ck_assert(!budget_reserve(2));
	ck_assert_uint_eq(budget_reserved(), CAP - 1);
	ck_assert(budget_reserve(1));
	ck_assert_uint_eq(budget_reserved(), CAP);
	ck_assert(!budget_reserve(1));
	ck_assert_uint_eq(budget_reserved(), CAP); /* what was refused is not counted */
}
END_TEST

START_TEST(what_is_given_back_can_be_reserved_again)
{
	budget_init(CAP);
	ck_assert(budget_reserve(CAP));
	budget_return(CAP / 2);
	ck_assert_uint_eq(budget_reserved(), CAP / 2);
	ck_assert(!budget_reserve(CAP / 2 + 1));
	ck_assert(budget_reserve(CAP / 2));
}
END_TEST

START_TEST(the_level_asks_when_it_is_reached_and_once)
{
	budget_init(CAP);
	budget_hook = ask;
	set_level(1000);
	ck_assert(budget_reserve(999));
	ck_assert_uint_eq(asked, 0);
	ck_assert(budget_reserve(1));
	ck_assert_uint_eq(asked, 1);
	ck_assert(budget_reserve(1000));
	budget_return(2000);
	ck_assert(budget_reserve(1500));
	ck_assert_uint_eq(asked, 1); /* until it is set anew */
	set_level(1600);
	ck_assert(budget_reserve(100));
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(a_level_below_what_is_reserved_asks_at_the_next_reservation)
{
	budget_init(CAP);
	budget_hook = ask;
	ck_assert(budget_reserve(5000));
	set_level(1000);
	ck_assert_uint_eq(asked, 0);
	ck_assert(budget_reserve(1));
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(without_a_level_or_a_hook_nobody_is_asked)
{
	budget_init(CAP);
	budget_hook = ask;
	ck_assert(budget_reserve(CAP));
	ck_assert_uint_eq(asked, 0);
	budget_return(CAP);
	budget_hook = NULL;
	set_level(1);
	ck_assert(budget_reserve(CAP));
}
END_TEST

START_TEST(fuel_that_is_used_up_asks_once)
{
	budget_init(CAP);
	budget_hook = ask;
	set_marks(UINT64_MAX, 1000, UINT64_MAX);
	budget_fetched(600);
	budget_fetched(400);
	ck_assert(!budget_fuel_used());
	ck_assert_uint_eq(asked, 0);
	budget_fetched(1);
	ck_assert(budget_fuel_used());
	ck_assert_uint_eq(asked, 1);
	budget_fetched(5000);
	ck_assert_uint_eq(asked, 1);
	set_marks(UINT64_MAX, 10, UINT64_MAX);
	ck_assert(!budget_fuel_used());
	budget_fetched(11);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(one_question_is_enough_for_all_marks)
{
	budget_init(CAP);
	budget_hook = ask;
	set_marks(1000, 1000, 2000);
	ck_assert(budget_reserve(1000));
	budget_fetched(2000);
	ck_assert_uint_eq(asked, 1);
	ck_assert(budget_fuel_used());
}
END_TEST

START_TEST(fuel_without_end_is_never_used_up)
{
	budget_init(CAP);
	budget_hook = ask;
	for (unsigned i = 0; i < 100; i++)
		budget_fetched((size_t)1 << 40);
	set_marks(UINT64_MAX, UINT64_MAX, UINT64_MAX);
	for (unsigned i = 0; i < 100; i++)
		budget_fetched((size_t)1 << 40);
	ck_assert(!budget_fuel_used());
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(frees_help_from_the_limit_on)
{
	budget_init(CAP);
	ck_assert(!budget_pressed(1024));
	set_marks(UINT64_MAX, UINT64_MAX, 2000);
	ck_assert(budget_reserve(1999));
	ck_assert(!budget_pressed(1024));
	ck_assert(budget_reserve(1));
	ck_assert(budget_pressed(1024));
	budget_return(1);
	ck_assert(!budget_pressed(1024));
}
END_TEST

START_TEST(small_objects_have_less_of_the_lead)
{
	struct budget_marks marks = { .level = UINT64_MAX, .fuel = UINT64_MAX, .limit = 2000, .lead = 1280 };
	budget_init(CAP);
	budget_set_marks(&marks);
	ck_assert(budget_reserve(2159));
	ck_assert(!budget_pressed(16));
	ck_assert(budget_reserve(1)); /* 16/128 of the lead */
	ck_assert(budget_pressed(16));
	ck_assert(!budget_pressed(64));
	ck_assert(budget_reserve(480));
	ck_assert(budget_pressed(64));
	ck_assert(!budget_pressed(128));
	ck_assert(!budget_pressed(1024));
	ck_assert(budget_reserve(640));
	ck_assert(budget_pressed(128));
	ck_assert(budget_pressed(1024));
}
END_TEST

/* What the threads hold, counted after it was had and before it is given back: so never more than what they really hold. */
static _Atomic uint64_t held, refusals;
static _Atomic bool over;

static void *
reserve_and_return(void *seed)
{
	unsigned state = *(unsigned *)seed;
	size_t mine[16] = { 0 };
	for (unsigned i = 0; i < 40000; i++) {
		size_t *slot = &mine[i % 16];
		if (*slot != 0) {
			atomic_fetch_sub_explicit(&held, *slot, memory_order_relaxed);
			budget_return(*slot);
			*slot = 0;
		}
		state = state * 1103515245u + 12345u;
		size_t n = (state >> 8) % (CAP / 8) + 1; /* sixteen of these are the cap, even on one thread */
		if (!budget_reserve(n)) {
			atomic_fetch_add_explicit(&refusals, 1, memory_order_relaxed);
			continue;
		}
		*slot = n;
		if (atomic_fetch_add_explicit(&held, n, memory_order_relaxed) + n > CAP)
			atomic_store_explicit(&over, true, memory_order_relaxed);
	}
	for (unsigned i = 0; i < 16; i++) {
		atomic_fetch_sub_explicit(&held, mine[i], memory_order_relaxed);
		budget_return(mine[i]);
	}
	return NULL;
}

START_TEST(a_cap_is_never_exceeded_by_many_threads)
{
	unsigned seeds[4] = { 1, 2, 3, 4 };
	pthread_t threads[4];

	budget_init(CAP);
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(reserve_and_return, &seeds[i]);
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert(!over);
	ck_assert_uint_gt(refusals, 0); /* it was reached */
	ck_assert_uint_eq(budget_reserved(), 0);
}
END_TEST

static _Atomic unsigned waiting;

static void *
cross(void *unused)
{
	(void)unused;
	for (unsigned round = 1; round <= 300; round++) {
		atomic_fetch_add_explicit(&waiting, 1, memory_order_acq_rel);
		while (atomic_load_explicit(&waiting, memory_order_acquire) < round * 5) /* four of us and the one who sets the level */
			sched_yield();
		budget_reserve(10);
	}
	return NULL;
}

START_TEST(however_many_cross_a_level_one_asks)
{
	pthread_t threads[4];

	budget_init(UINT64_MAX);
	budget_hook = ask;
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(cross, NULL);
	for (unsigned round = 1; round <= 300; round++) {
		while (atomic_load_explicit(&waiting, memory_order_acquire) < round * 5 - 1)
			sched_yield();
		ck_assert(unit_becomes(budget_reserved() == (round - 1) * 40));
		ck_assert(unit_becomes(asked == round - 1)); /* the last of them may not have come to it yet */
		set_level(budget_reserved() + 1);
		atomic_fetch_add_explicit(&waiting, 1, memory_order_acq_rel);
	}
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert_uint_eq(asked, 300);
}
END_TEST

int
main(void)
{
	TCase *cap = tcase_create("cap"), *level = tcase_create("marks");

	tcase_add_test(cap, nothing_can_be_reserved_before_a_cap_is_known);
	tcase_add_test(cap, the_cap_is_reached_and_not_passed);
	tcase_add_test(cap, what_is_given_back_can_be_reserved_again);
	tcase_add_test(cap, a_cap_is_never_exceeded_by_many_threads);
	tcase_add_test(level, the_level_asks_when_it_is_reached_and_once);
	tcase_add_test(level, a_level_below_what_is_reserved_asks_at_the_next_reservation);
	tcase_add_test(level, without_a_level_or_a_hook_nobody_is_asked);
	tcase_add_test(level, fuel_that_is_used_up_asks_once);
	tcase_add_test(level, one_question_is_enough_for_all_marks);
	tcase_add_test(level, fuel_without_end_is_never_used_up);
	tcase_add_test(level, frees_help_from_the_limit_on);
	tcase_add_test(level, small_objects_have_less_of_the_lead);
	tcase_add_test(level, however_many_cross_a_level_one_asks);
	return unit_run("budget", cap, level, NULL);
}
