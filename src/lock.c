#include "lock.h"

#include <stdlib.h>

#ifdef TIDEPOOL_DEBUG
static THREAD_LOCAL unsigned held[RANKS];

static void
note_taken(const struct lock *l)
{
	held[l->rank]++;
}

static void
assert_order(const struct lock *l)
{
	for (unsigned r = (unsigned)l->rank + (l->rank == RANK_CACHE); r < RANKS; r++)
		if (held[r])
			abort();
}

static void
note_given(const struct lock *l)
{
	if (held[l->rank]-- == 0)
		abort();
}
#else
#define note_taken(l) ((void)(l))
#define assert_order(l) ((void)(l))
#define note_given(l) ((void)(l))
#endif

static THREAD_LOCAL char self; /* its address tells threads apart */

static void
set_owner(struct lock *l, const void *owner)
{
	atomic_store_explicit(&l->owner, owner, memory_order_relaxed); /* sync: none, only the owner finds itself here */
}

bool
lock_mine(const struct lock *l)
{
	return atomic_load_explicit(&l->owner, memory_order_relaxed) == &self; /* sync: none, only the owner finds itself here */
}

void
lock_init(struct lock *l, enum lock_rank rank)
{
	pthread_mutex_init(&l->mutex, NULL);
	l->rank = rank;
}

void
lock_take(struct lock *l)
{
	assert_order(l);
	pthread_mutex_lock(&l->mutex);
	set_owner(l, &self);
	note_taken(l);
}

void
lock_take_for_fork(struct lock *l)
{
	pthread_mutex_lock(&l->mutex);
	set_owner(l, &self);
	note_taken(l);
}

bool
lock_try(struct lock *l)
{
	if (pthread_mutex_trylock(&l->mutex) != 0)
		return false;
	set_owner(l, &self);
	note_taken(l);
	return true;
}

void
lock_give(struct lock *l)
{
	note_given(l);
	set_owner(l, NULL);
	pthread_mutex_unlock(&l->mutex);
}
