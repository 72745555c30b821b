/* thread: who has a cache, what becomes of it and of what lies in it. */
#include "meta.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "stats.h"
#include "unit.h"

#include <signal.h>

static unsigned c; /* the pool of 64 bytes */

static void
start(void)
{
	unit_start(2, NULL);
	c = sizeclass_of(64);
}

static uint64_t
in_shared_level(void)
{
	uint64_t objects, victims;
	shard_figures(c, &objects, &victims);
	return objects - victims;
}

/* Attaches and holds n objects in the loaded magazine and n more in the spare. */
static struct thread_cache *
attach_and_hold(unsigned n)
{
	struct thread_cache *t = thread_attach();
	ck_assert_ptr_nonnull(t);
	while (!thread_enter_owner(t)) /* somebody walks over the list */
		sched_yield();
	struct magazine *m = unit_magazine(c, 64, n);
	bin_moved(&t->bins[c], 2 * n);
	bin_load_owner(&t->bins[c], m);
	bin_set_spare(&t->bins[c], unit_magazine(c, 64, n));
	atomic_store_explicit(&t->armed, true, memory_order_relaxed);
	thread_leave_owner(t);
	return t;
}

static unsigned
length_of_list(void)
{
	unsigned n = 0;
	for (const struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		n++;
	return n;
}

/* --- attaching ------------------------------------------------------------------------------------------------------- */

START_TEST(before_it_attaches_a_thread_has_bins_that_give_nothing)
{
	void *p;
	ck_assert_ptr_null(thread_self());
	ck_assert_uint_eq(thread_live_count(), 0);
	for (unsigned i = 0; i <= POOLS_MAX; i++) {
		ck_assert(!bin_pop_owner(&thread_bins[i], &p));
		ck_assert(!bin_push_owner(&thread_bins[i], &p));
	}
}
END_TEST

START_TEST(nobody_attaches_before_the_start)
{
	ck_assert_ptr_null(thread_attach()); /* how large a cache is is not known yet */
	ck_assert_ptr_null(thread_next(NULL));
	start();
	ck_assert_ptr_nonnull(thread_attach());
}
END_TEST

START_TEST(a_thread_attaches_once)
{
	start();
	errno = 7;
	struct thread_cache *t = thread_attach();
	ck_assert_int_eq(errno, 7);
	ck_assert_ptr_nonnull(t);
	ck_assert_ptr_eq(thread_self(), t);
	ck_assert_ptr_eq(thread_bins, t->bins);
	ck_assert_int_eq(t->tid, gettid());
	ck_assert(thread_is_live(t));
	ck_assert(!thread_armed(t));
	ck_assert_uint_eq(thread_live_count(), 1);
	ck_assert_ptr_null(thread_attach());
	ck_assert_ptr_eq(thread_next(NULL), t);
	ck_assert_ptr_null(thread_next(t));
}
END_TEST

START_TEST(one_that_is_refused_never_has_a_cache)
{
	start();
	thread_refuse();
	ck_assert_ptr_null(thread_attach());
	ck_assert_ptr_null(thread_self());
	ck_assert_uint_eq(thread_live_count(), 0);
}
END_TEST

START_TEST(without_memory_it_goes_without_and_tries_again)
{
	start();
	unit_memory_is_gone(true);
	while (meta_forever(CACHE_LINE) != NULL) /* uses up what is mapped */
		;
	errno = 7;
	struct thread_cache *t = thread_attach();
	int error = errno;
	unit_memory_is_gone(false);
	ck_assert_ptr_null(t);
	ck_assert_int_eq(error, 7);
	ck_assert_ptr_null(thread_self());
	ck_assert_uint_eq(thread_live_count(), 0);
	ck_assert_ptr_nonnull(thread_attach());
}
END_TEST

static _Atomic unsigned ready;
static struct thread_cache *_Atomic caches[8];

static void *
attach_together(void *number)
{
	atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
	while (atomic_load_explicit(&ready, memory_order_acquire) < 8)
		sched_yield();
	struct thread_cache *t = thread_attach();
	atomic_store_explicit(&caches[*(unsigned *)number], t, memory_order_release);
	atomic_fetch_add_explicit(&ready, 1, memory_order_acq_rel);
	while (atomic_load_explicit(&ready, memory_order_acquire) < 16)
		sched_yield();
	return NULL;
}

START_TEST(threads_that_attach_together_have_caches_of_their_own)
{
	pthread_t threads[8];
	unsigned numbers[8];

	start();
	for (unsigned i = 0; i < 8; i++) {
		numbers[i] = i;
		threads[i] = unit_thread(attach_together, &numbers[i]);
	}
	for (unsigned i = 0; i < 8; i++)
		unit_join(threads[i]);
	for (unsigned i = 0; i < 8; i++)
		for (unsigned k = 0; k < i; k++)
			ck_assert_ptr_ne(caches[i], caches[k]);
	ck_assert_uint_eq(length_of_list(), 8);
	ck_assert(unit_becomes(thread_live_count() == 0));
}
END_TEST

/* --- the slow path --------------------------------------------------------------------------------------------------- */

START_TEST(a_handler_inside_a_slow_path_does_not_enter_another)
{
	start();
	struct thread_cache *t = thread_attach();
	ck_assert(thread_enter_owner(t));
	ck_assert(!thread_enter_owner(t));
	thread_leave_owner(t);
	ck_assert(thread_enter_owner(t));
	thread_leave_owner(t);

	ck_assert(!thread_set_busy(t, true));
	ck_assert(!thread_enter_owner(t));
	ck_assert(thread_set_busy(t, true));
	ck_assert(thread_set_busy(t, false));
	ck_assert(thread_enter_owner(t));
}
END_TEST

static struct thread_cache *of_main;

static void *
hold_the_lock(void *unused)
{
	(void)unused;
	lock_take(&of_main->lock);
	atomic_store_explicit(&ready, 1, memory_order_release);
	while (atomic_load_explicit(&ready, memory_order_acquire) == 1)
		sched_yield();
	lock_give(&of_main->lock);
	return NULL;
}

START_TEST(nobody_waits_for_a_drain)
{
	start();
	of_main = thread_attach();
	pthread_t t = unit_thread(hold_the_lock, NULL);
	while (atomic_load_explicit(&ready, memory_order_acquire) == 0)
		sched_yield();
	ck_assert(!thread_enter_owner(of_main));
	ck_assert(!thread_set_busy(of_main, false)); /* and it is not busy for that */
	atomic_store_explicit(&ready, 2, memory_order_release);
	unit_join(t);
	ck_assert(thread_enter_owner(of_main));
	thread_leave_owner(of_main);
}
END_TEST

/* --- giving up ------------------------------------------------------------------------------------------------------- */

static unsigned sunk_magazines, sunk_objects;

static void
sink(unsigned pool, struct magazine *m)
{
	ck_assert_uint_eq(pool, m->pool);
	sunk_magazines++;
	sunk_objects += magazine_count(m);
}

START_TEST(giving_up_takes_what_lies_in_every_bin)
{
	start();
	struct thread_cache *t = attach_and_hold(20);
	unsigned other = sizeclass_of(4096);
	bin_load_owner(&t->bins[other], unit_magazine(other, 4, 3));
	lock_take(&t->lock);
	ck_assert_uint_eq(thread_give_up(t, sink), 0);
	lock_give(&t->lock);
	ck_assert_uint_eq(sunk_magazines, 3);
	ck_assert_uint_eq(sunk_objects, 43);
	ck_assert_uint_eq(bin_objects(&t->bins[c]), 0);
	ck_assert(!thread_armed(t));
}
END_TEST

START_TEST(a_bin_whose_owner_is_inside_is_left_alone)
{
	void *p;
	start();
	struct thread_cache *t = attach_and_hold(20);
	unsigned other = sizeclass_of(4096);
	bin_load_owner(&t->bins[other], unit_magazine(other, 4, 3));
	ck_assert(bin_enter_owner(&t->bins[c]));
	lock_take(&t->lock);
	ck_assert_uint_eq(thread_give_up(t, sink), 1);
	lock_give(&t->lock);
	ck_assert_uint_eq(sunk_objects, 3);
	ck_assert_uint_eq(bin_objects(&t->bins[c]), 40);
	ck_assert(thread_armed(t)); /* something is left to be drained */
	bin_leave_owner(&t->bins[c], false);
	ck_assert(bin_pop_owner(&t->bins[c], &p));
}
END_TEST

START_TEST(a_class_that_was_drained_wants_less)
{
	start();
	struct thread_cache *t = attach_and_hold(20);
	struct bin *b = &t->bins[c];
	b->refill = 64;
	b->room = 32;
	b->take = 16;
	lock_take(&t->lock);
	thread_give_up(t, sink);
	lock_give(&t->lock);
	ck_assert_uint_eq(b->refill, 0); /* from the start */
	ck_assert_uint_eq(b->room, 16);
	ck_assert_uint_eq(b->take, 1);
}
END_TEST

/* --- ending ---------------------------------------------------------------------------------------------------------- */

static void *
hold_and_end(void *unused)
{
	(void)unused;
	struct thread_cache *t = attach_and_hold(20);
	void *p;
	for (unsigned i = 0; i < 5; i++)
		if (!bin_pop_owner(&t->bins[c], &p) || !bin_push_owner(&t->bins[c], p))
			abort();
	for (unsigned i = 0; i < 3; i++)
		thread_count_unpooled_owner(t);
	return NULL;
}

START_TEST(what_a_dying_thread_held_is_in_the_shared_level)
{
	enum shard_level level;
	start();
	unit_join(unit_thread(hold_and_end, NULL));
	ck_assert_uint_eq(in_shared_level(), 40);
	struct magazine *m = shard_get(0, c, NULL, &level);
	ck_assert_ptr_nonnull(m);
	for (unsigned i = 0; i < magazine_count(m); i++)
		ck_assert_uint_eq(pagemap_of(m->slots[i]), c);
}
END_TEST

START_TEST(the_figures_of_a_dying_thread_are_those_of_the_process)
{
	start();
	unit_join(unit_thread(hold_and_end, NULL));
	ck_assert_uint_eq(stats_read(c, gets), 5);
	ck_assert_uint_eq(stats_read(c, puts), 5);
	ck_assert_uint_eq(stats_read(0, passed_through), 3);
	unit_join(unit_thread(hold_and_end, NULL)); /* in the same cache: what is counted is not counted again */
	ck_assert_uint_eq(stats_read(c, gets), 10);
	ck_assert_uint_eq(stats_read(0, passed_through), 6);
	ck_assert_uint_eq(length_of_list(), 1);
}
END_TEST

START_TEST(a_thousand_threads_one_after_the_other_reuse_one_cache)
{
	start();
	unit_join(unit_thread(hold_and_end, NULL));
	uint64_t before = 0;
	for (unsigned i = 0; i < 1000; i++) {
		enum shard_level level;
		unit_join(unit_thread(hold_and_end, NULL));
		for (struct magazine *m; (m = shard_get(0, c, NULL, &level)) != NULL;) {
			backend_release(0, c, magazine_count(m), m->slots);
			magazine_free(m);
		}
		if (i == 10)
			before = meta_bytes();
	}
	ck_assert_uint_eq(length_of_list(), 1);
	ck_assert_uint_eq(meta_bytes(), before);
	ck_assert_uint_eq(thread_live_count(), 0);
	ck_assert(!thread_is_live(thread_next(NULL)));
}
END_TEST

static void *
attach_and_end(void *unused)
{
	(void)unused;
	struct thread_cache *t = thread_attach();
	for (unsigned i = 0; i <= sizeclass_pools; i++) {
		struct bin_figures f;
		bin_read(&t->bins[i], &f);
		if (f.pops + f.pushes + f.objects != 0 || t->unpooled != 0)
			abort();
	}
	if (t->busy || thread_armed(t) || t->tid != gettid())
		abort();
	return NULL;
}

START_TEST(a_reused_cache_is_as_new)
{
	start();
	unit_join(unit_thread(hold_and_end, NULL));
	unit_join(unit_thread(attach_and_end, NULL));
	ck_assert_uint_eq(length_of_list(), 1);
}
END_TEST

static pthread_key_t late_key;
static bool late_had_a_cache, late_attached, late_ran;

static void
late(void *round)
{
	if (round == (void *)1) { /* destructors of one round have no order: the second comes after ours */
		pthread_setspecific(late_key, (void *)2);
		return;
	}
	late_ran = true;
	late_had_a_cache = thread_self() != NULL;
	late_attached = thread_attach() != NULL;
}

static void *
end_with_late_destructor(void *unused)
{
	attach_and_hold(1);
	pthread_setspecific(late_key, (void *)1);
	return unused;
}

START_TEST(destructors_that_run_late_find_a_thread_without_a_cache)
{
	start();
	ck_assert_int_eq(pthread_key_create(&late_key, late), 0);
	unit_join(unit_thread(end_with_late_destructor, NULL));
	ck_assert(late_ran);
	ck_assert(!late_had_a_cache);
	ck_assert(!late_attached);
	ck_assert_uint_eq(thread_live_count(), 0);
	ck_assert_uint_eq(in_shared_level(), 2);
}
END_TEST

static _Atomic unsigned last_ends;

static void
note_last_end(void)
{
	last_ends++;
}

static void
attach(void)
{
	attach_and_hold(1);
}

START_TEST(the_last_to_end_says_so)
{
	struct unit_sleeper a, b;
	start();
	ck_assert(thread_init(note_last_end));
	unit_sleeper_start(&a, attach, NULL);
	unit_sleeper_start(&b, attach, NULL);
	ck_assert_uint_eq(thread_live_count(), 2);
	unit_sleeper_end(&a);
	ck_assert_uint_eq(last_ends, 0);
	unit_sleeper_end(&b);
	ck_assert_uint_eq(last_ends, 1);
}
END_TEST

static void *
end_while_drained(void *unused)
{
	attach_and_hold(3);
	atomic_store_explicit(&ready, 1, memory_order_release);
	while (atomic_load_explicit(&ready, memory_order_acquire) == 1)
		sched_yield();
	return unused;
}

START_TEST(a_thread_cannot_end_while_it_is_drained)
{
	start();
	pthread_t t = unit_thread(end_while_drained, NULL);
	while (atomic_load_explicit(&ready, memory_order_acquire) == 0)
		sched_yield();
	struct thread_cache *cache = thread_next(NULL);
	ck_assert(lock_try(&cache->lock));
	atomic_store_explicit(&ready, 2, memory_order_release);
	unit_sleep(30);
	ck_assert(thread_is_live(cache));
	ck_assert_uint_eq(bin_objects(&cache->bins[c]), 6);
	lock_give(&cache->lock);
	unit_join(t);
	ck_assert(!thread_is_live(cache));
	ck_assert_uint_eq(in_shared_level(), 6);
}
END_TEST

static void *
come_and_go(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 60; i++)
		unit_join(unit_thread(hold_and_end, NULL));
	return NULL;
}

