#include "budget.h"

#define LEADS 128u /* bytes; of objects of this size and more a magazine is a sixteenth */

void (*budget_hook)(void);

static CACHE_ALIGNED _Atomic uint64_t reserved;
static CACHE_ALIGNED _Atomic int64_t fuel = INT64_MAX; /* what is left of it */
static CACHE_ALIGNED struct {
	_Atomic uint64_t level, limit, lead;
	_Atomic bool asked; /* since the marks were set */
} marks = { .level = UINT64_MAX, .limit = UINT64_MAX };
static uint64_t most;

static uint64_t
read_mark(const _Atomic uint64_t *mark)
{
	return atomic_load_explicit(mark, memory_order_relaxed); /* sync: none, a late reader asks a little later */
}

static void
set_mark(_Atomic uint64_t *mark, uint64_t bytes)
{
	atomic_store_explicit(mark, bytes, memory_order_relaxed); /* sync: none, as above */
}

void
budget_init(uint64_t cap)
{
	most = cap;
}

void
budget_set_marks(const struct budget_marks *m)
{
	set_mark(&marks.level, m->level);
	set_mark(&marks.limit, m->limit);
	set_mark(&marks.lead, m->lead);
	/* sync: none, figures of their own */
	atomic_store_explicit(&fuel, m->fuel < INT64_MAX ? (int64_t)m->fuel : INT64_MAX, memory_order_relaxed);
	atomic_store_explicit(&marks.asked, false, memory_order_relaxed); /* sync: none, as above */
}

static COLD void
ask(void)
{
	/* sync: none, whoever is first asks */
	if (!atomic_exchange_explicit(&marks.asked, true, memory_order_relaxed) && budget_hook != NULL)
		budget_hook();
}

static bool
asked(void)
{
	return atomic_load_explicit(&marks.asked, memory_order_relaxed); /* sync: none, a hint */
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
	if (unlikely(now >= read_mark(&marks.level)) && !asked())
		ask();
	return true;
}

void
budget_return(size_t bytes)
{
	atomic_fetch_sub_explicit(&reserved, bytes, memory_order_relaxed); /* sync: none, as above */
}

void
budget_fetched(size_t bytes)
{
	/* sync: none, a figure */
	int64_t left = atomic_fetch_sub_explicit(&fuel, (int64_t)bytes, memory_order_relaxed) - (int64_t)bytes;
	if (unlikely(left < 0) && !asked())
		ask();
}

void
budget_cut_fuel(uint64_t bytes)
{
	int64_t most_left = bytes < INT64_MAX ? (int64_t)bytes : INT64_MAX;
	int64_t left = atomic_load_explicit(&fuel, memory_order_relaxed); /* sync: none, a figure */
	while (left > most_left) /* sync: none, a figure */
		if (atomic_compare_exchange_weak_explicit(&fuel, &left, most_left, memory_order_relaxed, memory_order_relaxed))
			return;
}

bool
budget_fuel_used(void)
{
	return atomic_load_explicit(&fuel, memory_order_relaxed) < 0; /* sync: none, a figure */
}

bool
budget_pressed(size_t size)
{
	uint64_t limit = read_mark(&marks.limit), now = budget_reserved();
	return unlikely(now >= limit) && now - limit >= read_mark(&marks.lead) / LEADS * size_min(size, LEADS);
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
