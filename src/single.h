/*
 * single - one block at a time, for what is not pooled: from jemalloc, or from whoever would be called if we were not here.
 *
 * Hides from the rooms above whether we have stepped aside (aside.h).
 *
 * Until that is decided jemalloc serves, and what it hands out is written down: there is hardly ever any, as the decision is made with
 * the first call. (jemalloc 5.3.0 can't be asked later whose a block is: arenas.lookup crashes on those of others.)
 *
 * Owns        the list of those blocks
 * Callers     any thread; single_settle, single_hand_over: boot, once
 * Invariants  a block goes back to whom it came from, but for those of the first EARLY_MAX that are handed out before the decision
 * Edges       single.others   the decision (release) -> every call's load (acquire)
 * Fails       NULL: out of memory
 */
#ifndef TIDEPOOL_SINGLE_H
#define TIDEPOOL_SINGLE_H

#include "base.h"

/* As backend.h's: n > 0, alignment a power of two. */
void *single_malloc(size_t n);
void *single_zalloc(size_t n);
void *single_aligned(size_t alignment, size_t n);
void *single_realloc(void *p, size_t n);
void single_free(void *p);
size_t single_usable_size(const void *p);

struct single_calls {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	void *(*memalign)(size_t, size_t);
	size_t (*usable_size)(void *); /* NULL: nobody can tell, 0 */
};

/* From now on it is jemalloc, and nothing more is written down. */
void single_settle(void);

/* From now on these serve; jemalloc is not called again, but for its own blocks: in a process of somebody else's it may not even be able
 * to start. False, and nothing changes: one of the first five is NULL. */
bool single_hand_over(const struct single_calls *to);

#endif
