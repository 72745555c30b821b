/* shard: magazines change hands, each of them once; a taken lock is passed by; what is full grows old. */
#include "meta.h"
#include "unit.h"

#include <string.h>

#define SHARDS 3u
#define C 2u /* of three pools */

/* The room's only piece of memory comes through here, so the tests can reach the locks: the first word of every stack. */
static char *stacks;

void *
meta_forever(size_t n)
{
	stacks = aligned_alloc(CACHE_LINE, n);
	memset(stacks, 0, n);
	return stacks;
}

static _Atomic uint32_t *
lock_of(unsigned shard, unsigned c)
{
	return (_Atomic uint32_t *)(void *)(stacks + (size_t)CACHE_LINE * (shard * 4u + c));
}

static void
take_all_locks(bool take)
{
	for (unsigned shard = 0; shard < SHARDS; shard++)
		atomic_store_explicit(lock_of(shard, C), take, memory_order_release);
}

static void
start(void)
{
	cpu_shards = SHARDS;
	sizeclass_pools = 3;
	ck_assert(shard_init());
}

/* A magazine with n objects that are called first, first + 1, … */
static struct magazine *
magazine(uintptr_t first, unsigned n)
{
	struct magazine *m = calloc(1, sizeof *m + 64 * sizeof(void *));
	m->room = 64;
	m->pool = C;
	for (unsigned i = 0; i < n; i++)
		m->slots[i] = (void *)(first + i);
	magazine_set_count(m, n);
	return m;
}

static struct magazine *
get(unsigned home, struct magazine *empty)
{
	enum shard_level level;
	return shard_get(home, C, empty, &level);
}

static struct magazine *
put(unsigned home, struct magazine *m)
{
	struct magazine *empty = m;
	ck_assert(shard_put(home, C, m, &empty));
	ck_assert_ptr_ne(empty, m);
	return empty;
}

static void
expect_figures(uint64_t objects, uint64_t victims)
{
	uint64_t o = 99, v = 99;
	shard_figures(C, &o, &v);
	ck_assert_uint_eq(o, objects);
	ck_assert_uint_eq(v, victims);
}

static unsigned
length(const struct magazine *list)
{
	unsigned n = 0;
	for (; list != NULL; list = list->next)
		n++;
	return n;
}

START_TEST(before_it_starts_there_is_nothing)
{
	cpu_shards = SHARDS;
	sizeclass_pools = 3;
	expect_figures(0, 0);
}
END_TEST

START_TEST(what_was_put_last_is_got_first)
{
	enum shard_level level = SHARD_STOLEN;
	struct magazine *a = magazine(1, 10), *b = magazine(20, 5);

	start();
	ck_assert_ptr_null(get(0, NULL));
	ck_assert_ptr_null(put(0, a));
	put(0, b);
	expect_figures(15, 0);
	ck_assert_ptr_eq(shard_get(0, C, NULL, &level), b);
	ck_assert_int_eq(level, SHARD_OWN);
	expect_figures(10, 0);
	ck_assert_ptr_eq(get(0, NULL), a);
	ck_assert_ptr_null(get(0, NULL));
	expect_figures(0, 0);
}
END_TEST

START_TEST(pools_do_not_mix)
{
	enum shard_level level;
	struct magazine *a = magazine(1, 10);
	void *out[4];

	start();
	put(0, a);
	ck_assert_ptr_null(shard_get(0, C - 1, NULL, &level));
	ck_assert_ptr_null(shard_get(0, C + 1, NULL, &level));
	ck_assert_ptr_null(shard_age(0, C + 1, false));
	shard_age(0, C, false);
	ck_assert_uint_eq(shard_get_victims(0, C + 1, out, 4), 0);
	ck_assert_uint_eq(shard_get_victims(0, C, out, 4), 4);
}
END_TEST

START_TEST(steal_takes_from_another_cpu)
{
	enum shard_level level = SHARD_OWN;
	struct magazine *a = magazine(1, 10);

	start();
	put(2, a);
	ck_assert_ptr_eq(shard_get(0, C, NULL, &level), a);
	ck_assert_int_eq(level, SHARD_STOLEN);
	expect_figures(0, 0);
}
END_TEST

