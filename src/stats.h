/*
 * stats - counters from one table (stats.def): one set for each pool and thread, and one of the process.
 *
 * A thread's set is written by that thread alone (with plain loads and stores), outside of signal handlers. Everybody else,
 * handlers and ending threads too, counts in the process's set, with atomic additions.
 *
 * Owns        the process's set
 * Callers     stats_count_owner: the owner; stats_count, stats_read: anyone, a handler too
 * Invariants  a figure of the process = its entry here + the entries of all attached threads (+ what bins and shards hold)
 */
#ifndef TIDEPOOL_STATS_H
#define TIDEPOOL_STATS_H

#include "base.h"

struct counters {
#define COUNTER(field, meaning) _Atomic uint64_t field;
#include "stats.def"
#undef COUNTER
};

/* Pool 0 counts what is not pooled (passed_through alone). */
extern struct counters stats_process[POOLS_MAX + 1];

/* sync: none; single writer, and a reader may be late */
#define stats_count_owner(counters, field, n)                                                                                  \
	atomic_store_explicit(&(counters)->field, atomic_load_explicit(&(counters)->field, memory_order_relaxed) + (n),       \
	    memory_order_relaxed)

/* sync: none, a figure */
#define stats_count(pool, field, n) atomic_fetch_add_explicit(&stats_process[pool].field, (n), memory_order_relaxed)

/* sync: none, a figure */
#define stats_read(counters, field) atomic_load_explicit(&(counters)->field, memory_order_relaxed)

/* Adds a thread's counters of the pool to the process's and clears them. The caller excludes the owner. */
void stats_retire(unsigned pool, struct counters *from);

/* sum += from, field by field. */
void stats_add(struct counters *sum, const struct counters *from);

#endif
