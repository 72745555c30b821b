#include "thread.h"

#include "cpu.h"
#include "meta.h"
#include "shard.h"
#include "sizeclass.h"
#include "stats.h"
#include "tcache.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum life { LIFE_NEW, LIFE_ATTACHING, LIFE_ATTACHED, LIFE_OVER };

struct bin thread_no_bins[POOLS_MAX + 1];
THREAD_LOCAL struct bin *thread_bins = thread_no_bins;
static THREAD_LOCAL enum life life;

static struct lock registry = LOCK_INITIALIZER(RANK_REGISTRY);
static _Atomic(struct thread_cache *) all;
static struct thread_cache *unused; /* under the registry lock */
static _Atomic unsigned live_count;
static pthread_key_t end_key;
static void (*last_end_hook)(void);
static _Atomic bool started; /* the size of a cache is known, and the key is there */

static void thread_end(void *cache);

bool
thread_init(void (*on_last_end)(void))
{
	last_end_hook = on_last_end;
	if (pthread_key_create(&end_key, thread_end) != 0)
		return false;
	atomic_store_explicit(&started, true, memory_order_release); /* sync: thread.start */
	return true;
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

struct thread_cache *
thread_next(const struct thread_cache *t)
{
	return atomic_load_explicit(t == NULL ? &all : &t->next, memory_order_acquire); /* sync: thread.list */
}

unsigned
thread_live_count(void)
{
	return atomic_load_explicit(&live_count, memory_order_relaxed); /* sync: none, a figure */
}

bool
thread_is_live(const struct thread_cache *t)
{
	return atomic_load_explicit(&t->live, memory_order_relaxed); /* sync: none, a figure, or under the registry lock */
}

static void
set_live(struct thread_cache *t, bool live)
{
	atomic_store_explicit(&t->live, live, memory_order_relaxed); /* sync: none, under the registry lock */
	atomic_fetch_add_explicit(&live_count, live ? 1u : -1u, memory_order_relaxed); /* sync: none, a figure */
}

static struct thread_cache *
make_cache_locked(void)
{
	struct thread_cache *t = meta_forever(sizeof(struct thread_cache) + (sizeclass_pools + 1) * sizeof(struct bin));
	if (t == NULL)
		return NULL;
	lock_init(&t->lock, RANK_CACHE);
	struct thread_cache *head = atomic_load_explicit(&all, memory_order_relaxed); /* sync: none, under the registry lock */
	atomic_store_explicit(&t->next, head, memory_order_relaxed); /* sync: none, published by the next line */
	atomic_store_explicit(&all, t, memory_order_release);        /* sync: thread.list */
	return t;
}

static struct thread_cache *
take_cache(void)
{
	lock_take(&registry);
	struct thread_cache *t = unused;
	if (t != NULL)
		unused = t->next_free;
	else
		t = make_cache_locked();
	if (t != NULL)
		set_live(t, true);
	lock_give(&registry);
	return t;
}

static void
put_cache_locked(struct thread_cache *t)
{
	t->next_free = unused;
	unused = t;
	set_live(t, false);
}

/* --- attaching ----------------------------------------------------------------------------------------------------- */

struct thread_cache *
thread_attach(void)
{
	if (life != LIFE_NEW || !atomic_load_explicit(&started, memory_order_acquire)) /* sync: thread.start; a free may come first */
		return NULL;
	int saved = errno;
	life = LIFE_ATTACHING;
	struct thread_cache *t = take_cache();
	if (t != NULL && (!tcache_begin() || pthread_setspecific(end_key, t) != 0)) {
		lock_take(&registry);
		put_cache_locked(t);
		lock_give(&registry);
		t = NULL;
	}
	if (t != NULL) {
		atomic_store_explicit(&t->tid, (int)gettid(), memory_order_relaxed); /* sync: none, a figure */
		handler_fence();
		thread_bins = t->bins;
	}
	life = t == NULL ? LIFE_NEW : LIFE_ATTACHED;
	errno = saved;
	return t;
}

void
thread_refuse(void)
{
	life = LIFE_OVER;
}

bool
thread_set_busy(struct thread_cache *t, bool busy)
{
	bool before = atomic_load_explicit(&t->busy, memory_order_relaxed); /* sync: none, our own */
	handler_fence();
	atomic_store_explicit(&t->busy, busy, memory_order_relaxed); /* sync: none, our own */
	handler_fence();
	return before;
}

/* --- giving up ----------------------------------------------------------------------------------------------------- */

static bool
never_used(const struct bin *b)
{
	return bin_loaded(b) == NULL && bin_spare(b) == NULL;
}

unsigned
thread_give_up(struct thread_cache *t, void (*sink)(unsigned c, struct magazine *m))
{
	unsigned inside = 0;
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		struct bin *b = &t->bins[c];
		struct magazine *taken[2];
		if (never_used(b))
			continue;
		if (!bin_owner_outside(b)) {
			inside++;
			continue;
		}
		unsigned n = bin_take_all(b, taken);
		b->room /= 2; /* a class that goes on asking has doubled it again soon */
		b->refill = 0; /* what may be one object must not bring back what has just been given up */
		b->take = 1;
		for (unsigned i = 0; i < n; i++)
			sink(c, taken[i]);
	}
	t->revoked = false;
	atomic_store_explicit(&t->armed, inside > 0, memory_order_relaxed); /* sync: none, under the lock */
	return inside;
}

