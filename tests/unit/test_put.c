/* put: the order of Put, and where it goes when there is no room. */
#include "pagemap.h"
#include "put.h"
#include "sizeclass.h"
#include "stats.h"
#include "unit.h"

#define MOST 4096u

static unsigned c;
static struct thread_cache *t;
static struct bin *b;
static void *object[MOST];
static unsigned had, past;

static void
start(void)
{
	unit_start(2, NULL);
	c = sizeclass_of(64);
	t = thread_attach();
	b = &t->bins[c];
	ck_assert(thread_enter_owner(t));
	had = 0;
	while (had < MOST)
		had += (unsigned)backend_fetch(0, c, MOST - had, object + had);
}

static bool
put(void)
{
	ck_assert(bin_enter_owner(b));
	bool done = put_inside(b, c, object[had - 1]);
	bin_leave_owner(b, done);
	had -= done;
	return done;
}

/* Through the fast path while that works; what cannot be put goes back to jemalloc by itself. */
static void
put_many(unsigned n)
{
	for (; n > 0; n--)
		if (bin_push_owner(b, object[had - 1])) {
			had--;
		} else if (!put()) {
			backend_release_one(c, object[--had]);
			past++;
		}
}

#define FIGURE(field) stats_read(c, field)

static uint64_t
pushes(void)
{
	struct bin_figures f;
	bin_read(b, &f);
	return f.pushes;
}

static uint64_t
in_shards(void)
{
	uint64_t objects, victims;
	shard_figures(c, &objects, &victims);
	ck_assert_uint_eq(victims, 0);
	return objects;
}

/* Every object is with us, in the bin, in the shards or back at jemalloc. */
static void
expect_nothing_lost(void)
{
	ck_assert_uint_eq(had + past + bin_objects(b) + in_shards() + FIGURE(released), MOST);
	ck_assert_uint_eq(backend_held_bytes(), (had + bin_objects(b) + in_shards()) * 64);
}

START_TEST(the_first_one_makes_a_magazine)
{
	start();
	ck_assert(put());
	ck_assert_uint_eq(bin_objects(b), 1);
	ck_assert_uint_eq(bin_loaded(b)->room, 6);
	ck_assert_ptr_null(bin_spare(b));
	ck_assert_uint_eq(pushes(), 1);
}
END_TEST

START_TEST(the_order_is_loaded_spare_own_shard)
{
	start();
	put_many(6);
	ck_assert_ptr_null(bin_spare(b));
	put_many(1);
	ck_assert_ptr_nonnull(bin_spare(b));
	ck_assert_uint_eq(in_shards(), 0);
	put_many(5);
	ck_assert_uint_eq(in_shards(), 0);
	put_many(1); /* both are full: the spare goes */
	ck_assert_uint_eq(in_shards(), 6);
	ck_assert_uint_eq(bin_objects(b), 7);
	ck_assert_uint_eq(FIGURE(released), 0);
	enum shard_level level = SHARD_STOLEN;
	ck_assert_ptr_nonnull(shard_get(0, c, NULL, &level));
	ck_assert_int_eq(level, SHARD_OWN);
}
END_TEST

START_TEST(what_was_put_last_stays_with_the_thread)
{
	start();
	void *last = object[MOST - 20];
	put_many(20);
	void *p;
	if (!bin_pop_owner(b, &p))
		ck_abort();
	ck_assert_uint_eq(had, MOST - 20);
	ck_assert_ptr_eq(p, object[had]);
	ck_assert_ptr_eq(p, last);
}
END_TEST

START_TEST(a_class_that_puts_much_has_larger_magazines_up_to_the_most)
{
	start();
	put_many(3000);
	ck_assert_uint_eq(bin_loaded(b)->room, magazine_room_max[c]);
	ck_assert_uint_eq(b->room, magazine_room_max[c]);
	expect_nothing_lost();
}
END_TEST

START_TEST(an_empty_magazine_that_lies_there_is_used_again)
{
	start();
	b->room = magazine_room_max[c];
	put_many(2u * magazine_room_max[c]);
	struct magazine *empty = magazine_new(c, magazine_room_max[c]);
	shard_adopt(0, c, empty);
	uint64_t reserved = budget_reserved();
	put_many(1);
	ck_assert_ptr_eq(bin_loaded(b), empty);
	ck_assert_uint_eq(budget_reserved(), reserved);
	expect_nothing_lost();
}
END_TEST

START_TEST(an_empty_spare_is_filled_before_anything_is_given_away)
{
	start();
	put_many(6);
	struct magazine *spare = magazine_new(c, 6);
	bin_set_spare(b, spare);
	put_many(1);
	ck_assert_ptr_eq(bin_loaded(b), spare);
	ck_assert_uint_eq(in_shards(), 0);
}
END_TEST

