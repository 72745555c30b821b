/* magazine: room that is counted from the making to the dismantling, and never more than there may be. */
#include "magazine.h"
#include "unit.h"

#define C 3u /* 64 bytes */

static void
start(size_t bytes_per_class, uint64_t cap)
{
	static const struct sizeclass rows[] = { { 8, 512, 8 }, { 32, 128, 32 }, { 64, 64, 64 }, { 1 << 20, 0, 64 } };
	sizeclass_init(rows, 4, &(struct size_range){ 1, 1 << 20 }, 1);
	magazine_init(bytes_per_class);
	budget_init(cap);
}

START_TEST(half_of_what_a_thread_may_keep_is_the_most_of_one_magazine)
{
	start(10240, UINT64_MAX);
	ck_assert_uint_eq(magazine_room_max[C], 80);
	ck_assert_uint_eq(magazine_room_max[2], 160);
	ck_assert_uint_eq(magazine_room_max[1], MAGAZINE_SLOTS_MAX); /* 640, but there is no larger kind */
	ck_assert_uint_eq(magazine_room_max[4], 1);                  /* less than one, but one it is */
}
END_TEST

START_TEST(a_few_less_are_held_where_they_fill_a_smaller_block)
{
	static const struct sizeclass rows[] = { { 512, 8, 512 }, { 640, 32, 128 }, { 768, 16, 256 }, { 4096, 1, 4096 }, { 16384, 0, 4096 } };
	sizeclass_init(rows, 5, &(struct size_range){ 1, 1 << 20 }, 1);
	magazine_init(64 << 10);
	ck_assert_uint_eq(magazine_room_max[1], 62); /* not 64, in a block of 126: seven slabs for eight */
	ck_assert_uint_eq(magazine_room_max[2], 64); /* of two slabs one would be left, */
	ck_assert_uint_eq(magazine_room_max[3], 64); /* of four three */
	ck_assert_uint_eq(magazine_room_max[4], 30); /* not 32, in a block of 62 */
	ck_assert_uint_eq(magazine_room_max[5], 8);  /* 6 would be too few */
	magazine_init(72 << 10);
	ck_assert_uint_eq(magazine_room_max[4], 36); /* 30 would be too few */
}
END_TEST

/* 4K is less than 64 of these, 256K less than 8 of those. */
START_TEST(of_large_objects_more_bytes_are_kept)
{
	static const struct sizeclass rows[] = { { 64, 64, 64 }, { 256, 16, 256 }, { 1024, 4, 1024 }, { 16384, 1, 4096 }, { 65536, 0, 64 } };
	sizeclass_init(rows, 5, &(struct size_range){ 1, 1 << 20 }, 1);
	magazine_init(8192);
	ck_assert_uint_eq(magazine_room_max[1], 64);
	ck_assert_uint_eq(magazine_room_max[2], 64);
	ck_assert_uint_eq(magazine_room_max[3], 16);
	ck_assert_uint_eq(magazine_room_max[4], 8);
	ck_assert_uint_eq(magazine_room_max[5], 4);
}
END_TEST

START_TEST(a_new_magazine_is_empty_and_has_room)
{
	start(1 << 20, UINT64_MAX);
	for (unsigned room = 1; room <= MAGAZINE_SLOTS_MAX; room++) {
		struct magazine *m = magazine_new(C, room);
		ck_assert_ptr_nonnull(m);
		ck_assert_uint_eq(magazine_count(m), 0);
		ck_assert_uint_eq(m->room, room);
		ck_assert_uint_eq(m->pool, C);
		ck_assert_ptr_null(m->next);
		for (unsigned i = 0; i < room; i++) /* the slots are its own: the next one is made behind them */
			m->slots[i] = m;
		magazine_set_count(m, room);
	}
}
END_TEST

START_TEST(magazines_do_not_overlap)
{
	static struct magazine *m[508];

	start(1 << 20, UINT64_MAX);
	for (unsigned i = 0; i < 508; i++) {
		m[i] = magazine_new(C, i % MAGAZINE_SLOTS_MAX + 1);
		for (unsigned k = 0; k < m[i]->room; k++)
			m[i]->slots[k] = m[i];
	}
	for (unsigned i = 0; i < 508; i++) {
		ck_assert_uint_eq(m[i]->room, i % MAGAZINE_SLOTS_MAX + 1);
		for (unsigned k = 0; k < m[i]->room; k++)
			ck_assert_ptr_eq(m[i]->slots[k], m[i]);
	}
}
END_TEST

START_TEST(its_room_is_reserved_as_long_as_there_is_a_magazine)
{
	start(1 << 20, UINT64_MAX);
	struct magazine *a = magazine_new(C, 5), *b = magazine_new(2, 100);
	ck_assert_uint_eq(budget_reserved(), 5 * 64 + 100 * 32); /* the room that was asked for, not the slots of its kind */
	magazine_set_count(a, 3);
	ck_assert_uint_eq(budget_reserved(), 5 * 64 + 100 * 32);
	magazine_set_count(a, 0);
	magazine_free(a);
	ck_assert_uint_eq(budget_reserved(), 100 * 32);
	magazine_free(b);
	ck_assert_uint_eq(budget_reserved(), 0);
}
END_TEST

START_TEST(there_is_none_over_the_cap)
{
	start(1 << 20, 10 * 64);
	struct magazine *m = magazine_new(C, 6);
	ck_assert_ptr_nonnull(m);
	ck_assert_ptr_null(magazine_new(C, 5));
	ck_assert_uint_eq(budget_reserved(), 6 * 64);
	ck_assert_ptr_nonnull(magazine_new(C, 4));
	magazine_free(m);
	ck_assert_ptr_nonnull(magazine_new(C, 6));
}
END_TEST

START_TEST(without_memory_there_is_none_and_nothing_stays_reserved)
{
	unsigned n = 0;

	start(1 << 20, UINT64_MAX);
	ck_assert_ptr_nonnull(magazine_new(C, 254));
	unit_memory_is_gone(true);
	while (magazine_new(C, 254) != NULL)
		n++;
	unit_memory_is_gone(false);
	ck_assert_uint_eq(budget_reserved(), (n + 1) * 254 * 64);
}
END_TEST

START_TEST(a_dismantled_one_is_used_again_empty)
{
	start(1 << 20, UINT64_MAX);
	struct magazine *m = magazine_new(C, 20), *n;
	m->next = m;
	magazine_set_count(m, 0);
	magazine_free(m);
	n = magazine_new(2, 30); /* of the same kind; nothing is left of what it was */
	ck_assert_ptr_eq(n, m);
	ck_assert_uint_eq(n->pool, 2);
	ck_assert_uint_eq(n->room, 30);
	ck_assert_uint_eq(magazine_count(n), 0);
	ck_assert_ptr_null(n->next);
}
END_TEST

int
main(void)
{
	TCase *room = tcase_create("room");

	tcase_add_test(room, of_large_objects_more_bytes_are_kept);
	tcase_add_test(room, half_of_what_a_thread_may_keep_is_the_most_of_one_magazine);
	tcase_add_test(room, a_few_less_are_held_where_they_fill_a_smaller_block);
	tcase_add_test(room, a_new_magazine_is_empty_and_has_room);
	tcase_add_test(room, magazines_do_not_overlap);
	tcase_add_test(room, its_room_is_reserved_as_long_as_there_is_a_magazine);
	tcase_add_test(room, there_is_none_over_the_cap);
	tcase_add_test(room, without_memory_there_is_none_and_nothing_stays_reserved);
	tcase_add_test(room, a_dismantled_one_is_used_again_empty);
	return unit_run("magazine", room, NULL);
}
