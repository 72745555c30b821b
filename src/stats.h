/*
 * stats - the process's counters from one table (stats.def): a set for each CPU, so that no two of them write the same line.
 *
 * A thread has none of its own: two hundred sleeping threads would keep a page each for them. Its gets and puts are in its bins.
 *
 * Owns        the sets
 * Callers     anyone, a handler too
 * Invariants  a figure of the process = its sum here (+ what the bins of attached threads and the shards hold)
 */
#ifndef TIDEPOOL_STATS_H
#define TIDEPOOL_STATS_H

#include "base.h"
#include "cpu.h"

struct counters {
#define COUNTER(field, meaning) _Atomic uint64_t field;
#include "stats.def"
#undef COUNTER
};

/* Pool 0 counts what is not pooled (passed_through alone). */
struct CACHE_ALIGNED stats_set {
	struct counters pool[POOLS_MAX + 1];
};
extern struct stats_set stats_sets[CPU_SHARDS_MAX];

/* Adds n in the set of the CPU that we run on. Atomically: the thread may be moved between the two, and a handler counts too. */
/* sync: none, a figure */
#define stats_count(c, field, n) atomic_fetch_add_explicit(&stats_sets[cpu_shard()].pool[c].field, (n), memory_order_relaxed)

/* The sum of all CPUs. */
#define stats_read(c, field) stats_sum(c, offsetof(struct counters, field))
uint64_t stats_sum(unsigned c, size_t field);

#endif
