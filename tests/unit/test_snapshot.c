/* snapshot: the figures add up, class by class, thread by thread, at rest and in a handler. */
#include "background.h"
#include "pool.h"
#include "snapshot.h"
#include "plain.h"
#include "stats.h"
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

static struct snapshot s;

static bool
ready(void)
{
	return true;
}

bool (*pool_start_hook)(void) = ready;

static void
start(void)
{
	unit_start(2, "TIDEPOOL_CLASSES=8-1M", NULL);
	epoch_init();
}

static void
use(size_t size, unsigned n)
{
	void *p[2000];
	for (unsigned i = 0; i < n; i++)
		p[i] = pool_malloc(size);
	for (unsigned i = 0; i < n; i++)
		pool_free(p[i]);
}

static void
expect_class_adds_up(const struct class_figures *f)
{
	ck_assert_uint_eq(f->gets, f->hits_private + f->hits_shared + f->hits_steal + f->hits_victim + f->misses);
	ck_assert_uint_eq(f->puts + f->fetched, f->gets + f->cached_objects + f->released);
	ck_assert_uint_ge(f->cached_objects, f->victim_objects);
}

static void
expect_it_adds_up(void)
{
	struct class_figures sum = { .size = 0 };
	for (unsigned i = 0; i < s.classes; i++) {
		const struct class_figures *f = &s.class[i];
		expect_class_adds_up(f);
		ck_assert_uint_eq(f->cached_bytes, f->cached_objects * f->size);
		ck_assert_uint_eq(f->victim_bytes, f->victim_objects * f->size);
		ck_assert_uint_eq(f->live_bytes, (f->gets - f->puts) * f->size);
		sum.gets += f->gets;
		sum.puts += f->puts;
		sum.misses += f->misses;
		sum.cached_bytes += f->cached_bytes;
		sum.live_bytes += f->live_bytes;
	}
	expect_class_adds_up(&s.total);
	ck_assert_uint_eq(s.total.gets, sum.gets);
	ck_assert_uint_eq(s.total.puts, sum.puts);
	ck_assert_uint_eq(s.total.misses, sum.misses);
	ck_assert_uint_eq(s.total.cached_bytes, sum.cached_bytes);
	ck_assert_uint_eq(s.total.live_bytes, sum.live_bytes);
	ck_assert_uint_eq(s.total.cached_bytes + s.total.live_bytes, backend_held_bytes());
}

static const struct class_figures *
class_of(size_t size)
{
	snapshot_take(&s, SNAPSHOT_THREAD);
	return &s.class[sizeclass_of(size) - 1];
}

/* --- sums ------------------------------------------------------------------------------------------------------------ */

START_TEST(there_is_a_row_for_every_class_also_when_nothing_was_used)
{
	start();
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_eq(s.classes, sizeclass_pools);
	for (unsigned i = 0; i < s.classes; i++) {
		ck_assert_uint_eq(s.class[i].size, sizeclass_pool[i + 1].size);
		ck_assert_uint_eq(s.class[i].gets + s.class[i].puts + s.class[i].cached_objects, 0);
	}
	ck_assert_uint_eq(s.total.size, 0);
	ck_assert_uint_eq(s.total.gets, 0);
	ck_assert_uint_eq(s.threads, 0);
}
END_TEST

START_TEST(every_get_and_put_is_there_and_in_its_class)
{
	start();
	use(64, 1000);
	void *live[10];
	for (unsigned i = 0; i < 10; i++)
		live[i] = pool_malloc(320);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->gets, 1000);
	ck_assert_uint_eq(f->puts, 1000);
	ck_assert_uint_eq(f->live_bytes, 0);
	ck_assert_uint_eq(f->cached_objects, f->fetched);
	f = class_of(320);
	ck_assert_uint_eq(f->gets, 10);
	ck_assert_uint_eq(f->puts, 0);
	ck_assert_uint_eq(f->live_bytes, 10 * 320);
	expect_it_adds_up();
	for (unsigned i = 0; i < 10; i++)
		pool_free(live[i]);
}
END_TEST

START_TEST(a_hit_is_counted_at_the_level_that_served_it)
{
	unsigned c;
	start();
	c = sizeclass_of(64);
	stats_count(c, fetched, 3 * 2); /* as whoever filled these has done */
	shard_adopt(0, c, unit_magazine(c, 2, 2));
	shard_adopt(1, c, unit_magazine(c, 2, 2));
	shard_add_victim(1, c, unit_magazine(c, 2, 2));
	for (unsigned i = 0; i < 7; i++)
		pool_malloc(64);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->hits_shared, 1);
	ck_assert_uint_eq(f->hits_steal, 1);
	ck_assert_uint_eq(f->hits_victim, 2);
	ck_assert_uint_eq(f->hits_private, 2);
	ck_assert_uint_eq(f->misses, 1);
	expect_it_adds_up();
}
END_TEST

