/* pool: every call is answered, by the pools or past them, and nothing is lost on either way. */
#include "demand.h"
#include "pool.h"
#include "stats.h"
#include "unit.h"

#include <stdint.h>
#include <string.h>

static bool is_ready = true;
static unsigned c; /* the pool of 64 bytes */

static bool
ready(void)
{
	return is_ready;
}

bool (*pool_start_hook)(void) = ready;

static void
start(void)
{
	unit_start(2, "TIDEPOOL_CLASSES=8-1M", NULL);
	c = sizeclass_of(64);
}

START_TEST(the_first_call_attaches_the_thread)
{
	start();
	ck_assert_ptr_null(thread_self());
	void *p = pool_malloc(64);
	ck_assert_ptr_nonnull(thread_self());
	ck_assert_uint_eq(pagemap_of(p), c);
	pool_free(p);
}
END_TEST

START_TEST(until_it_is_ready_everything_falls_through_uncounted)
{
	start();
	is_ready = false;
	void *p = pool_malloc(64), *q = pool_malloc(0);
	ck_assert(p != NULL && q != NULL);
	ck_assert_uint_eq(pagemap_of(p), 0);
	ck_assert_ptr_null(thread_self());
	ck_assert_uint_eq(stats_read(0, passed_through), 0);
	is_ready = true;
	pool_free(p);
	pool_free(q);
	ck_assert_uint_eq(unit_self()->unpooled, 2);
}
END_TEST

START_TEST(what_was_freed_last_is_got_first)
{
	start();
	void *p = pool_malloc(64), *q = pool_malloc(60);
	ck_assert_ptr_ne(p, q);
	pool_free(p);
	pool_free(q);
	ck_assert_ptr_eq(pool_malloc(50), q);
	ck_assert_ptr_eq(pool_malloc(64), p);
}
END_TEST

START_TEST(nothing_at_all_has_an_address_of_its_own)
{
	start();
	void *p = pool_malloc(0), *q = pool_malloc(0);
	ck_assert(p != NULL && q != NULL && p != q);
	pool_free(p);
	pool_free(q);
	pool_free(NULL);
}
END_TEST

START_TEST(every_size_has_room_and_the_alignment_of_any_type)
{
	start();
	for (size_t n = 0; n < 20000; n += n < 2200 ? 1 : 499) {
		unsigned char *p = pool_malloc(n);
		ck_assert_ptr_nonnull(p);
		if (n >= _Alignof(max_align_t))
			ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xff, n);
		pool_free(p);
	}
}
END_TEST

START_TEST(what_is_not_pooled_falls_through_and_is_counted_as_such)
{
	start();
	void *p = pool_malloc((1 << 20) + 1);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(pagemap_of(p), 0);
	ck_assert_uint_eq(unit_self()->unpooled, 1);
	pool_free(p);
	ck_assert_uint_eq(unit_self()->unpooled, 2);
}
END_TEST

START_TEST(no_memory_is_null_and_enomem)
{
	start();
	volatile size_t absurd = SIZE_MAX, half = (size_t)PTRDIFF_MAX + 1; /* nothing that the compiler could reckon with */
	errno = 0;
	ck_assert_ptr_null(pool_malloc(absurd));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(pool_malloc(half));
	ck_assert_int_eq(errno, ENOMEM);

	void *p[5000];
	unsigned n = 0;
	pool_malloc(65536);
	unit_memory_is_gone(true);
	errno = 0;
	while (n < 5000 && (p[n] = pool_malloc(65536)) != NULL)
		n++;
	int error = errno;
	unit_memory_is_gone(false);
	ck_assert_uint_lt(n, 5000);
	ck_assert_int_eq(error, ENOMEM);
	ck_assert_ptr_nonnull(pool_malloc(65536)); /* it works again */
}
END_TEST

START_TEST(free_keeps_errno)
{
	void *p[1000];

	start();
	for (unsigned i = 0; i < 1000; i++)
		p[i] = pool_malloc(i * 37 % 3000);
	void *large = pool_malloc(8 << 20);
	errno = 7;
	for (unsigned i = 0; i < 1000; i++)
		pool_free(p[i]);
	pool_free(large);
	pool_free(NULL);
	ck_assert_int_eq(errno, 7);
}
END_TEST

/* --- past the pools -------------------------------------------------------------------------------------------------- */

