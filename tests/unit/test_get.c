/* get: the order of Get, and that nobody is given more than he asks for. */
#include "demand.h"
#include "get.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "stats.h"
#include "unit.h"

#include <signal.h>

static unsigned c;
static struct thread_cache *t;
static struct bin *b;

static void
start(void)
{
	unit_start(2, NULL);
	c = sizeclass_of(64);
	t = thread_attach();
	b = &t->bins[c];
	ck_assert(thread_enter_owner(t));
}

static void *
get(void)
{
	ck_assert(bin_enter_owner(b));
	void *p = get_inside(b, c, NULL);
	bin_leave_owner(b, p != NULL);
	if (p != NULL)
		ck_assert_uint_eq(pagemap_of(p), c);
	return p;
}

static void
empty_loaded(void)
{
	void *p;
	while (bin_pop_owner(b, &p))
		;
}

#define FIGURE(field) stats_read(c, field)

static uint64_t
pops(void)
{
	struct bin_figures f;
	bin_read(b, &f);
	return f.pops;
}

static bool
is_in(void *const *slots, unsigned n, const void *p)
{
	for (unsigned i = 0; i < n; i++)
		if (slots[i] == p)
			return true;
	return false;
}

START_TEST(the_order_is_spare_own_shard_steal_victims_jemalloc)
{
	struct magazine *source[5];
	void *slots[5][4];

	start();
	for (unsigned i = 0; i < 5; i++) {
		source[i] = unit_magazine(c, 6, 4);
		for (unsigned k = 0; k < 4; k++)
			slots[i][k] = source[i]->slots[k];
	}
	bin_set_spare(b, source[0]);
	bin_moved(b, 4);
	shard_adopt(0, c, source[1]);
	shard_adopt(1, c, source[2]);
	shard_add_victim(0, c, source[3]);
	shard_add_victim(1, c, source[4]);

	ck_assert(is_in(slots[0], 4, get()));
	ck_assert_uint_eq(FIGURE(gets_shared), 0);
	empty_loaded();
	ck_assert(is_in(slots[1], 4, get()));
	ck_assert_uint_eq(FIGURE(gets_shared), 1);
	empty_loaded();
	ck_assert(is_in(slots[2], 4, get()));
	ck_assert_uint_eq(FIGURE(gets_steal), 1);
	empty_loaded();
	for (unsigned i = 0; i < 8; i++) {
		void *p;
		if (!bin_pop_owner(b, &p))
			p = get();
		ck_assert(is_in(slots[i < 4 ? 3 : 4], 4, p));
	}
	ck_assert_uint_gt(FIGURE(gets_victim), 0);
	ck_assert_uint_eq(FIGURE(misses), 0);
	ck_assert_ptr_nonnull(get());
	ck_assert_uint_eq(FIGURE(misses), 1);
	ck_assert_uint_eq(FIGURE(gets_shared) + FIGURE(gets_steal), 2);
	ck_assert_uint_eq(pops(), 5 * 4 + 1);
}
END_TEST

START_TEST(victims_are_taken_one_two_four)
{
	start();
	for (unsigned i = 0; i < 4; i++)
		shard_add_victim(0, c, unit_magazine(c, 30, 30));
	uint64_t left = 120;
	for (unsigned take = 1; take <= 32; take *= 2) {
		uint64_t objects, victims;
		ck_assert_ptr_nonnull(get());
		shard_figures(c, &objects, &victims);
		ck_assert_uint_eq(left - victims, size_min(take, left));
		ck_assert_uint_eq(bin_objects(b), size_min(take, left) - 1);
		left = victims;
		empty_loaded();
	}
	ck_assert_uint_eq(FIGURE(gets_victim), 6);
}
END_TEST

static void
to_victims(unsigned pool, struct magazine *m)
{
	shard_add_victim(0, pool, m);
}

START_TEST(after_a_drain_one_victim_is_taken_again)
{
	uint64_t objects, victims;

	start();
	for (unsigned i = 0; i < 4; i++)
		shard_add_victim(0, c, unit_magazine(c, 30, 30));
	for (unsigned i = 0; i < 4; i++) {
		get();
		empty_loaded();
	}
	thread_give_up(t, to_victims);
	get();
	shard_figures(c, &objects, &victims);
	ck_assert_uint_eq(victims, 120 - 1 - 2 - 4 - 8 - 1);
}
END_TEST

