#include "stats.h"

struct stats_set stats_sets[CPU_SHARDS_MAX];

uint64_t
stats_sum(unsigned c, size_t field)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < cpu_shards; i++) {
		const char *counters = (const char *)&stats_sets[i].pool[c];
		sum += atomic_load_explicit((const _Atomic uint64_t *)(const void *)(counters + field), memory_order_relaxed); /* sync: none, a figure */
	}
	return sum;
}
