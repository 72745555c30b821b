#include "sizeclass.h"

#include <string.h>

struct sizeclass sizeclass_pool[POOLS_MAX + 1];
unsigned sizeclass_pools;
size_t sizeclass_largest;
uint8_t sizeclass_small[SIZECLASS_SMALL_MAX / 8 + 1];
uint8_t sizeclass_bucket[SIZECLASS_BUCKETS];

static bool
serves_a_request_in(const struct size_range *r, size_t smaller_class, size_t size)
{
	return r->low <= size && r->high > smaller_class;
}

static bool
is_chosen(const struct size_range *ranges, unsigned range_count, size_t smaller_class, size_t size)
{
	for (unsigned i = 0; i < range_count; i++)
		if (serves_a_request_in(&ranges[i], smaller_class, size))
			return true;
	return false;
}

/* The pool of the class that serves n, when every class up to `count` is known: the class, not the next pooled one. */
static uint8_t
pool_serving(const struct sizeclass *all, const uint8_t *pool_of_class, unsigned count, size_t n)
{
	for (unsigned i = 0; i < count; i++)
		if (all[i].size >= n)
			return pool_of_class[i];
	return 0;
}

static size_t
bucket_end(unsigned bucket)
{
	unsigned high = bucket / 8 + 12;
	return ((size_t)1 << high) + ((size_t)(bucket % 8 + 1) << (high - 3));
}

void
sizeclass_init(const struct sizeclass *all, unsigned count, const struct size_range *ranges, unsigned range_count)
{
	uint8_t pool_of_class[256] = { 0 };
	unsigned pools = 0;

	sizeclass_largest = 0;
	for (unsigned i = 0; i < count && i < 256 && all[i].size <= SIZECLASS_LIMIT && pools < POOLS_MAX; i++) {
		if (!is_chosen(ranges, range_count, i ? all[i - 1].size : 0, all[i].size))
			continue;
		pool_of_class[i] = (uint8_t)++pools;
		sizeclass_pool[pools] = all[i];
		sizeclass_largest = all[i].size;
	}
	sizeclass_pools = pools;
	count = count < 256 ? count : 256;

	for (size_t i = 0; i < sizeof sizeclass_small; i++)
		sizeclass_small[i] = pool_serving(all, pool_of_class, count, i ? i * 8 : 1);
	/* A bucket that a class border divides goes whole to the larger class: more room than asked for, never less. */
	for (unsigned b = 0; b < SIZECLASS_BUCKETS; b++)
		sizeclass_bucket[b] = bucket_end(b) <= SIZECLASS_LIMIT ? pool_serving(all, pool_of_class, count, bucket_end(b)) : 0;
}

bool
sizeclass_all_pooled(size_t n)
{
	for (size_t at = 1; at <= n; at = sizeclass_pool[sizeclass_of(at)].size + 1)
		if (sizeclass_of(at) == 0)
			return false;
	return true;
}

unsigned
sizeclass_of_aligned(size_t alignment, size_t n)
{
	if (n > sizeclass_largest || alignment > sizeclass_largest)
		return 0;
	/* The class of the next multiple of the alignment is a multiple of it wherever classes are spaced by powers of two;
	 * what jemalloc really promises for the class is in its row. */
	unsigned c = sizeclass_of((n + alignment - 1) & ~(alignment - 1));
	return c && sizeclass_pool[c].alignment >= alignment ? c : 0;
}
