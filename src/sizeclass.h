/*
 * sizeclass - request size ▸ size class ▸ pool.
 *
 * The classes are jemalloc's own (backend reads them, boot hands them over), so usable sizes stay true and no byte is lost.
 * Those that the settings choose are numbered 1 … sizeclass_pools by rising size: these numbers are the pools. 0 is "not pooled".
 *
 * Owns        the tables; read-only after sizeclass_init. Before it everything is 0, so everything falls through
 * Callers     sizeclass_init: boot; the rest: anyone
 * Invariants  pools rise by size;  pool_of(n) = c > 0  ⇒  pool[c-1].size < n ≤ pool[c].size, or the classes between are not pooled
 *             and n is larger than the largest of them
 */
#ifndef TIDEPOOL_SIZECLASS_H
#define TIDEPOOL_SIZECLASS_H

#include "base.h"

/* One size class as jemalloc describes it. */
struct sizeclass {
	size_t size;
	unsigned slab_objects; /* objects in a slab; 0: every object is an extent of its own */
	size_t alignment;      /* every object of the class has at least this alignment */
};

#define SIZECLASS_SMALL_MAX 4096u                     /* up to here a table in steps … */
#define SIZECLASS_SMALL_STEP 8u
#define SIZECLASS_MIDDLE_MAX 32768u                   /* … up to here another one */
#define SIZECLASS_MIDDLE_STEP 1024u
#define SIZECLASS_BUCKETS 128                         /* above: eight buckets for each doubling from 4096 on */
#define SIZECLASS_TOUCHED_MAX 4096u                   /* a program that uses an object touches every page of it, unless it is larger */
#define SIZECLASS_LIMIT ((size_t)32 << 20)            /* no pool for anything larger */

extern struct sizeclass sizeclass_pool[POOLS_MAX + 1]; /* [0] is not used */
extern unsigned sizeclass_pools;                       /* the highest pool number */
extern size_t sizeclass_largest;                       /* the largest pooled size; 0: nothing is pooled */
extern uint16_t sizeclass_small[SIZECLASS_SMALL_MAX / SIZECLASS_SMALL_STEP + 1]; /* offsets, see sizeclass_offset */
extern uint16_t sizeclass_middle[SIZECLASS_MIDDLE_MAX / SIZECLASS_MIDDLE_STEP + 1];
extern uint8_t sizeclass_bucket[SIZECLASS_BUCKETS];

/* Chooses the pools: every class that serves some request inside one of the ranges. `all` rises by size. */
void sizeclass_init(const struct sizeclass *all, unsigned count, const struct size_range *ranges, unsigned range_count);

/* The bucket of n > SIZECLASS_SMALL_MAX: the position of the highest bit of n-1, and the three bits below it. */
INLINE unsigned
sizeclass_bucket_of(size_t n)
{
	unsigned high = 63u - (unsigned)__builtin_clzll((unsigned long long)(n - 1));
	return (high - 12u) * 8u + (unsigned)(((n - 1) >> (high - 3u)) & 7u);
}

/* Where the pool that serves a request of n bytes has its entry in an array of one cache line for each pool: bytes; 0, not pooled. */
INLINE size_t
sizeclass_offset(size_t n)
{
	if (likely(n <= SIZECLASS_SMALL_MAX))
		return sizeclass_small[(n + SIZECLASS_SMALL_STEP - 1) / SIZECLASS_SMALL_STEP];
	if (likely(n <= SIZECLASS_MIDDLE_MAX))
		return sizeclass_middle[(n + SIZECLASS_MIDDLE_STEP - 1) / SIZECLASS_MIDDLE_STEP];
	if (unlikely(n > sizeclass_largest))
		return 0;
	return (size_t)sizeclass_bucket[sizeclass_bucket_of(n)] * CACHE_LINE;
}

/* The pool that serves a request of n bytes, or 0. */
INLINE unsigned
sizeclass_of(size_t n)
{
	return (unsigned)(sizeclass_offset(n) / CACHE_LINE);
}

/* Every request of up to n bytes is pooled. */
bool sizeclass_all_pooled(size_t n);

/* The pool whose objects have room for n bytes and are aligned to `alignment` (a power of two), or 0. */
unsigned sizeclass_of_aligned(size_t alignment, size_t n);

#endif
