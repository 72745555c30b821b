/*
 * pool - the order of Get and Put: what malloc and free do, from the fast path to jemalloc.
 *
 *   get   loaded magazine ▸ (get.h) spare ▸ own CPU's shard ▸ the other shards ▸ victims ▸ jemalloc
 *   put   loaded magazine ▸ (put.h) spare ▸ own CPU's shard ▸ over the cap: jemalloc
 *
 * A class that was not asked for again yet (demand.h) has jemalloc only, on either way.
 *
 * Two things send a call past the pools, straight to jemalloc: a signal handler that interrupted an operation, and a drain that
 * holds the cache's lock at this moment. Nobody waits.
 *
 * Callers     any thread, at any time of its life; signal handlers
 * Fails       NULL with errno ENOMEM. pool_free never fails and keeps errno
 */
#ifndef TIDEPOOL_POOL_H
#define TIDEPOOL_POOL_H

#include "base.h"
#include "bin.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "thread.h"

/* The slow paths; a thread's first call comes here too. */
COLD void *pool_malloc_slow(size_t n);
COLD void pool_free_slow(void *p);

/* n bytes, aligned for any type; n may be 0 (a unique pointer). NULL and errno ENOMEM when there are none. */
INLINE HOT void *
pool_malloc(size_t n)
{
	void *p;
	struct bin *b = (struct bin *)((char *)thread_bins + sizeclass_offset(n)); /* bins are a cache line each */
	return likely(bin_pop_owner(b, &p)) ? p : pool_malloc_slow(n);
}

/* Gives p back; NULL is nothing. errno is kept. */
INLINE HOT void
pool_free(void *p)
{
	if (unlikely(!bin_push_owner(&thread_bins[pagemap_of(p)], p)))
		pool_free_slow(p);
}

/* One object of pool c > 0, by whatever way there is; NULL and errno ENOMEM. */
void *pool_get(unsigned c);

/* The same, and its first n bytes are zeros. What jemalloc knows to be zeros is neither cleared nor touched. */
void *pool_get_zeroed(unsigned c, size_t n);

/* Counts one call that jemalloc serves because its size or alignment is not pooled. */
void pool_count_unpooled(void);

/* The same, for one that asks for n bytes: like a get's slow path it looks after the epochs now and then. */
void pool_count_unpooled_get(size_t n);

/* With what a freed object is overwritten before anybody else gets it (TIDEPOOL_RESET); -1: left as it is. */
extern int pool_reset_byte;

/* Wired by boot; start at link time already (boot.c defines it), as it may be wanted before anything of ours has run: it makes the
 * process ready, or says that it can't be yet. tick: called by every slow path while no epoch thread runs, with
 * no lock of ours held. Only a get may start a thread: glibc frees thread-local storage while it holds the lock that pthread_create
 * wants. now_and_then: it is worth looking at the clock. */
extern bool (*pool_start_hook)(void);
extern void (*pool_tick_hook)(bool getting, bool now_and_then);
extern _Atomic bool pool_wants_ticks;

/* Objects into the shared level at start; returns how many there was room for. */
size_t pool_prewarm(unsigned c, size_t objects);

#endif