/* One get and one put that must leave the bin as it is. */
static void
expect_past_the_pools(void)
{
	struct thread_cache *t = thread_self();
	uint64_t objects = t != NULL ? bin_objects(&t->bins[c]) : 0, held = backend_held_bytes();
	uint64_t misses = stats_read(c, misses), fetched = stats_read(c, fetched), puts = stats_read(c, puts),
	         released = stats_read(c, released), passed = stats_read(c, passed_through);

	void *p = pool_malloc(64);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(pagemap_of(p), c);
	ck_assert_uint_eq(backend_held_bytes(), held + 64);
	pool_free(p);
	ck_assert_uint_eq(backend_held_bytes(), held);
	if (t != NULL)
		ck_assert_uint_eq(bin_objects(&t->bins[c]), objects);
	ck_assert_uint_eq(stats_read(c, misses), misses + 1);
	ck_assert_uint_eq(stats_read(c, fetched), fetched + 1);
	ck_assert_uint_eq(stats_read(c, puts), puts + 1);
	ck_assert_uint_eq(stats_read(c, released), released + 1);
	ck_assert_uint_eq(stats_read(c, passed_through), passed + 2);
}

START_TEST(a_handler_that_interrupts_an_operation_goes_past_the_pools)
{
	start();
	pool_free(pool_malloc(64));
	struct bin *b = &unit_self()->bins[c];
	uint64_t sequence = atomic_load_explicit(&b->sequence, memory_order_relaxed);
	atomic_store_explicit(&b->sequence, sequence + 1, memory_order_relaxed);
	expect_past_the_pools();
	ck_assert_uint_eq(atomic_load_explicit(&b->sequence, memory_order_relaxed), sequence + 1);
	ck_assert(!thread_set_busy(thread_self(), false)); /* it has left the slow path that it was refused in */
	ck_assert(lock_try(&unit_self()->lock));
	lock_give(&unit_self()->lock);
	void *other = pool_malloc(320); /* another bin serves it */
	ck_assert_uint_eq(stats_read(sizeclass_of(320), misses), 1);
	pool_free(other);
	atomic_store_explicit(&b->sequence, sequence, memory_order_relaxed);
	ck_assert_ptr_nonnull(pool_malloc(64));
	ck_assert_uint_eq(stats_read(c, misses), 2); /* the one past the pools, and this */
}
END_TEST

START_TEST(a_handler_inside_a_slow_path_goes_past_the_pools)
{
	start();
	pool_free(pool_malloc(64));
	bin_revoke(&unit_self()->bins[c]);
	thread_set_busy(thread_self(), true);
	expect_past_the_pools();
	thread_set_busy(thread_self(), false);
}
END_TEST

static struct thread_cache *drained;
static _Atomic int step;

static void *
drain(void *unused)
{
	lock_take(&drained->lock);
	bin_revoke(&drained->bins[c]);
	atomic_store_explicit(&step, 1, memory_order_release);
	while (atomic_load_explicit(&step, memory_order_acquire) == 1)
		sched_yield();
	lock_give(&drained->lock);
	return unused;
}

START_TEST(a_thread_that_is_drained_at_this_moment_goes_past_the_pools)
{
	start();
	pool_free(pool_malloc(64));
	drained = thread_self();
	pthread_t t = unit_thread(drain, NULL);
	while (atomic_load_explicit(&step, memory_order_acquire) == 0)
		sched_yield();
	expect_past_the_pools();
	atomic_store_explicit(&step, 2, memory_order_release);
	unit_join(t);
	uint64_t passed = stats_read(c, passed_through);
	pool_free(pool_malloc(64));
	ck_assert_uint_eq(stats_read(c, passed_through), passed);
}
END_TEST

START_TEST(a_thread_that_will_never_have_a_cache_goes_past_the_pools)
{
	start();
	void *p;
	backend_fetch(0, c, 1, &p); /* the shard has an arena */
	thread_refuse();
	expect_past_the_pools();
	pool_count_unpooled();
	ck_assert_uint_eq(stats_read(0, passed_through), 1);
}
END_TEST

START_TEST(before_there_is_an_arena_it_is_not_counted_as_pooled)
{
	start();
	thread_refuse();
	void *p = pool_malloc(64);
	ck_assert_uint_eq(pagemap_of(p), 0);
	ck_assert_uint_eq(stats_read(c, misses), 0);
	ck_assert_uint_eq(stats_read(0, passed_through), 1);
	pool_free(p);
	ck_assert_uint_eq(stats_read(c, puts), 0);
	ck_assert_uint_eq(stats_read(0, passed_through), 2);
}
END_TEST