bool
thread_revoke(struct thread_cache *t)
{
	if (!lock_try(&t->lock)) {
		atomic_store_explicit(&t->asked, true, memory_order_relaxed); /* sync: none, a wish: unseen, the next epoch has it again */
		return false;
	}
	for (unsigned c = 1; c <= sizeclass_pools; c++)
		if (!never_used(&t->bins[c]))
			bin_revoke(&t->bins[c]);
	t->revoked = true;
	lock_give(&t->lock);
	return true;
}

void
thread_to_victims(unsigned c, struct magazine *m)
{
	if (magazine_count(m) > 0)
		shard_add_victim(cpu_shard(), c, m);
	else
		magazine_free(m);
}

/* --- the owner's slow path ----------------------------------------------------------------------------------------- */

static bool
is_asked(const struct thread_cache *t)
{
	return atomic_load_explicit(&t->asked, memory_order_relaxed); /* sync: none, a wish */
}

bool
thread_enter_owner(struct thread_cache *t)
{
	if (thread_set_busy(t, true))
		return false;
	if (unlikely(!lock_try(&t->lock))) {
		thread_set_busy(t, false);
		return false;
	}
	if (unlikely(t->revoked || is_asked(t))) {
		atomic_store_explicit(&t->asked, false, memory_order_relaxed); /* sync: none, a wish */
		thread_give_up(t, thread_to_victims);
	}
	return true;
}

static void
leave(struct thread_cache *t)
{
	lock_give(&t->lock);
	thread_set_busy(t, false);
}

void
thread_leave_owner(struct thread_cache *t)
{
	leave(t);
	if (unlikely(is_asked(t)) && thread_enter_owner(t))
		leave(t);
}

/* --- the end of a thread ------------------------------------------------------------------------------------------- */

static void
to_shared_level(unsigned c, struct magazine *m)
{
	shard_adopt(cpu_shard(), c, m);
}

/* The figures of the thread become the process's, and the bins are as new. What a bin still holds belongs to an operation that will
 * never end (a thread that died inside): it is given up. */
static void
clear_cache(struct thread_cache *t)
{
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		struct bin_figures f;
		struct bin *b = &t->bins[c];
		bin_read(b, &f);
		if (f.pops + f.pushes + f.objects != 0) {
			stats_count(c, gets, f.pops);
			stats_count(c, puts, f.pushes);
		}
		bin_reset(b);
	}
	uint64_t unpooled = atomic_load_explicit(&t->unpooled, memory_order_relaxed); /* sync: none, nobody else is here */
	stats_count(0, passed_through, unpooled);
	atomic_store_explicit(&t->unpooled, 0, memory_order_relaxed);  /* sync: none, nobody else is here */
	atomic_store_explicit(&t->busy, false, memory_order_relaxed);  /* sync: none, nobody else is here */
	atomic_store_explicit(&t->armed, false, memory_order_relaxed); /* sync: none, nobody else is here */
	atomic_store_explicit(&t->asked, false, memory_order_relaxed); /* sync: none, nobody else is here */
	t->revoked = false;
	t->ticks = 0;
}

static void
retire(struct thread_cache *t)
{
	lock_take(&registry);
	lock_take(&t->lock);
	thread_give_up(t, to_shared_level);
	clear_cache(t);
	lock_give(&t->lock);
	put_cache_locked(t);
	lock_give(&registry);
}

/* The destructor of the thread's key. Destructors that run after it find a thread without a cache, for ever. */
static void
thread_end(void *cache)
{
	int saved = errno;
	life = LIFE_OVER;
	thread_bins = thread_no_bins;
	handler_fence();
	retire(cache);
	if (thread_live_count() == 0 && last_end_hook != NULL)
		last_end_hook();
	errno = saved;
}

/* --- fork ---------------------------------------------------------------------------------------------------------- */

/* A handler that forks inside a slow path has its own cache's lock already (or, inside attaching or ending, the registry's); so has the
 * child, where that goes on. */
static bool was_busy, was_locked, was_listing;

void
thread_fork_prepare(void)
{
	struct thread_cache *self = thread_self();
	lock_take_for_fork(&registry);
	was_busy = self != NULL && thread_set_busy(self, true);
	was_locked = self != NULL && lock_mine(&self->lock);
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		if (t != self || !was_locked)
			lock_take_for_fork(&t->lock);
}

static void
unlock_all(void)
{
	struct thread_cache *self = thread_self();
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		if (t != self || !was_locked)
			lock_give(&t->lock);
	if (self != NULL)
		thread_set_busy(self, was_busy);
	if (!was_listing)
		lock_give(&registry);
}

void
thread_fork_parent(void)
{
	unlock_all();
}

static void
abandon(unsigned c, struct magazine *m)
{
	(void)c;
	(void)m;
}

void
thread_fork_child(bool trusted)
{
	struct thread_cache *self = thread_self();
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t)) {
		if (t == self || !thread_is_live(t))
			continue;
		thread_give_up(t, trusted && !t->inside_at_fork ? to_shared_level : abandon);
		clear_cache(t);
		put_cache_locked(t);
	}
	if (self != NULL)
		atomic_store_explicit(&self->tid, (int)gettid(), memory_order_relaxed); /* sync: none, a figure */
	unlock_all();
}
