/* demand: small objects are pooled from the first, larger ones once they were asked for again. */
#include "demand.h"
#include "sizeclass.h"
#include "unit.h"

enum { SMALL = 1, LAST_SMALL, LARGE, OTHER };

static void
start(void)
{
	static const struct sizeclass rows[] = { { 64, 64, 64 }, { DEMAND_POOLED_BYTES, 1, 4096 }, { 2 * DEMAND_POOLED_BYTES, 0, 64 }, { 1 << 20, 0, 64 } };
	sizeclass_init(rows, 4, &(struct size_range){ 1, 1 << 20 }, 1);
}

START_TEST(small_objects_are_worth_it_from_the_first)
{
	start();
	ck_assert(demand_is_proven(SMALL));
	ck_assert(demand_is_proven(LAST_SMALL));
	ck_assert(!demand_is_proven(LARGE));
	ck_assert(!demand_is_proven(OTHER));
}
END_TEST

START_TEST(larger_ones_once_what_went_back_was_asked_for_so_often)
{
	start();
	for (unsigned i = 0; i < DEMAND_PROOFS; i++) {
		ck_assert(!demand_is_proven(LARGE));
		demand_released(LARGE, 1);
		demand_fetched(LARGE, 1);
	}
	ck_assert(demand_is_proven(LARGE));
	ck_assert(!demand_is_proven(OTHER));
}
END_TEST

START_TEST(what_never_went_back_proves_nothing)
{
	start();
	for (unsigned i = 0; i < 4 * DEMAND_PROOFS; i++)
		demand_fetched(LARGE, 1);
	demand_released(LARGE, 4 * DEMAND_PROOFS);
	for (unsigned i = 0; i < 4 * DEMAND_PROOFS; i++)
		demand_fetched(LARGE, 0); /* there was no memory */
	demand_fetched(LARGE, 4 * DEMAND_PROOFS); /* one batch is asked for once */
	for (unsigned i = 0; i < 4 * DEMAND_PROOFS; i++)
		demand_fetched(LARGE, 1);
	ck_assert(!demand_is_proven(LARGE));
}
END_TEST

START_TEST(it_can_be_expected)
{
	start();
	demand_expect(LARGE);
	ck_assert(demand_is_proven(LARGE));
	ck_assert(!demand_is_proven(OTHER));
}
END_TEST

START_TEST(room_is_left_by_what_went_back_and_was_not_fetched)
{
	start();
	ck_assert(!demand_left_room(SMALL));
	demand_fetched(SMALL, 100);
	ck_assert(!demand_left_room(SMALL));
	demand_released(SMALL, 10);
	ck_assert(demand_left_room(SMALL));
	ck_assert(!demand_left_room(LAST_SMALL));
	demand_fetched(SMALL, 9);
	ck_assert(demand_left_room(SMALL));
	demand_fetched(SMALL, 9);
	ck_assert(!demand_left_room(SMALL));
}
END_TEST

int
main(void)
{
	TCase *room = tcase_create("room");

	tcase_add_test(room, small_objects_are_worth_it_from_the_first);
	tcase_add_test(room, larger_ones_once_what_went_back_was_asked_for_so_often);
	tcase_add_test(room, what_never_went_back_proves_nothing);
	tcase_add_test(room, it_can_be_expected);
	tcase_add_test(room, room_is_left_by_what_went_back_and_was_not_fetched);
	return unit_run("demand", room, NULL);
}
