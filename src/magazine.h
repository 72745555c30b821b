/*
 * magazine - an array of pointers to free objects of one class: what a thread pops from and pushes to, and what changes hands.
 *
 * Owns        the objects in it; a magazine itself belongs to the bin, the shard or the function that holds it
 * Callers     any thread; not a signal handler
 * Invariants  M1 count ≤ room ≤ slots of its kind      M2 slots[0 .. count) are free objects of `pool`, each in no other place
 *             M3 room × size is reserved in the budget from magazine_new to magazine_free
 *             (while it is loaded in a bin the bin's top stands for count)
 * Fails       magazine_new gives NULL over the cap or without memory
 */
#ifndef TIDEPOOL_MAGAZINE_H
#define TIDEPOOL_MAGAZINE_H

#include "base.h"

struct magazine {
	struct magazine *next;     /* whoever holds it */
	_Atomic uint32_t count;    /* written by whoever holds it, read by anyone for figures */
	uint16_t room;
	uint8_t pool;
	uint8_t kind;              /* how many slots there are: 6, 14, 30, 62, 126, 254 or 510 */
	void *slots[];
};

#define MAGAZINE_SLOTS_MAX 510u

/* The most objects a magazine of each pool may hold, from the bytes a thread may keep for a class. */
void magazine_init(size_t bytes_per_class);
extern uint16_t magazine_room_max[POOLS_MAX + 1];

/* An empty magazine of pool c for `room` objects, 1 ≤ room ≤ magazine_room_max[c]. */
struct magazine *magazine_new(unsigned c, unsigned room);

/* Dismantles an empty magazine. */
void magazine_free(struct magazine *m);

INLINE unsigned
magazine_count(const struct magazine *m)
{
	return atomic_load_explicit(&m->count, memory_order_relaxed); /* sync: none, the holder's, or a figure */
}

INLINE void
magazine_set_count(struct magazine *m, size_t n)
{
	atomic_store_explicit(&m->count, (uint32_t)n, memory_order_relaxed); /* sync: none, the holder's */
}

#endif