START_TEST(the_own_shard_comes_first_and_then_the_next)
{
	struct magazine *m[SHARDS] = { magazine(1, 1), magazine(2, 1), magazine(3, 1) };

	start();
	for (unsigned i = 0; i < SHARDS; i++)
		put(i, m[i]);
	ck_assert_ptr_eq(get(1, NULL), m[1]);
	ck_assert_ptr_eq(get(1, NULL), m[2]);
	ck_assert_ptr_eq(get(1, NULL), m[0]);
	ck_assert_ptr_null(get(1, NULL));
}
END_TEST

START_TEST(an_empty_magazine_stays_where_a_full_one_was_and_goes_with_the_next_put)
{
	struct magazine *a = magazine(1, 10), *b = magazine(20, 10), *empty = magazine(0, 0);

	start();
	put(2, a);
	ck_assert_ptr_eq(get(0, empty), a); /* stolen: so it is left there */
	ck_assert_ptr_null(put(0, a));
	ck_assert_ptr_eq(put(2, b), empty);
	ck_assert_uint_eq(magazine_count(empty), 0);
	ck_assert_ptr_null(put(2, empty)); /* once only */
}
END_TEST

START_TEST(without_a_result_the_empty_magazine_is_still_the_callers)
{
	struct magazine *a = magazine(1, 10), *empty = magazine(0, 0);
	start();
	ck_assert_ptr_null(get(0, empty));
	for (unsigned i = 0; i < SHARDS; i++)
		ck_assert_ptr_null(put(i, a));
}
END_TEST

/* Somebody was faster: the figure that was looked at without the lock said that there is something, and there is not. */
START_TEST(a_hint_that_is_out_of_date_costs_nobody_his_magazine)
{
	struct magazine *a = magazine(1, 10), *empty = magazine(0, 0);
	void *out[4];

	start();
	atomic_store_explicit(lock_of(0, C) + 1, 7, memory_order_relaxed); /* objects, and victim_objects */
	atomic_store_explicit(lock_of(0, C) + 2, 7, memory_order_relaxed);
	ck_assert_ptr_null(get(0, empty));
	ck_assert_uint_eq(shard_get_victims(0, C, out, 4), 0);
	ck_assert_ptr_null(put(0, a)); /* `empty` was not left there */
}
END_TEST

START_TEST(a_taken_shard_is_passed_by)
{
	enum shard_level level = SHARD_OWN;
	struct magazine *a = magazine(1, 10), *b = magazine(20, 10), *c = magazine(40, 10);
	void *out[4];

	start();
	put(0, a);
	put(1, b);
	atomic_store_explicit(lock_of(0, C), 1, memory_order_release);
	ck_assert_ptr_eq(shard_get(0, C, NULL, &level), b);
	ck_assert_int_eq(level, SHARD_STOLEN);
	ck_assert_ptr_null(shard_get(0, C, NULL, &level));
	put(0, c);
	ck_assert_ptr_eq(get(1, NULL), c); /* it lies in the next one */

	atomic_store_explicit(lock_of(0, C), 0, memory_order_release);
	shard_add_victim(0, C, b);
	shard_add_victim(2, C, c);
	atomic_store_explicit(lock_of(0, C), 1, memory_order_release);
	ck_assert_uint_eq(shard_get_victims(0, C, out, 4), 4);
	ck_assert_uint_ge((uintptr_t)out[0], 40);
}
END_TEST

START_TEST(with_every_lock_taken_nobody_waits_and_everybody_keeps_what_is_his)
{
	struct magazine *a = magazine(1, 10), *b = magazine(20, 10), *empty = magazine(0, 0), *exchanged;
	void *out[4];

	start();
	put(0, a);
	shard_add_victim(0, C, b);
	take_all_locks(true);
	exchanged = empty;
	ck_assert(!shard_put(0, C, magazine(40, 10), &exchanged));
	ck_assert_ptr_null(get(0, empty));
	ck_assert_uint_eq(shard_get_victims(0, C, out, 4), 0);
	expect_figures(20, 10);
	take_all_locks(false);
	ck_assert_ptr_eq(get(0, NULL), a);
	ck_assert_ptr_null(put(0, a)); /* `empty` was not left there */
}
END_TEST

/* --- victims --------------------------------------------------------------------------------------------------------- */

