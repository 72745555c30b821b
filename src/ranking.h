/*
 * ranking - the threads that hold the most.
 *
 * Owns        nothing; a ranking is the caller's
 * Callers     any thread, a signal handler too
 * Invariants  at[0 .. shown) is in order, most first; of those that hold the same the one that was found first
 */
#ifndef TIDEPOOL_RANKING_H
#define TIDEPOOL_RANKING_H

#include "snapshot.h"

#define RANKING_PLACES 5

struct ranking {
	struct thread_figures at[RANKING_PLACES];
	unsigned shown;
	uint64_t more, more_bytes; /* threads that did not make it, and what they hold */
};

/* The threads that hold most of all that there are now. */
void ranking_take(struct ranking *r);

#endif
