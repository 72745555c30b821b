#include "demand.h"

#include "sizeclass.h"

static _Atomic int64_t returned[POOLS_MAX + 1]; /* … and not fetched again; may pass below zero for a moment */
static _Atomic uint32_t proofs[POOLS_MAX + 1];

static uint32_t
proofs_of(unsigned c)
{
	return atomic_load_explicit(&proofs[c], memory_order_relaxed); /* sync: none, a hint */
}

bool
demand_left_room(unsigned c)
{
	return atomic_load_explicit(&returned[c], memory_order_relaxed) > 0; /* sync: none, a hint */
}

void
demand_fetched(unsigned c, size_t n)
{
	if (n == 0 || !demand_left_room(c))
		return;
	atomic_fetch_sub_explicit(&returned[c], (int64_t)n, memory_order_relaxed); /* sync: none, a hint */
	if (unlikely(!demand_is_proven(c)))
		atomic_fetch_add_explicit(&proofs[c], 1, memory_order_relaxed); /* sync: none, a hint */
}

void
demand_released(unsigned c, size_t n)
{
	atomic_fetch_add_explicit(&returned[c], (int64_t)n, memory_order_relaxed); /* sync: none, a hint */
}

bool
demand_is_proven(unsigned c)
{
	return sizeclass_pool[c].size <= DEMAND_POOLED_BYTES || proofs_of(c) >= DEMAND_PROOFS;
}

void
demand_expect(unsigned c)
{
	atomic_store_explicit(&proofs[c], DEMAND_PROOFS, memory_order_relaxed); /* sync: none, a hint */
}