START_TEST(what_is_full_becomes_the_victims_and_the_victims_leave)
{
	struct magazine *a = magazine(1, 10), *b = magazine(20, 5);

	start();
	put(1, a);
	ck_assert_ptr_null(shard_age(1, C, false));
	expect_figures(10, 10);
	ck_assert_ptr_null(get(1, NULL)); /* a victim is not to be had as a magazine */
	put(1, b);
	expect_figures(15, 10);
	struct magazine *old = shard_age(1, C, false);
	ck_assert_ptr_eq(old, a);
	ck_assert_ptr_null(old->next);
	ck_assert_uint_eq(magazine_count(old), 10);
	expect_figures(5, 5);
	ck_assert_ptr_eq(shard_age(1, C, false), b);
	expect_figures(0, 0);
	ck_assert_ptr_null(shard_age(1, C, false));
}
END_TEST

START_TEST(where_nothing_was_got_there_need_be_no_victims)
{
	struct magazine *a = magazine(1, 10), *b = magazine(20, 10), *c = magazine(40, 10);

	start();
	put(1, a);
	ck_assert_ptr_eq(shard_age(1, C, true), a);
	expect_figures(0, 0);
	put(1, b);
	put(1, c);
	ck_assert_ptr_eq(get(1, NULL), c);
	ck_assert_ptr_null(shard_age(1, C, true)); /* somebody wanted one */
	expect_figures(10, 10);
	put(1, c);
	struct magazine *list = shard_age(1, C, true); /* that was long ago */
	ck_assert_uint_eq(length(list), 2);
	expect_figures(0, 0);
}
END_TEST

START_TEST(victims_that_are_got_are_wanted_too)
{
	void *out[1];

	start();
	put(1, magazine(1, 10));
	shard_age(1, C, false);
	put(1, magazine(20, 10));
	ck_assert_uint_eq(shard_get_victims(1, C, out, 1), 1);
	ck_assert_uint_eq(length(shard_age(1, C, true)), 1); /* the victims alone */
	expect_figures(10, 10);
}
END_TEST

START_TEST(one_shard_ages_by_itself)
{
	start();
	put(0, magazine(1, 10));
	put(1, magazine(20, 10));
	shard_age(0, C, false);
	expect_figures(20, 10);
	ck_assert_ptr_nonnull(get(0, NULL)); /* that of shard 1 */
	ck_assert_ptr_null(get(0, NULL));
}
END_TEST

START_TEST(empty_magazines_leave_with_the_victims)
{
	struct magazine *a = magazine(1, 10), *empty = magazine(0, 0);

	start();
	put(0, a);
	ck_assert_ptr_eq(get(0, empty), a);
	put(0, a);     /* takes it back … */
	shard_adopt(0, C, empty);
	struct magazine *list = shard_age(0, C, false);
	ck_assert_ptr_eq(list, empty);
	ck_assert_uint_eq(length(list), 1);
	ck_assert_uint_eq(length(shard_age(0, C, false)), 1);
}
END_TEST

START_TEST(no_more_victims_are_taken_than_asked_for)
{
	void *out[64];
	struct magazine *a = magazine(1, 5), *b = magazine(20, 5);
	bool seen[64] = { false };

	start();
	shard_add_victim(0, C, a);
	shard_add_victim(0, C, b);
	expect_figures(10, 10);
	ck_assert_uint_eq(shard_get_victims(0, C, out, 1), 1);
	expect_figures(9, 9);
	ck_assert_uint_eq(shard_get_victims(0, C, out + 1, 7), 7);
	expect_figures(2, 2);
	ck_assert_uint_eq(shard_get_victims(0, C, out + 8, 64), 2);
	expect_figures(0, 0);
	ck_assert_uint_eq(shard_get_victims(0, C, out, 1), 0);
	for (unsigned i = 0; i < 10; i++) {
		ck_assert(!seen[(uintptr_t)out[i]]);
		seen[(uintptr_t)out[i]] = true;
	}
	ck_assert_uint_eq(length(shard_age(0, C, false)), 2); /* what was emptied is among the empty ones */
}
END_TEST

START_TEST(the_own_victims_come_first_and_then_the_others)
{
	void *out[64];
	start();
	shard_add_victim(0, C, magazine(1, 2));
	shard_add_victim(1, C, magazine(10, 2));
	shard_add_victim(2, C, magazine(20, 2));
	ck_assert_uint_eq(shard_get_victims(1, C, out, 2), 2);
	ck_assert_uint_ge((uintptr_t)out[0], 10);
	ck_assert_uint_lt((uintptr_t)out[0], 20);
	ck_assert_uint_eq(shard_get_victims(1, C, out, 2), 2);
	ck_assert_uint_ge((uintptr_t)out[0], 20);
	ck_assert_uint_eq(shard_get_victims(1, C, out, 2), 2);
	ck_assert_uint_lt((uintptr_t)out[0], 10);
}
END_TEST