START_TEST(rotations_move_objects_and_lose_none)
{
	start();
	use(64, 1000);
	use(4096, 500);
	epoch_rotate(ROTATION_TIMER);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->victim_objects, f->cached_objects);
	ck_assert_uint_ge(f->victim_objects, 1000);
	ck_assert_uint_eq(f->gets, 1000);
	ck_assert_uint_eq(f->puts, 1000);
	expect_it_adds_up();
	use(64, 3);
	expect_it_adds_up();
	epoch_rotate_now();
	f = class_of(64);
	ck_assert_uint_eq(f->cached_objects, 0);
	ck_assert_uint_eq(f->released, f->fetched);
	expect_it_adds_up();
	ck_assert_uint_eq(s.epoch.number, 3);
	ck_assert_uint_eq(s.epoch.rotations[ROTATION_TIMER], 1);
	ck_assert_uint_eq(s.epoch.rotations[ROTATION_MANUAL], 2);
	ck_assert_uint_eq(s.epoch.released_objects, s.total.released);
	ck_assert(s.epoch.idle_drain);
	ck_assert_ptr_null(s.epoch.idle_drain_why);
	ck_assert(!s.epoch.background);
}
END_TEST

START_TEST(what_goes_past_the_pools_is_in_the_sums)
{
	start();
	use(64, 10);
	thread_set_busy(unit_self(), true); /* a handler inside a slow path */
	bin_revoke(&unit_self()->bins[sizeclass_of(64)]);
	use(64, 10);
	thread_set_busy(unit_self(), false);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->passed_through, 20);
	ck_assert_uint_eq(f->gets, 20);
	ck_assert_uint_eq(f->puts, 20);
	expect_it_adds_up();
	pool_free(pool_malloc(8 << 20));
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_eq(s.total.passed_through, 22);
	expect_it_adds_up();
}
END_TEST

START_TEST(what_the_cap_refuses_is_counted_once)
{
	start();
	use(64, 10);
	epoch_rotate_now();
	budget_init(0); /* no magazine may be made: every slow path ends past the pools */
	use(320, 10);
	const struct class_figures *f = class_of(320);
	ck_assert_uint_eq(f->gets, 10);
	ck_assert_uint_eq(f->puts, 10);
	ck_assert_uint_eq(f->hits_private, 0);
	ck_assert_uint_eq(f->misses, 10);
	ck_assert_uint_eq(f->passed_through, 20);
	expect_it_adds_up();
}
END_TEST

static void *
use_and_end(void *unused)
{
	use(64, 1000);
	use(320, 100);
	return unused;
}

static void
use_and_sleep(void)
{
	prctl(PR_SET_NAME, "a sleeper");
	use(64, 1000);
}

START_TEST(what_ended_threads_did_is_still_there)
{
	struct unit_sleeper sleeper;

	start();
	unit_join(unit_thread(use_and_end, NULL));
	unit_sleeper_start(&sleeper, use_and_sleep, NULL);
	unit_join(unit_thread(use_and_end, NULL));
	use(64, 1000);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->gets, 4000);
	ck_assert_uint_eq(f->puts, 4000);
	ck_assert_uint_eq(s.threads, 2);
	expect_it_adds_up();
	unit_sleeper_end(&sleeper);
	ck_assert_uint_eq(class_of(64)->gets, 4000);
	expect_it_adds_up();
	ck_assert_uint_eq(s.threads, 1);
}
END_TEST

/* --- levels, threads that free for others, and two dumps ---------------------------------------------------------------- */

START_TEST(the_bytes_of_the_levels_are_all_that_is_cached)
{
	start();
	unsigned c = sizeclass_of(64);
	stats_count(c, fetched, 5 * 2); /* as whoever filled these has done */
	shard_adopt(0, c, unit_magazine(c, 2, 2));
	shard_adopt(1, c, unit_magazine(c, 2, 2));
	shard_adopt(1, c, unit_magazine(c, 2, 2));
	shard_add_victim(1, c, unit_magazine(c, 2, 2));
	shard_add_victim(0, c, unit_magazine(c, 2, 2));
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->shared_bytes, 6 * 64);
	ck_assert_uint_eq(f->victim_bytes, 4 * 64);
	ck_assert_uint_eq(f->private_bytes, 0);
	use(320, 10);
	f = class_of(320);
	ck_assert_uint_gt(f->private_bytes, 0);
	ck_assert_uint_eq(f->private_bytes, f->cached_bytes);
	ck_assert_uint_eq(s.total.private_bytes + s.total.shared_bytes + s.total.victim_bytes, s.total.cached_bytes);
	expect_it_adds_up();
}
END_TEST

