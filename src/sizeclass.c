#include "sizeclass.h"

#include <string.h>

struct sizeclass sizeclass_pool[POOLS_MAX + 1];
unsigned sizeclass_pools;
size_t sizeclass_largest;
uint16_t sizeclass_small[SIZECLASS_SMALL_MAX / SIZECLASS_SMALL_STEP + 1];
uint16_t sizeclass_middle[SIZECLASS_MIDDLE_MAX / SIZECLASS_MIDDLE_STEP + 1];
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

/* What all three tables are filled from: every class, and its pool. */
struct known {
	const struct sizeclass *all;
	const uint8_t *pool;
	unsigned count;
};

/* The pool of the class that serves n, not of the next pooled one; *at, where the search begins, rises with n. */
static uint8_t
pool_serving(const struct known *known, unsigned *at, size_t n)
{
	while (*at < known->count && known->all[*at].size < n)
		++*at;
	return *at < known->count ? known->pool[*at] : 0;
}

/* A step that a class border divides goes whole to the larger class: more room than asked for, never less. */
static void
fill(uint16_t *table, size_t entries, size_t step, const struct known *known)
{
	unsigned at = 0;
	for (size_t i = 0; i < entries; i++)
		table[i] = (uint16_t)(pool_serving(known, &at, i > 0 ? i * step : 1) * CACHE_LINE);
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

	const struct known known = { all, pool_of_class, count };
	fill(sizeclass_small, sizeof sizeclass_small / sizeof *sizeclass_small, SIZECLASS_SMALL_STEP, &known);
	fill(sizeclass_middle, sizeof sizeclass_middle / sizeof *sizeclass_middle, SIZECLASS_MIDDLE_STEP, &known);
	unsigned at = 0;
	for (unsigned b = 0; b < SIZECLASS_BUCKETS; b++) /* the rule of fill() */
		sizeclass_bucket[b] = bucket_end(b) <= SIZECLASS_LIMIT ? pool_serving(&known, &at, bucket_end(b)) : 0;
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