START_TEST(with_a_cap_of_nothing_everything_is_past_the_pools_and_works)
{
	void *p[200];

	start();
	pool_free(pool_malloc(64));
	budget_init(0);
	for (unsigned i = 0; i < 200; i++)
		ck_assert_ptr_nonnull(p[i] = pool_malloc(320));
	ck_assert_uint_gt(stats_read(sizeclass_of(320), passed_through), 100);
	for (unsigned i = 0; i < 200; i++)
		pool_free(p[i]);
	ck_assert_uint_eq(bin_objects(&unit_self()->bins[sizeclass_of(320)]), 0);
}
END_TEST

START_TEST(a_large_class_is_pooled_once_it_was_asked_for_again)
{
	start();
	c = sizeclass_of(65536);
	for (unsigned i = 0; i <= DEMAND_PROOFS; i++) {
		ck_assert_uint_eq(stats_read(c, misses), i);
		pool_free(pool_malloc(65536));
	}
	ck_assert_uint_eq(stats_read(c, released), DEMAND_PROOFS); /* the last one has stayed */
	for (unsigned i = 0; i < 100; i++)
		pool_free(pool_malloc(65536));
	ck_assert_uint_eq(stats_read(c, misses), DEMAND_PROOFS + 1);
	ck_assert_uint_eq(bin_objects(&unit_self()->bins[c]), 1);
}
END_TEST

/* --- what is overwritten, prepared, ticked --------------------------------------------------------------------------- */

START_TEST(what_is_freed_is_overwritten_before_anybody_gets_it)
{
	start();
	bin_pushes_closed = true;
	pool_reset_byte = 0xa5;
	for (unsigned n = 0; n < 3; n++) {
		size_t size = n == 0 ? 64 : n == 1 ? 65536 : 200;
		demand_expect(sizeclass_of(size));
		unsigned char *p = pool_malloc(size), *q;
		memset(p, 0x11, size);
		pool_free(p);
		q = pool_malloc(size);
		ck_assert_ptr_eq(q, p);
		for (size_t i = 0; i < sizeclass_pool[sizeclass_of(size)].size; i++)
			ck_assert_uint_eq(q[i], 0xa5);
	}
}
END_TEST

START_TEST(prewarmed_objects_lie_in_the_shared_level_of_every_shard)
{
	uint64_t objects, victims;
	enum shard_level level;

	start();
	ck_assert_uint_eq(pool_prewarm(c, 1000), 1000);
	shard_figures(c, &objects, &victims);
	ck_assert_uint_eq(objects, 1000);
	ck_assert_uint_eq(victims, 0);
	ck_assert_uint_eq(stats_read(c, fetched), 1000);
	ck_assert_ptr_nonnull(shard_get(1, c, NULL, &level));
	ck_assert_int_eq(level, SHARD_OWN);
	ck_assert_ptr_nonnull(pool_malloc(64));
	ck_assert_uint_eq(stats_read(c, gets_shared), 1);
	ck_assert_uint_eq(stats_read(c, misses), 0);
}
END_TEST

START_TEST(prewarming_stops_at_the_cap)
{
	uint64_t objects, victims;

	start();
	budget_init(magazine_room_max[c] * 64u * 2);
	size_t done = pool_prewarm(c, 100000);
	ck_assert_uint_gt(done, magazine_room_max[c]); /* two magazines, of whole slabs */
	ck_assert_uint_le(done, magazine_room_max[c] * 2u);
	shard_figures(c, &objects, &victims);
	ck_assert_uint_eq(objects, done);
	ck_assert_uint_le(budget_reserved(), budget_cap());
}
END_TEST

static unsigned ticks, calls, gets_ticked;

static void
tick(bool getting, bool now_and_then)
{
	ticks += now_and_then;
	calls++;
	gets_ticked += getting && now_and_then;
	errno = EIO; /* as whatever it does may leave it */
	/* Nothing of ours is held: whoever ticks may rotate. */
	ck_assert(!thread_set_busy(thread_self(), false));
	ck_assert(lock_try(&unit_self()->lock));
	lock_give(&unit_self()->lock);
}