START_TEST(a_victim_that_was_not_taken_leaves_at_the_next_age_with_what_is_left)
{
	void *out[4];
	start();
	put(0, magazine(1, 10));
	shard_age(0, C, false);
	ck_assert_uint_eq(shard_get_victims(0, C, out, 4), 4);
	struct magazine *old = shard_age(0, C, false);
	ck_assert_uint_eq(magazine_count(old), 6);
	for (unsigned i = 0; i < 6; i++)
		for (unsigned k = 0; k < 4; k++)
			ck_assert_ptr_ne(old->slots[i], out[k]);
	expect_figures(0, 0);
}
END_TEST

START_TEST(what_an_ending_thread_leaves_is_not_a_victim)
{
	struct magazine *a = magazine(1, 3);
	start();
	shard_adopt(1, C, a);
	expect_figures(3, 0);
	ck_assert_ptr_eq(get(1, NULL), a);
}
END_TEST

static _Atomic bool aged;

static void *
age(void *unused)
{
	(void)unused;
	shard_age(0, C, false);
	atomic_store_explicit(&aged, true, memory_order_release);
	return NULL;
}

START_TEST(the_rotation_waits_for_a_taken_lock)
{
	start();
	put(0, magazine(1, 3));
	atomic_store_explicit(lock_of(0, C), 1, memory_order_release);
	pthread_t t = unit_thread(age, NULL);
	unit_sleep(30);
	ck_assert(!atomic_load_explicit(&aged, memory_order_acquire));
	expect_figures(3, 0);
	atomic_store_explicit(lock_of(0, C), 0, memory_order_release);
	unit_join(t);
	expect_figures(3, 3);
}
END_TEST

/* --- all at once ------------------------------------------------------------------------------------------------------ */

#define MAGAZINES 24u
#define OBJECTS 10u /* in each of them at the beginning */
#define THREADS 4u

static struct magazine *kept[THREADS][MAGAZINES * 2];
static void *loose[THREADS][MAGAZINES * OBJECTS];
static unsigned kept_count[THREADS], loose_count[THREADS];

/* Takes and gives back at random; what it has at the end it keeps. */
static void *
move_around(void *number)
{
	unsigned me = *(unsigned *)number, state = me * 7919u + 1, *n = &kept_count[me], *l = &loose_count[me];
	struct magazine **mine = kept[me];

	for (unsigned i = 0; i < 30000; i++) {
		state = state * 1103515245u + 12345u;
		unsigned home = (state >> 8) % SHARDS;
		struct magazine *empty = NULL, *m;
		switch ((state >> 16) % 5) {
		case 0:
		case 1:
			empty = *n > 0 && magazine_count(mine[*n - 1]) == 0 ? mine[*n - 1] : NULL;
			m = get(home, empty);
			if (m != NULL)
				mine[empty != NULL ? *n - 1 : (*n)++] = m; /* `empty` is there now, and without a result still here */
			break;
		case 2:
			if (*n > 0 && magazine_count(mine[*n - 1]) > 0 && shard_put(home, C, mine[*n - 1], &empty)) {
				(*n)--;
				if (empty != NULL)
					mine[(*n)++] = empty;
			}
			break;
		case 3:
			if (*l + 5 < MAGAZINES * OBJECTS)
				*l += (unsigned)shard_get_victims(home, C, loose[me] + *l, 5);
			break;
		default: /* loose objects into a magazine with room, or an empty one away */
			if (*n == 0)
				break;
			m = mine[--*n];
			while (*l > 0 && magazine_count(m) < m->room) {
				m->slots[magazine_count(m)] = loose[me][--*l];
				magazine_set_count(m, magazine_count(m) + 1);
			}
			if (state & 1 << 20)
				shard_adopt(home, C, m);
			else
				shard_add_victim(home, C, m);
		}
		if (me == 0 && i % 16 == 0) /* the rotation: one at a time */
			for (struct magazine *old = shard_age(home, C, false), *next; old != NULL; old = next) {
				next = old->next;
				mine[(*n)++] = old;
			}
	}
	return NULL;
}