static void *parcel[1000];

static void
free_parcel(void)
{
	for (unsigned i = 0; i < 1000; i++)
		pool_free(parcel[i]);
}

START_TEST(what_a_thread_frees_beyond_what_it_got_was_anothers)
{
	struct unit_sleeper sleeper;

	start();
	use(64, 2000);
	ck_assert_uint_eq(class_of(64)->cross_thread_puts, 0);
	for (unsigned i = 0; i < 1000; i++)
		parcel[i] = pool_malloc(64);
	unit_sleeper_start(&sleeper, free_parcel, NULL);
	const struct class_figures *f = class_of(64);
	ck_assert_uint_eq(f->puts, 3000);
	ck_assert_uint_eq(f->cross_thread_puts, 1000);
	ck_assert_uint_eq(s.total.cross_thread_puts, 1000);
	unit_sleeper_end(&sleeper);
	ck_assert_uint_eq(class_of(64)->cross_thread_puts, 1000); /* of the process now */
}
END_TEST

START_TEST(between_two_dumps_is_what_has_been_done_since_the_first)
{
	struct snapshot_mark mark = { 0 };

	start();
	use(64, 1000);
	snapshot_take(&s, SNAPSHOT_THREAD);
	snapshot_compare(&s, &mark);
	ck_assert(!s.since.known);
	snapshot_set_mark(&mark, &s);
	uint64_t misses = s.total.misses, up = s.uptime_ms;
	use(64, 10);
	use(8192, 5);
	epoch_rotate_now();
	snapshot_take(&s, SNAPSHOT_THREAD);
	snapshot_compare(&s, &mark);
	ck_assert(s.since.known);
	ck_assert_uint_eq(s.since.ms, s.uptime_ms - up);
	ck_assert_uint_eq(s.since.gets, 15);
	ck_assert_uint_eq(s.since.puts, 15);
	ck_assert_uint_eq(s.since.misses, s.total.misses - misses);
	ck_assert_uint_eq(s.since.rotations, 2);
	ck_assert_uint_eq(s.since.released, s.total.released); /* nothing had been before */
	ck_assert_uint_eq(s.since.released_bytes, s.total.released_bytes);
	ck_assert_uint_eq(s.since.released_bytes, s.epoch.released_bytes);
	ck_assert_uint_eq(s.since.rotating_ns, s.epoch.rotating_ns);
	ck_assert_uint_gt(s.since.rotating_ns, 0);
}
END_TEST

START_TEST(fragmentation_is_active_against_allocated)
{
	s.jemalloc.known = true;
	s.jemalloc.active = 1500;
	s.jemalloc.allocated = 1000;
	ck_assert_uint_eq(snapshot_fragmentation(&s), 1500);
	s.jemalloc.active = UINT64_MAX;
	s.jemalloc.allocated = UINT64_MAX;
	ck_assert_uint_eq(snapshot_fragmentation(&s), 1000);
	s.jemalloc.known = false;
	ck_assert_uint_eq(snapshot_fragmentation(&s), 0);
}
END_TEST

/* --- threads --------------------------------------------------------------------------------------------------------- */

START_TEST(the_attached_threads_are_there_with_name_and_figures)
{
	struct unit_sleeper sleeper;
	struct thread_figures t;
	const void *cursor = NULL;
	uint64_t gets = 0, cached = 0;
	unsigned n = 0, found = 0;

	start();
	ck_assert(!snapshot_thread(&cursor, &t));
	use(320, 10);
	prctl(PR_SET_NAME, "the caller");
	unit_sleeper_start(&sleeper, use_and_sleep, NULL);
	unit_join(unit_thread(use_and_end, NULL)); /* is not there any more */
	errno = 7;
	for (cursor = NULL; snapshot_thread(&cursor, &t); n++) {
		gets += t.gets;
		cached += t.cached_bytes;
		if (t.tid == gettid()) {
			ck_assert_str_eq(t.name, "the caller");
			ck_assert_uint_eq(t.gets, 10);
			ck_assert_uint_gt(t.cached_bytes, 0);
			found++;
		} else {
			ck_assert_str_eq(t.name, "a sleeper");
			ck_assert_uint_eq(t.gets, 1000);
			found++;
		}
	}
	ck_assert_int_eq(errno, 7);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(found, 2);
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_le(cached, s.total.cached_bytes);
	ck_assert_uint_eq(gets + 1100, s.total.gets);
	unit_sleeper_end(&sleeper);
}
END_TEST