static void *
walk(void *stop)
{
	while (!atomic_load_explicit((_Atomic bool *)stop, memory_order_relaxed))
		for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
			if (thread_is_live(t) && lock_try(&t->lock)) {
				for (unsigned i = 1; i <= sizeclass_pools; i++) {
					struct bin_figures f;
					bin_read(&t->bins[i], &f);
				}
				lock_give(&t->lock);
			}
	return NULL;
}

START_TEST(threads_that_come_and_go_together_lose_nothing)
{
	static _Atomic bool stop;
	pthread_t threads[3];

	start();
	budget_init(UINT64_MAX);
	pthread_t walker = unit_thread(walk, &stop);
	for (unsigned i = 0; i < 3; i++)
		threads[i] = unit_thread(come_and_go, NULL);
	for (unsigned i = 0; i < 3; i++)
		unit_join(threads[i]);
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	unit_join(walker);
	ck_assert_uint_eq(in_shared_level(), 3 * 60 * 40);
	ck_assert_uint_eq(thread_live_count(), 0);
	ck_assert_uint_le(length_of_list(), 3);
}
END_TEST

/* --- fork ------------------------------------------------------------------------------------------------------------ */

static void
hold_20(void)
{
	attach_and_hold(20);
}

/* What the child finds, as its exit status. */
static int
fork_with(bool trusted, void (*look)(struct thread_cache *other))
{
	struct thread_cache *self = thread_self(), *other = NULL;
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		if (t != self)
			other = t;
	thread_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		thread_fork_child(trusted);
		unit_child_assert(thread_self() == self && self->tid == gettid() && thread_is_live(self));
		unit_child_assert(thread_live_count() == 1);
		unit_child_assert(!thread_is_live(other));
		unit_child_assert(lock_try(&self->lock) && lock_try(&other->lock)); /* nothing stayed locked */
		unit_child_assert(!self->busy);
		unit_child_assert(bin_objects(&self->bins[c]) == 10);
		look(other);
		_exit(0);
	}
	thread_fork_parent();
	int status = unit_status(child);
	ck_assert_uint_eq(thread_live_count(), 2);
	ck_assert_uint_eq(in_shared_level(), 0);
	return status;
}

