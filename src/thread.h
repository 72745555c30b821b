/*
 * thread - each thread's cache: its bins; attaching, ending, and the list of all caches.
 *
 * A thread that has no cache (it has not attached, is attaching, or is ending) points at a static array of zeroed bins, on which
 * neither a pop nor a push succeeds: the fast path needs no test for it, and the slow path sorts it out.
 *
 * Caches are type-stable: they are never unmapped, stay on the list for ever, and are reused by later threads. So a list walk
 * needs no lock, and a thread that dies without running its destructors leaves nothing dangling.
 *
 * Owns        the caches; a cache's bins belong to its thread, under the rules of bin.h
 * Callers     thread_bins, thread_self: the thread itself, handlers too; thread_attach: the thread, not in a handler
 * Sync table  attach x attach, attach x end, end x drain: none to exclude (registry lock, cache lock)
 * Invariants  T1 live ⇔ some thread's thread_bins points at the cache   T2 a cache that is not live holds no magazine (but for
 *             bins whose owner ended inside an operation, which are given up)
 * Edges       thread.list     store of the list's head or of a cache's next (release) -> load in a walk (acquire)
 *             thread.start    thread_init's last store (release) -> thread_attach (acquire): nobody attaches before
 * Fails       thread_attach gives NULL: the caller goes past the pools
 */
#ifndef TIDEPOOL_THREAD_H
#define TIDEPOOL_THREAD_H

#include "base.h"
#include "bin.h"
#include "lock.h"

struct thread_cache {
	struct lock lock;               /* slow paths of the owner, drains, the end of the thread, fork */
	_Atomic bool busy;              /* the owner is in a slow path: its handlers go past the pools. The owner's alone */
	_Atomic bool live;
	_Atomic bool armed;             /* some bin may hold something: set by the owner, cleared by drains, under the lock */
	bool revoked;                   /* every bin is, and shall be handed in: by the owner or a drain, who comes first. Under the lock */
	_Atomic bool asked;             /* a drain found the owner in its slow path: hand in at the end of it. Anyone sets, the owner clears */
	bool inside_at_fork;            /* a fork could not wait any longer: what lies here must not be believed in the child */
	_Atomic int tid;
	uint32_t ticks;                 /* slow paths since the clock was looked at. The owner's alone */
	_Atomic(struct thread_cache *) next;
	struct thread_cache *next_free; /* under the registry lock */
	_Atomic uint64_t unpooled;      /* calls that jemalloc served because they are not pooled. Written by the owner alone */
	struct bin bins[];              /* [0 … sizeclass_pools]; [0] stays zero: what is not pooled */
};

extern THREAD_LOCAL struct bin *thread_bins;
extern struct bin thread_no_bins[POOLS_MAX + 1];

/* Once, at boot. `on_last_end` is called after the last attached thread has ended. False: no key, nothing can be pooled. */
bool thread_init(void (*on_last_end)(void));

INLINE struct thread_cache *
thread_self(void)
{
	struct bin *bins = thread_bins;
	return likely(bins != thread_no_bins) ? (struct thread_cache *)((char *)bins - offsetof(struct thread_cache, bins)) : NULL;
}

/* Gives the calling thread a cache; NULL when it can't have one (ending, no memory, already attaching). */
COLD struct thread_cache *thread_attach(void);

/* One more call that is not pooled. A handler's may get lost between the two. */
INLINE void
thread_count_unpooled_owner(struct thread_cache *t)
{
	uint64_t n = atomic_load_explicit(&t->unpooled, memory_order_relaxed); /* sync: none, our own */
	atomic_store_explicit(&t->unpooled, n + 1, memory_order_relaxed);      /* sync: none, a figure */
}

/* The calling thread will never have a cache (the epoch thread). */
void thread_refuse(void);

/* Sends slow paths of this thread (so its handlers, and what calls back into malloc) past the pools; returns what held before. */
bool thread_set_busy(struct thread_cache *t, bool busy);

/* Enters the slow path: busy and locked, and what a drain has asked for is handed in. False: we are a handler inside a slow path, or
 * somebody takes from us at this moment. */
bool thread_enter_owner(struct thread_cache *t);

/* The end of it; when a drain came meanwhile, what lies in the bins is handed in now. */
void thread_leave_owner(struct thread_cache *t);

/* Revokes every bin and asks for what lies in them. False: the owner is in a slow path at this moment, and hands in at its end. */
bool thread_revoke(struct thread_cache *t);

/* Takes everything out of the cache's bins and hands it to `sink`, magazine by magazine. The caller holds the lock and is the owner,
 * or has the proof of drain.h. Bins whose owner is inside are left alone; returns how many these were. */
unsigned thread_give_up(struct thread_cache *t, void (*sink)(unsigned c, struct magazine *m));

/* The sink of a rotation: makes m a victim. */
void thread_to_victims(unsigned c, struct magazine *m);

/* Every cache, live or not, oldest last: NULL starts, NULL ends. Anyone, a handler too. */
struct thread_cache *thread_next(const struct thread_cache *t);

unsigned thread_live_count(void);

bool thread_is_live(const struct thread_cache *t);

/* False: the cache holds nothing (idle threads that were drained cost this one load). */
INLINE bool
thread_armed(const struct thread_cache *t)
{
	return atomic_load_explicit(&t->armed, memory_order_relaxed); /* sync: none, a hint: what comes now is young */
}

/* fork: everybody else is kept out of attaching, ending and slow paths (prepare), and let in again. In the child the caches of
 * threads that are not there any more are given up: what lies in caches that were outside goes to the shared level when `trusted`. */
void thread_fork_prepare(void);
void thread_fork_parent(void);
void thread_fork_child(bool trusted);

#endif
