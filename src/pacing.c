#include "pacing.h"

#include "backend.h"
#include "bin.h"
#include "budget.h"
#include "options.h"
#include "pressure.h"
#include "shard.h"
#include "sizeclass.h"
#include "thread.h"

#define LEAST_ALLOWANCE ((uint64_t)8 << 20) /* a budget below this would rotate small processes for nothing */

static void
add(struct pacing_cached *sum, unsigned c, uint64_t objects)
{
	sum->bytes += objects * sizeclass_pool[c].size;
	sum->slot_bytes += objects * sizeof(void *);
}

struct pacing_cached
pacing_cached(void)
{
	struct pacing_cached sum = { 0, 0 };
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		uint64_t objects, victims;
		shard_figures(c, &objects, &victims);
		add(&sum, c, objects);
	}
	for (const struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		for (unsigned c = 1; thread_armed(t) && c <= sizeclass_pools; c++)
			add(&sum, c, bin_objects(&t->bins[c]));
	return sum;
}

/* What was live at most: in this epoch, and in the last one. A program whose batches come and go had both in memory anyway. */
static uint64_t most_live[2];

void
pacing_new_epoch(void)
{
	most_live[1] = most_live[0];
	most_live[0] = 0;
}

static uint64_t
live_now(uint64_t cached)
{
	uint64_t held = backend_held_bytes(), live = held > cached ? held - cached : 0;
	if (live > most_live[0])
		most_live[0] = live;
	return live;
}

static uint64_t
most_lately(void)
{
	return size_max(most_live[0], most_live[1]);
}

/* By how much what is held may pass what was live at most. */
static uint64_t
headroom(void)
{
	uint64_t share = most_lately() / 100 * options.budget.percent;
	return size_max(share, LEAST_ALLOWANCE);
}

static bool
at_ease(void)
{
	return options.budget.percent != 0 && pressure_now() == PRESSURE_NONE;
}

/* The bytes that may lie cached before a rotation comes early. */
static uint64_t
allowance(struct pacing_cached cached)
{
	uint64_t live = live_now(cached.bytes);
	uint64_t bytes = options.budget.percent != 0 ? headroom() : options.budget.bytes;
	switch (pressure_now()) {
	case PRESSURE_NONE: return at_ease() ? bytes + most_lately() - live : bytes;
	case PRESSURE_SOME: return bytes / 4;
	default: return 0;
	}
}

static uint64_t
with_slots(struct pacing_cached cached)
{
	return cached.bytes + cached.slot_bytes;
}

void
pacing_look_again(void)
{
	uint64_t half = pressure_headroom() / 2;
	budget_cut_fuel(size_max(half, PACING_WATCHED));
}

/* Until the next look at how much is live by now. */
static uint64_t
fuel_at_ease(uint64_t cached, uint64_t allowed)
{
	return size_max(allowed > cached ? allowed - cached : 0, headroom() / 4);
}

/* What is counted all the time is the room that is reserved, which is more than what is cached. So reaching a mark only means that
 * it is time to look: when the allowance could be used up, and at the earliest after half of it. */
static void
pace(struct pacing_cached now)
{
	uint64_t allowed = allowance(now), cached = with_slots(now);
	uint64_t more = cached < allowed / 2 ? allowed - cached : allowed / 2;
	uint64_t reserved = budget_reserved(), level = reserved + more;
	struct budget_marks marks = { .level = level, .limit = level + allowed, .fuel = UINT64_MAX };
	if (at_ease()) {
		marks.level = reserved + size_min(more, headroom()); /* slots of small objects add up faster than that */
		marks.limit = marks.level + headroom();
		marks.lead = backend_held_bytes(); /* frees only turn what is live into what is cached */
		marks.fuel = fuel_at_ease(cached, allowed);
	}
	if (reserved < PACING_WATCHED && marks.level > PACING_WATCHED)
		marks.level = PACING_WATCHED; /* the watch has ended, or will: then something is there to watch over */
	budget_set_marks(&marks);
	pacing_look_again();
}

/* At the memory limit nobody is asked to hurry: the watch comes ten times a second. Every free helps. */
void
pacing_set(struct pacing_cached cached)
{
	static const struct budget_marks at_the_limit = { .level = UINT64_MAX, .fuel = UINT64_MAX };
	if (pressure_now() == PRESSURE_FULL)
		budget_set_marks(&at_the_limit);
	else
		pace(cached);
}

bool
pacing_is_due(struct pacing_cached cached)
{
	return pressure_now() != PRESSURE_FULL && with_slots(cached) >= allowance(cached);
}