static void
is_in_shared_level(struct thread_cache *other)
{
	unit_child_assert(in_shared_level() == 40);
	unit_child_assert(bin_objects(&other->bins[c]) == 0);
}

static void
is_given_up(struct thread_cache *other)
{
	unit_child_assert(in_shared_level() == 0);
	unit_child_assert(bin_objects(&other->bins[c]) == 0);
}

START_TEST(what_threads_held_that_are_not_in_the_child_is_in_its_shared_level)
{
	struct unit_sleeper sleeper;
	start();
	attach_and_hold(5);
	unit_sleeper_start(&sleeper, hold_20, NULL);
	ck_assert_int_eq(fork_with(true, is_in_shared_level), 0);
	unit_sleeper_end(&sleeper);
	ck_assert_uint_eq(in_shared_level(), 40); /* the parent lost nothing */
}
END_TEST

START_TEST(without_trust_what_they_held_is_given_up)
{
	struct unit_sleeper sleeper;
	start();
	attach_and_hold(5);
	unit_sleeper_start(&sleeper, hold_20, NULL);
	ck_assert_int_eq(fork_with(false, is_given_up), 0);
	unit_sleeper_end(&sleeper);
}
END_TEST

static void
stop_inside(void)
{
	struct thread_cache *t = attach_and_hold(20);
	bin_enter_owner(&t->bins[c]);
}