START_TEST(what_is_left_in_a_revoked_bin_is_armed_and_used)
{
	start();
	put_many(3);
	bin_revoke(b);
	ck_assert(put());
	ck_assert(bin_armed(b));
	ck_assert_uint_eq(bin_objects(b), 4);
	put_many(2);
	ck_assert_uint_eq(bin_objects(b), 6);
	ck_assert_ptr_null(bin_spare(b));
}
END_TEST

START_TEST(a_bin_without_room_for_any_magazine_takes_nothing)
{
	start();
	budget_init(0);
	ck_assert(!put());
	ck_assert_uint_eq(bin_objects(b), 0);
	ck_assert_uint_eq(pushes(), 0);
	expect_nothing_lost();
}
END_TEST

START_TEST(over_the_cap_a_full_magazine_goes_back_to_jemalloc)
{
	start();
	budget_init(6 * 64);
	uint64_t held = backend_held_bytes();
	put_many(6);
	ck_assert_uint_eq(FIGURE(released), 0);
	put_many(1);
	ck_assert_uint_eq(FIGURE(released), 6);
	ck_assert_uint_eq(held - backend_held_bytes(), 6 * 64);
	put_many(500);
	expect_nothing_lost();
	ck_assert_uint_le(bin_objects(b) + in_shards(), 6);
	ck_assert_uint_le(budget_reserved(), 6 * 64);
}
END_TEST

START_TEST(at_any_cap_nothing_is_lost_and_the_cap_holds)
{
	start();
	for (unsigned cap = 1; cap < 60; cap++) {
		budget_init(cap * 64);
		put_many(50);
		ck_assert_uint_le(budget_reserved(), cap * 64);
		ck_assert_uint_le(bin_objects(b) + in_shards(), cap);
		expect_nothing_lost();
	}
	ck_assert_uint_eq(past, 5 * 50); /* while not even the first magazine had room */
}
END_TEST

START_TEST(past_the_limit_frees_help)
{
	start();
	b->room = 10;
	put_many(20);
	struct budget_marks marks = { .level = UINT64_MAX, .fuel = UINT64_MAX, .limit = 1 };
	budget_set_marks(&marks);
	put_many(30);
	ck_assert_uint_eq(in_shards(), 0);
	ck_assert_uint_eq(FIGURE(released), 30);
	expect_nothing_lost();
	marks.limit = UINT64_MAX;
	budget_set_marks(&marks);
	put_many(30);
	ck_assert_uint_gt(in_shards(), 0);
	expect_nothing_lost();
}
END_TEST

START_TEST(slow_puts_are_counted_as_fast_ones_are)
{
	struct bin_figures f;

	start();
	for (unsigned i = 0; i < 100; i++)
		ck_assert(put());
	bin_read(b, &f);
	ck_assert_uint_eq(f.pops, 0);
	ck_assert_uint_eq(f.pushes, 100);
	expect_nothing_lost();
}
END_TEST

START_TEST(what_is_not_worth_pooling_yet_goes_back_at_once)
{
	struct bin_figures f;
	start();
	c = sizeclass_of(64 << 10);
	b = &t->bins[c];
	had = 1;
	ck_assert_uint_eq(backend_fetch(0, c, 1, object), 1);
	uint64_t held = backend_held_bytes();
	ck_assert(put());
	ck_assert_uint_eq(held - backend_held_bytes(), 64 << 10);
	ck_assert_uint_eq(FIGURE(released), 1);
	bin_read(b, &f);
	ck_assert_uint_eq(f.pushes, 1);
	ck_assert_uint_eq(f.pops, 0);
	ck_assert_uint_eq(f.objects, 0);
	ck_assert_ptr_null(bin_loaded(b));
	ck_assert_uint_eq(budget_reserved(), 0);
}
END_TEST

int
main(void)
{
	TCase *order = tcase_create("order"), *cap = tcase_create("cap");

	tcase_add_test(order, the_first_one_makes_a_magazine);
	tcase_add_test(order, the_order_is_loaded_spare_own_shard);
	tcase_add_test(order, what_was_put_last_stays_with_the_thread);
	tcase_add_test(order, a_class_that_puts_much_has_larger_magazines_up_to_the_most);
	tcase_add_test(order, an_empty_magazine_that_lies_there_is_used_again);
	tcase_add_test(order, an_empty_spare_is_filled_before_anything_is_given_away);
	tcase_add_test(order, what_is_left_in_a_revoked_bin_is_armed_and_used);
	tcase_add_test(order, slow_puts_are_counted_as_fast_ones_are);
	tcase_add_test(order, what_is_not_worth_pooling_yet_goes_back_at_once);
	tcase_add_test(cap, a_bin_without_room_for_any_magazine_takes_nothing);
	tcase_add_test(cap, over_the_cap_a_full_magazine_goes_back_to_jemalloc);
	tcase_add_test(cap, at_any_cap_nothing_is_lost_and_the_cap_holds);
	tcase_add_test(cap, past_the_limit_frees_help);
	return unit_run("put", order, cap, NULL);
}