START_TEST(slow_paths_tick_now_and_then_and_only_where_it_is_wanted)
{
	void *p[64];

	start();
	pool_tick_hook = tick;
	for (unsigned i = 0; i < 64; i++)
		p[i] = pool_malloc(1 << 20); /* each of them takes the slow path */
	ck_assert_uint_eq(ticks, 0);
	atomic_store_explicit(&pool_wants_ticks, true, memory_order_relaxed);
	for (unsigned i = 0; i < 64; i++)
		pool_malloc(1 << 20);
	ck_assert_uint_eq(ticks, 2);
	ck_assert_uint_eq(calls, 64); /* each asks whether a thread is wanted; few look at the clock */
	ck_assert_uint_eq(gets_ticked, 2);
	budget_init(0);
	errno = 7;
	for (unsigned i = 0; i < 64; i++)
		pool_free(p[i]);
	ck_assert_int_eq(errno, 7);
	ck_assert_uint_ge(ticks, 3);
	ck_assert_uint_le(ticks, 4);
	ck_assert_uint_eq(gets_ticked, 2); /* a free may start no thread */
}
END_TEST

/* --- many threads ---------------------------------------------------------------------------------------------------- */

#define THREADS 4u
#define PAUSES 8u
#define CAP ((uint64_t)256 << 10)
#define HANDED 512u

static _Atomic uint64_t live_bytes, all_gets, all_puts;
static _Atomic bool broken;
static pthread_barrier_t pause_begins, pause_ends;
static void *_Atomic handed[HANDED]; /* from thread to thread */

static void
fill(void *p, size_t n)
{
	uint64_t *words = p;
	for (size_t i = 0; i < n / 8; i++)
		words[i] = (uintptr_t)p + i;
}

static bool
is_whole(void *p, size_t n)
{
	uint64_t *words = p;
	for (size_t i = 0; i < n / 8; i++)
		if (words[i] != (uintptr_t)p + i)
			return false;
	return true;
}

static void
drop(void *p)
{
	size_t n = sizeclass_pool[pagemap_of(p)].size;
	if (!is_whole(p, n < 512 ? n : 512))
		atomic_store_explicit(&broken, true, memory_order_relaxed);
	pool_free(p);
	if (n == 0) /* got past the pools before there was an arena: jemalloc's own */
		return;
	atomic_fetch_sub_explicit(&live_bytes, n, memory_order_relaxed);
	atomic_fetch_add_explicit(&all_puts, 1, memory_order_relaxed);
}

static void *
work(void *seed)
{
	uint32_t state = *(unsigned *)seed * 2654435761u + 1;
	for (unsigned pauses = 0; pauses < PAUSES; pauses++) {
		for (unsigned i = 0; i < 3000; i++) {
			state = state * 1664525u + 1013904223u;
			size_t n = state >> 28 == 0 ? 4096 + (state >> 10) % 30000 : 8 + (state >> 10) % 1000;
			void *p = pool_malloc(n);
			n = sizeclass_pool[pagemap_of(p)].size;
			atomic_fetch_add_explicit(&live_bytes, n, memory_order_relaxed);
			atomic_fetch_add_explicit(&all_gets, n != 0, memory_order_relaxed);
			fill(p, n < 512 ? n : 512);
			p = atomic_exchange_explicit(&handed[(state >> 4) % HANDED], p, memory_order_acq_rel);
			if (p != NULL)
				drop(p);
		}
		pthread_barrier_wait(&pause_begins);
		pthread_barrier_wait(&pause_ends);
	}
	return NULL;
}

/* While everybody pauses: the sums hold class by class. */
static void
expect_sums(void)
{
	uint64_t gets_found = 0, puts_found = 0, cached_bytes = 0;
	for (unsigned pool = 1; pool <= sizeclass_pools; pool++) {
		uint64_t objects, victims, pops = 0, pushes = 0;
		shard_figures(pool, &objects, &victims);
		for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t)) {
			struct bin_figures f;
			bin_read(&t->bins[pool], &f);
			pops += f.pops;
			pushes += f.pushes;
			objects += f.objects;
		}
		uint64_t class_gets = pops + stats_read(pool, gets), class_puts = pushes + stats_read(pool, puts);
		uint64_t elsewhere = stats_read(pool, gets_shared) + stats_read(pool, gets_steal) + stats_read(pool, gets_victim) + stats_read(pool, misses);
		ck_assert_uint_eq(class_puts + stats_read(pool, fetched), class_gets + objects + stats_read(pool, released));
		ck_assert_uint_le(elsewhere, class_gets);
		gets_found += class_gets;
		puts_found += class_puts;
		cached_bytes += objects * sizeclass_pool[pool].size;
	}
	ck_assert_uint_eq(gets_found, all_gets);
	ck_assert_uint_eq(puts_found, all_puts);
	ck_assert_uint_eq(backend_held_bytes(), live_bytes + cached_bytes);
	ck_assert_uint_le(cached_bytes, budget_reserved());
	ck_assert_uint_le(budget_reserved(), budget_cap());
}

