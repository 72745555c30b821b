/*
 * shortage - jemalloc when there is no memory left: what must not be asked of it then, and one more try.
 *
 * A thread's first call has jemalloc 5.3.0 make its state (and a thread cache in it, where it is not told otherwise), a later one choose or make its arena. Where it
 * has no memory for either it crashes, at once or some calls later. So once it has had nothing for anybody, a thread that lacks one of
 * them tries out first whether there is room; without, it gets no memory, or goes on without the arena.
 *
 * Callers     any thread, at any time of its life; handlers
 * Fails       false: there is no room for it now; it may be there the next time. errno is not kept
 */
#ifndef TIDEPOOL_SHORTAGE_H
#define TIDEPOOL_SHORTAGE_H

#include "base.h"

extern _Atomic bool shortage_seen; /* jemalloc had nothing, once */

bool shortage_make_state(void);

/* Its state and its arena, tried out whatever was seen. The epoch thread asks at its start, and need not ask again. */
bool shortage_make_arena(void);

/* The thread's state in jemalloc is there, or may be made. Asked before every call that allocates. */
INLINE bool
shortage_has_state(void)
{
	/* sync: none, a hint: before anything was short nobody needs to ask */
	return likely(!atomic_load_explicit(&shortage_seen, memory_order_relaxed)) || shortage_make_state();
}

/* The same for its arena: before a call that names none, and before tcache.create. */
INLINE bool
shortage_has_arena(void)
{
	/* sync: none, as above */
	return likely(!atomic_load_explicit(&shortage_seen, memory_order_relaxed)) || shortage_make_arena();
}

/* Wired by boot; gives back what lies cached when n bytes were not to be had. True: it is worth asking once more. */
extern bool (*shortage_hook)(size_t n);

/* jemalloc had no n bytes. True: ask once more. The caller holds no lock of ours. */
COLD bool shortage_try_again(size_t n);

#endif