/* --- moments --------------------------------------------------------------------------------------------------------- */

START_TEST(in_a_handler_jemalloc_is_not_asked)
{
	start();
	snapshot_take(&s, SNAPSHOT_HANDLER);
	ck_assert(!s.jemalloc.known);
	ck_assert_uint_eq(s.jemalloc.allocated, 0);
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert(s.jemalloc.known);
	ck_assert_uint_gt(s.jemalloc.allocated, 0);
	uint64_t allocated = s.jemalloc.allocated;
	void *p = plain_malloc(32 << 20);
	unit_sleep(1100);
	snapshot_take(&s, SNAPSHOT_HANDLER);
	ck_assert_uint_eq(s.jemalloc.allocated, allocated); /* the old ones, and their age */
	ck_assert_uint_ge(s.jemalloc.age_ms, 1000);
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_ge(s.jemalloc.allocated, allocated + (32 << 20));
	ck_assert_uint_lt(s.jemalloc.age_ms, 1000);
	plain_free(p);
}
END_TEST

START_TEST(a_handler_waits_for_no_lock)
{
	start();
	use(64, 100);
	lock_take(&unit_self()->lock); /* whatever the handler has interrupted */
	snapshot_take(&s, SNAPSHOT_HANDLER);
	ck_assert_uint_eq(s.total.gets, 100);
	expect_it_adds_up();
	lock_give(&unit_self()->lock);
}
END_TEST

START_TEST(uptime_counts_from_the_start)
{
	start();
	unit_sleep(60);
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_ge(s.uptime_ms, 40);
	ck_assert_uint_lt(s.uptime_ms, 10000);
}
END_TEST

static _Atomic bool stop;

static void *
work(void *unused)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		use(64, 100);
	return unused;
}

START_TEST(while_others_work_the_figures_are_late_but_no_nonsense)
{
	pthread_t threads[2];
	uint64_t before = 0;

	start();
	for (unsigned i = 0; i < 2; i++)
		threads[i] = unit_thread(work, NULL);
	for (unsigned i = 0; i < 300; i++) {
		snapshot_take(&s, i % 2 ? SNAPSHOT_THREAD : SNAPSHOT_HANDLER);
		const struct class_figures *f = &s.class[sizeclass_of(64) - 1];
		ck_assert_uint_ge(f->gets + 1000, before); /* a figure may be late by what is in the air, never by more */
		ck_assert_uint_lt(f->cached_objects, 5000);
		ck_assert_uint_lt(f->live_bytes, 64 * 2000);
		before = f->gets;
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	for (unsigned i = 0; i < 2; i++)
		unit_join(threads[i]);
	snapshot_take(&s, SNAPSHOT_THREAD);
	expect_it_adds_up();
	ck_assert_uint_eq(s.total.gets, s.total.puts);
}
END_TEST

int
main(void)
{
	TCase *sums = tcase_create("sums"), *threads = tcase_create("threads"), *moments = tcase_create("moments");

	tcase_add_test(sums, there_is_a_row_for_every_class_also_when_nothing_was_used);
	tcase_add_test(sums, every_get_and_put_is_there_and_in_its_class);
	tcase_add_test(sums, a_hit_is_counted_at_the_level_that_served_it);
	tcase_add_test(sums, rotations_move_objects_and_lose_none);
	tcase_add_test(sums, what_goes_past_the_pools_is_in_the_sums);
	tcase_add_test(sums, what_the_cap_refuses_is_counted_once);
	tcase_add_test(sums, what_ended_threads_did_is_still_there);
	tcase_add_test(sums, the_bytes_of_the_levels_are_all_that_is_cached);
	tcase_add_test(sums, what_a_thread_frees_beyond_what_it_got_was_anothers);
	tcase_add_test(sums, between_two_dumps_is_what_has_been_done_since_the_first);
	tcase_add_test(sums, fragmentation_is_active_against_allocated);
	tcase_add_test(threads, the_attached_threads_are_there_with_name_and_figures);
	tcase_add_test(moments, in_a_handler_jemalloc_is_not_asked);
	tcase_add_test(moments, a_handler_waits_for_no_lock);
	tcase_add_test(moments, uptime_counts_from_the_start);
	tcase_add_test(moments, while_others_work_the_figures_are_late_but_no_nonsense);
	return unit_run("snapshot", sums, threads, moments, NULL);
}