static void
leave(void)
{
	bin_leave_owner(&thread_self()->bins[c], false);
}

START_TEST(a_bin_whose_owner_was_inside_is_given_up_in_the_child)
{
	struct unit_sleeper sleeper;
	start();
	attach_and_hold(5);
	unit_sleeper_start(&sleeper, stop_inside, leave);
	ck_assert_int_eq(fork_with(true, is_given_up), 0);
	unit_sleeper_go_on(&sleeper);
	unit_sleeper_end(&sleeper);
	ck_assert_uint_eq(in_shared_level(), 40);
}
END_TEST

START_TEST(a_handler_may_fork_inside_a_slow_path)
{
	struct unit_sleeper sleeper;
	start();
	struct thread_cache *self = attach_and_hold(5);
	unit_sleeper_start(&sleeper, hold_20, NULL);
	ck_assert(thread_enter_owner(self));
	thread_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		thread_fork_child(true);
		unit_child_assert(self->busy);
		unit_child_assert(lock_mine(&self->lock)); /* the slow path goes on */
		thread_leave_owner(self);
		unit_child_assert(thread_enter_owner(self));
		unit_child_assert(in_shared_level() == 40);
		_exit(0);
	}
	thread_fork_parent();
	ck_assert(self->busy);
	ck_assert(lock_mine(&self->lock));
	thread_leave_owner(self);
	ck_assert_int_eq(unit_status(child), 0);
	ck_assert(thread_enter_owner(self));
	thread_leave_owner(self);
	unit_sleeper_end(&sleeper);
}
END_TEST

