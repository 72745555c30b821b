#include "budget.h"

void (*budget_hook)(void);

static CACHE_ALIGNED _Atomic uint64_t reserved;
static CACHE_ALIGNED _Atomic uint64_t level = UINT64_MAX;
static uint64_t most;

void
budget_init(uint64_t cap)
{
	most = cap;
}

static COLD void
level_reached(uint64_t expected)
{
	/* sync: none; whoever takes the level away is the one that asks, and the rotation sets it anew */
	if (atomic_compare_exchange_strong_explicit(&level, &expected, UINT64_MAX, memory_order_relaxed, memory_order_relaxed) &&
	    budget_hook != NULL)
		budget_hook();
}

bool
budget_reserve(size_t bytes)
{
	/* sync: none; the counter alone is the fact */
	uint64_t now = atomic_fetch_add_explicit(&reserved, bytes, memory_order_relaxed) + bytes;
	if (unlikely(now > most)) {
		atomic_fetch_sub_explicit(&reserved, bytes, memory_order_relaxed); /* sync: none, as above */
		return false;
	}
	uint64_t l = atomic_load_explicit(&level, memory_order_relaxed); /* sync: none, as above */
	if (unlikely(now >= l))
		level_reached(l);
	return true;
}

void
budget_return(size_t bytes)
{
	atomic_fetch_sub_explicit(&reserved, bytes, memory_order_relaxed); /* sync: none, as above */
}

uint64_t
budget_reserved(void)
{
	return atomic_load_explicit(&reserved, memory_order_relaxed); /* sync: none, a figure */
}

uint64_t
budget_cap(void)
{
	return most;
}

void
budget_set_level(uint64_t bytes)
{
	atomic_store_explicit(&level, bytes, memory_order_relaxed); /* sync: none, a late reader asks a little later */
}