START_TEST(a_refill_starts_small_and_doubles_to_the_most)
{
	uint64_t before = 0;
	unsigned expected = 6;

	start();
	for (unsigned i = 0; i < 10; i++) {
		unsigned slab = sizeclass_pool[c].slab_objects, whole = expected < slab ? expected : expected - expected % slab;
		get();
		ck_assert_uint_eq(FIGURE(misses), i + 1);
		ck_assert_uint_eq(FIGURE(fetched) - before, whole); /* of several slabs, whole ones */
		ck_assert_uint_eq(bin_objects(b), whole - 1);
		before = FIGURE(fetched);
		empty_loaded();
		expected = (unsigned)size_min(expected * 2, magazine_room_max[c]);
	}
	ck_assert_uint_eq(expected, magazine_room_max[c]);
}
END_TEST

START_TEST(of_objects_without_slab_little_is_fetched_at_once)
{
	uint64_t before = 0;

	start();
	c = sizeclass_of(16 << 10);
	b = &t->bins[c];
	demand_expect(c);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_ptr_nonnull(get());
		ck_assert_uint_eq(FIGURE(fetched) - before, i == 0 ? 1 : 2);
		before = FIGURE(fetched);
		empty_loaded();
	}
}
END_TEST

START_TEST(a_large_class_has_one_object_at_a_time)
{
	start();
	c = sizeclass_of(1 << 20);
	b = &t->bins[c];
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(get());
		ck_assert_uint_eq(FIGURE(fetched), i + 1);
		ck_assert_uint_eq(bin_objects(b), 0);
	}
}
END_TEST

START_TEST(a_refill_is_popped_from_the_lowest_address_on)
{
	void *p, *before;

	start();
	get();
	empty_loaded();
	before = get(); /* twelve of a slab that is begun */
	for (unsigned i = 1; i < 12; i++) {
		ck_assert(bin_pop_owner(b, &p));
		ck_assert_uint_gt((uintptr_t)p, (uintptr_t)before);
		before = p;
	}
}
END_TEST

START_TEST(what_is_left_in_a_revoked_bin_is_armed_and_used)
{
	start();
	get();
	uint64_t objects = bin_objects(b);
	bin_revoke(b);
	ck_assert_ptr_nonnull(get());
	ck_assert(bin_armed(b));
	ck_assert_uint_eq(pops(), 2);
	ck_assert_uint_eq(FIGURE(misses), 1);
	ck_assert_uint_eq(bin_objects(b), objects - 1);
}
END_TEST

START_TEST(an_empty_spare_goes_round_and_a_small_one_is_dismantled)
{
	struct magazine *empty = NULL, *small;

	start();
	get();
	empty_loaded();
	shard_adopt(0, c, unit_magazine(c, 6, 4));
	small = magazine_new(c, 2);
	bin_set_spare(b, small);
	b->room = 6;
	uint64_t reserved = budget_reserved();
	get();
	ck_assert_uint_eq(budget_reserved(), reserved - 2 * 64); /* the small one is gone; what was loaded is the spare */
	ck_assert_ptr_nonnull(bin_spare(b));
	empty_loaded();

	struct magazine *spare = bin_spare(b);
	b->room = 6;
	shard_adopt(0, c, unit_magazine(c, 6, 4));
	reserved = budget_reserved();
	get();
	ck_assert_uint_eq(budget_reserved(), reserved);
	ck_assert(shard_put(0, c, unit_magazine(c, 6, 4), &empty));
	ck_assert_ptr_eq(empty, spare); /* it was left where the full one was taken */
}
END_TEST

START_TEST(what_is_fetched_is_counted_against_the_fuel)
{
	start();
	struct budget_marks marks = { .level = UINT64_MAX, .limit = UINT64_MAX, .fuel = 6 * 64 - 1 };
	budget_set_marks(&marks);
	get();
	ck_assert(budget_fuel_used());
}
END_TEST