int
main(void)
{
	TCase *attaching = tcase_create("attaching"), *slow = tcase_create("slow path"), *giving = tcase_create("giving up"),
	      *ending = tcase_create("ending"), *forking = tcase_create("fork");

	tcase_add_test(attaching, before_it_attaches_a_thread_has_bins_that_give_nothing);
	tcase_add_test(attaching, nobody_attaches_before_the_start);
	tcase_add_test(attaching, a_thread_attaches_once);
	tcase_add_test(attaching, one_that_is_refused_never_has_a_cache);
	tcase_add_test(attaching, without_memory_it_goes_without_and_tries_again);
	tcase_add_test(attaching, threads_that_attach_together_have_caches_of_their_own);
	tcase_add_test(slow, a_handler_inside_a_slow_path_does_not_enter_another);
	tcase_add_test(slow, nobody_waits_for_a_drain);
	tcase_add_test(giving, giving_up_takes_what_lies_in_every_bin);
	tcase_add_test(giving, a_bin_whose_owner_is_inside_is_left_alone);
	tcase_add_test(giving, a_class_that_was_drained_wants_less);
	tcase_add_test(ending, what_a_dying_thread_held_is_in_the_shared_level);
	tcase_add_test(ending, the_figures_of_a_dying_thread_are_those_of_the_process);
	tcase_add_test(ending, a_thousand_threads_one_after_the_other_reuse_one_cache);
	tcase_add_test(ending, a_reused_cache_is_as_new);
	tcase_add_test(ending, destructors_that_run_late_find_a_thread_without_a_cache);
	tcase_add_test(ending, the_last_to_end_says_so);
	tcase_add_test(ending, a_thread_cannot_end_while_it_is_drained);
	tcase_add_test(ending, threads_that_come_and_go_together_lose_nothing);
	tcase_add_test(forking, what_threads_held_that_are_not_in_the_child_is_in_its_shared_level);
	tcase_add_test(forking, without_trust_what_they_held_is_given_up);
	tcase_add_test(forking, a_bin_whose_owner_was_inside_is_given_up_in_the_child);
	tcase_add_test(forking, a_handler_may_fork_inside_a_slow_path);
	return unit_run("thread", attaching, slow, giving, ending, forking, NULL);
}