static void
run_many(void)
{
	unsigned seeds[THREADS];
	pthread_t threads[THREADS];

	pthread_barrier_init(&pause_begins, NULL, THREADS + 1);
	pthread_barrier_init(&pause_ends, NULL, THREADS + 1);
	for (unsigned i = 0; i < THREADS; i++) {
		seeds[i] = i + 1;
		threads[i] = unit_thread(work, &seeds[i]);
	}
	for (unsigned i = 0; i < PAUSES; i++) {
		pthread_barrier_wait(&pause_begins);
		expect_sums();
		ck_assert(!broken);
		pthread_barrier_wait(&pause_ends);
	}
	for (unsigned i = 0; i < THREADS; i++)
		unit_join(threads[i]);
	for (unsigned i = 0; i < HANDED; i++)
		if (handed[i] != NULL)
			drop(handed[i]);
	expect_sums();
	ck_assert(!broken);
	ck_assert_uint_eq(live_bytes, 0);
}

START_TEST(whatever_many_threads_do_the_sums_hold)
{
	unit_start(0, "TIDEPOOL_CLASSES=8-1M", NULL);
	run_many();
}
END_TEST

START_TEST(a_cap_is_never_exceeded_by_many_threads)
{
	unit_start(0, "TIDEPOOL_CLASSES=8-1M", NULL);
	budget_init(CAP);
	run_many();
	uint64_t released = 0;
	for (unsigned pool = 1; pool <= sizeclass_pools; pool++)
		released += stats_read(pool, released);
	ck_assert_uint_gt(released, 100); /* it was reached */
}
END_TEST

int
main(void)
{
	TCase *answers = tcase_create("answers"), *past = tcase_create("past the pools"), *extras = tcase_create("extras"),
	      *together = tcase_create("together");

	tcase_add_test(answers, the_first_call_attaches_the_thread);
	tcase_add_test(answers, until_it_is_ready_everything_falls_through_uncounted);
	tcase_add_test(answers, what_was_freed_last_is_got_first);
	tcase_add_test(answers, nothing_at_all_has_an_address_of_its_own);
	tcase_add_test(answers, every_size_has_room_and_the_alignment_of_any_type);
	tcase_add_test(answers, what_is_not_pooled_falls_through_and_is_counted_as_such);
	tcase_add_test(answers, no_memory_is_null_and_enomem);
	tcase_add_test(answers, free_keeps_errno);
	tcase_add_test(past, a_handler_that_interrupts_an_operation_goes_past_the_pools);
	tcase_add_test(past, a_handler_inside_a_slow_path_goes_past_the_pools);
	tcase_add_test(past, a_thread_that_is_drained_at_this_moment_goes_past_the_pools);
	tcase_add_test(past, a_thread_that_will_never_have_a_cache_goes_past_the_pools);
	tcase_add_test(past, before_there_is_an_arena_it_is_not_counted_as_pooled);
	tcase_add_test(past, with_a_cap_of_nothing_everything_is_past_the_pools_and_works);
	tcase_add_test(extras, a_large_class_is_pooled_once_it_was_asked_for_again);
	tcase_add_test(extras, what_is_freed_is_overwritten_before_anybody_gets_it);
	tcase_add_test(extras, prewarmed_objects_lie_in_the_shared_level_of_every_shard);
	tcase_add_test(extras, prewarming_stops_at_the_cap);
	tcase_add_test(extras, slow_paths_tick_now_and_then_and_only_where_it_is_wanted);
	tcase_add_test(together, whatever_many_threads_do_the_sums_hold);
	tcase_add_test(together, a_cap_is_never_exceeded_by_many_threads);
	return unit_run("pool", answers, past, extras, together, NULL);
}
