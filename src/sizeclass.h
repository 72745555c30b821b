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

#define SIZECLASS_SMALL_MAX 4096u                     /* up to here one look into a table */
#define SIZECLASS_BUCKETS 128                         /* above: eight buckets for each doubling */
#define SIZECLASS_LIMIT ((size_t)32 << 20)            /* no pool for anything larger */

extern struct sizeclass sizeclass_pool[POOLS_MAX + 1]; /* [0] is not used */
extern unsigned sizeclass_pools;                       /* the highest pool number */
extern size_t sizeclass_largest;                       /* the largest pooled size; 0: nothing is pooled */
extern uint8_t sizeclass_small[SIZECLASS_SMALL_MAX / 8 + 1];
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

/* The pool that serves a request of n bytes, or 0. */
INLINE unsigned
sizeclass_of(size_t n)
{
	if (likely(n <= SIZECLASS_SMALL_MAX))
		return sizeclass_small[(n + 7) / 8];
	if (unlikely(n > sizeclass_largest))
		return 0;
	return sizeclass_bucket[sizeclass_bucket_of(n)];
}

/* Every request of up to n bytes is pooled. */
bool sizeclass_all_pooled(size_t n);

/* The pool whose objects have room for n bytes and are aligned to `alignment` (a power of two), or 0. */
unsigned sizeclass_of_aligned(size_t alignment, size_t n);

#endif