START_TEST(over_the_cap_there_is_nothing_and_nothing_is_lost)
{
	uint64_t held;

	start();
	budget_init(0);
	held = backend_held_bytes();
	ck_assert_ptr_null(get());
	ck_assert_uint_eq(pops(), 0);
	ck_assert_uint_eq(backend_held_bytes(), held);
	ck_assert_uint_eq(FIGURE(misses), 0);
	budget_init(1 << 20);
	ck_assert_ptr_nonnull(get());
	budget_init(0); /* what is there can be used, and refilled as it is */
	for (unsigned i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(get());
	ck_assert_uint_le(budget_reserved(), 6 * 64);
}
END_TEST

START_TEST(slow_gets_are_counted_as_fast_ones_are)
{
	struct bin_figures f;

	start();
	shard_adopt(0, c, unit_magazine(c, 6, 4));
	shard_add_victim(0, c, unit_magazine(c, 6, 4));
	for (unsigned i = 0; i < 40; i++)
		get();
	bin_read(b, &f);
	ck_assert_uint_eq(f.pops, 40);
	ck_assert_uint_eq(f.pushes, 0);
	/* gets = what came in − what is left */
	ck_assert_uint_eq(4 + 4 + FIGURE(fetched) - f.objects, 40);
}
END_TEST

START_TEST(of_a_class_that_is_not_worth_it_yet_nothing_is_laid_up)
{
	struct bin_figures f;
	start();
	c = sizeclass_of(64 << 10);
	b = &t->bins[c];
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_ptr_nonnull(get());
		ck_assert_uint_eq(FIGURE(misses), i);
		ck_assert_uint_eq(FIGURE(fetched), i);
	}
	bin_read(b, &f);
	ck_assert_uint_eq(f.pops, 3);
	ck_assert_uint_eq(f.pushes, 0);
	ck_assert_uint_eq(f.objects, 0);
	ck_assert_ptr_null(bin_loaded(b));
	ck_assert_uint_eq(budget_reserved(), 0);
}
END_TEST

START_TEST(one_that_is_to_be_zeroed_comes_alone_where_nothing_lies_ready)
{
	struct bin_figures f;
	bool zeroed = false;
	start();
	c = sizeclass_of(8192);
	b = &t->bins[c];
	ck_assert(bin_enter_owner(b));
	unsigned char *p = get_inside(b, c, &zeroed);
	bin_leave_owner(b, true);
	ck_assert(zeroed);
	for (unsigned i = 0; i < 8192; i++)
		ck_assert_uint_eq(p[i], 0);
	bin_read(b, &f);
	ck_assert_uint_eq(f.pops, 1);
	ck_assert_uint_eq(f.objects, 0);
	ck_assert_uint_eq(FIGURE(fetched), 1);
	shard_adopt(0, c, unit_magazine(c, 6, 4));
	zeroed = false;
	ck_assert(bin_enter_owner(b));
	ck_assert_ptr_nonnull(get_inside(b, c, &zeroed));
	bin_leave_owner(b, true);
	ck_assert(!zeroed); /* nobody knows what lies in it */
}
END_TEST

START_TEST(a_magazine_of_another_class_is_corruption)
{
	start();
	struct magazine *m = unit_magazine(c, 6, 4);
	m->pool++;
	bin_load_owner(b, m);
	get();
}
END_TEST

int
main(void)
{
	TCase *order = tcase_create("order"), *much = tcase_create("how much"), *cap = tcase_create("cap");

	tcase_add_test(order, the_order_is_spare_own_shard_steal_victims_jemalloc);
	tcase_add_test(order, a_refill_is_popped_from_the_lowest_address_on);
	tcase_add_test(order, what_is_left_in_a_revoked_bin_is_armed_and_used);
	tcase_add_test(order, an_empty_spare_goes_round_and_a_small_one_is_dismantled);
	tcase_add_test(order, slow_gets_are_counted_as_fast_ones_are);
	tcase_add_test_raise_signal(order, a_magazine_of_another_class_is_corruption, SIGABRT);
	tcase_add_test(much, victims_are_taken_one_two_four);
	tcase_add_test(much, after_a_drain_one_victim_is_taken_again);
	tcase_add_test(much, a_refill_starts_small_and_doubles_to_the_most);
	tcase_add_test(much, of_objects_without_slab_little_is_fetched_at_once);
	tcase_add_test(much, a_large_class_has_one_object_at_a_time);
	tcase_add_test(order, one_that_is_to_be_zeroed_comes_alone_where_nothing_lies_ready);
	tcase_add_test(much, of_a_class_that_is_not_worth_it_yet_nothing_is_laid_up);
	tcase_add_test(cap, what_is_fetched_is_counted_against_the_fuel);
	tcase_add_test(cap, over_the_cap_there_is_nothing_and_nothing_is_lost);
	return unit_run("get", order, much, cap, NULL);
}