static bool found_object[MAGAZINES * OBJECTS + 1];
static struct magazine *found[MAGAZINES];
static unsigned found_magazines, found_objects;

static void
find_object(void *p)
{
	ck_assert_uint_ge((uintptr_t)p, 1);
	ck_assert_uint_le((uintptr_t)p, MAGAZINES * OBJECTS);
	ck_assert(!found_object[(uintptr_t)p]);
	found_object[(uintptr_t)p] = true;
	found_objects++;
}

static void
find(struct magazine *m)
{
	ck_assert_uint_lt(found_magazines, MAGAZINES);
	for (unsigned i = 0; i < found_magazines; i++)
		ck_assert_ptr_ne(found[i], m);
	found[found_magazines++] = m;
	for (unsigned i = 0; i < magazine_count(m); i++)
		find_object(m->slots[i]);
}

START_TEST(whatever_many_threads_do_each_object_is_in_one_place)
{
	unsigned numbers[THREADS];
	pthread_t threads[THREADS];

	start();
	for (unsigned i = 0; i < MAGAZINES; i++)
		put(i % SHARDS, magazine(1 + i * OBJECTS, OBJECTS));
	for (unsigned i = 0; i < THREADS; i++) {
		numbers[i] = i;
		threads[i] = unit_thread(move_around, &numbers[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		unit_join(threads[i]);
	for (unsigned i = 0; i < THREADS; i++) {
		while (kept_count[i] > 0)
			find(kept[i][--kept_count[i]]);
		while (loose_count[i] > 0)
			find_object(loose[i][--loose_count[i]]);
	}
	uint64_t objects, victims;
	shard_figures(C, &objects, &victims);
	ck_assert_uint_eq(found_objects + objects, MAGAZINES * OBJECTS);
	for (unsigned i = 0; i < SHARDS * 2; i++)
		for (struct magazine *m = shard_age(i % SHARDS, C, false), *next; m != NULL; m = next) {
			next = m->next;
			find(m);
		}
	ck_assert_uint_eq(found_objects, MAGAZINES * OBJECTS);
	ck_assert_uint_eq(found_magazines, MAGAZINES);
	expect_figures(0, 0);
}
END_TEST

int
main(void)
{
	TCase *exchange = tcase_create("get and put"), *victims = tcase_create("victims"), *together = tcase_create("together");

	tcase_add_test(exchange, before_it_starts_there_is_nothing);
	tcase_add_test(exchange, what_was_put_last_is_got_first);
	tcase_add_test(exchange, pools_do_not_mix);
	tcase_add_test(exchange, steal_takes_from_another_cpu);
	tcase_add_test(exchange, the_own_shard_comes_first_and_then_the_next);
	tcase_add_test(exchange, an_empty_magazine_stays_where_a_full_one_was_and_goes_with_the_next_put);
	tcase_add_test(exchange, without_a_result_the_empty_magazine_is_still_the_callers);
	tcase_add_test(exchange, a_hint_that_is_out_of_date_costs_nobody_his_magazine);
	tcase_add_test(exchange, a_taken_shard_is_passed_by);
	tcase_add_test(exchange, with_every_lock_taken_nobody_waits_and_everybody_keeps_what_is_his);
	tcase_add_test(victims, what_is_full_becomes_the_victims_and_the_victims_leave);
	tcase_add_test(victims, where_nothing_was_got_there_need_be_no_victims);
	tcase_add_test(victims, victims_that_are_got_are_wanted_too);
	tcase_add_test(victims, one_shard_ages_by_itself);
	tcase_add_test(victims, empty_magazines_leave_with_the_victims);
	tcase_add_test(victims, no_more_victims_are_taken_than_asked_for);
	tcase_add_test(victims, the_own_victims_come_first_and_then_the_others);
	tcase_add_test(victims, a_victim_that_was_not_taken_leaves_at_the_next_age_with_what_is_left);
	tcase_add_test(victims, what_an_ending_thread_leaves_is_not_a_victim);
	tcase_add_test(victims, the_rotation_waits_for_a_taken_lock);
	tcase_add_test(together, whatever_many_threads_do_each_object_is_in_one_place);
	return unit_run("shard", exchange, victims, together, NULL);
}
