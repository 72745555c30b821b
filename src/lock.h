/*
 * lock - mutexes with a rank. The ranks are the lock order and the order in which fork takes them.
 *
 * A thread takes locks by rising rank. Several of one rank may be held only where the rank says so. Debug builds assert it.
 * What must never wait (the shards) has try-locks of its own and no rank.
 *
 * Callers     any thread; not a signal handler (thread.busy keeps handlers away from what is locked)
 * Fails       a violated rank is fatal in a debug build
 */
#ifndef TIDEPOOL_LOCK_H
#define TIDEPOOL_LOCK_H

#include "base.h"

#include <pthread.h>

enum lock_rank {
	RANK_ROTATION,   /* one rotation at a time */
	RANK_REGISTRY,   /* the list of thread caches */
	RANK_CACHE,      /* one thread's cache; a drain and a fork hold all of them, in list order */
	RANK_BACKEND,    /* one shard's jemalloc cache */
	RANK_META,       /* metadata free lists */
	RANKS
};

struct lock {
	pthread_mutex_t mutex;
	enum lock_rank rank;
	_Atomic(const void *) owner; /* a thread-local's address, or NULL: lets a handler see what it has interrupted */
};

#define LOCK_INITIALIZER(r) { .mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (r) }

void lock_init(struct lock *l, enum lock_rank rank);
void lock_take(struct lock *l);
void lock_take_for_fork(struct lock *l); /* whatever a handler that forks has interrupted may hold locks of higher ranks */
bool lock_try(struct lock *l); /* false: somebody has it; never waits, and may be used against the order */
void lock_give(struct lock *l);

/* The calling thread has it: we are a handler (that forks, say) inside the locked region. */
bool lock_mine(const struct lock *l);

#endif
