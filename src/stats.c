#include "stats.h"

struct counters stats_process[POOLS_MAX + 1];

void
stats_retire(unsigned pool, struct counters *from)
{
#define COUNTER(field, meaning)                                                                                                \
	if (stats_read(from, field) != 0) {                                                                                    \
		stats_count(pool, field, stats_read(from, field));                                                             \
		atomic_store_explicit(&from->field, 0, memory_order_relaxed); /* sync: none, the owner is gone */              \
	}
#include "stats.def"
#undef COUNTER
}

void
stats_add(struct counters *sum, const struct counters *from)
{
#define COUNTER(field, meaning) stats_count_owner(sum, field, stats_read(from, field));
#include "stats.def"
#undef COUNTER
}
