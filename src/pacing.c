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

uint64_t
pacing_cached_bytes(void)
{
	uint64_t bytes = 0;
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		uint64_t objects, victims;
		shard_figures(c, &objects, &victims);
		bytes += objects * sizeclass_pool[c].size;
	}
	for (const struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		for (unsigned c = 1; thread_armed(t) && c <= sizeclass_pools; c++)
			bytes += bin_objects(&t->bins[c]) * sizeclass_pool[c].size;
	return bytes;
}

static uint64_t
allowance_at_ease(uint64_t cached)
{
	if (options.budget.percent == 0)
		return options.budget.bytes;
	uint64_t held = backend_held_bytes(), live = held > cached ? held - cached : 0;
	return live / 100 * options.budget.percent > LEAST_ALLOWANCE ? live / 100 * options.budget.percent : LEAST_ALLOWANCE;
}

/* The bytes that may lie cached before a rotation comes early. */
static uint64_t
allowance(uint64_t cached)
{
	switch (pressure_now()) {
	case PRESSURE_NONE: return allowance_at_ease(cached);
	case PRESSURE_SOME: return allowance_at_ease(cached) / 4;
	default: return 0;
	}
}

static bool
over_budget(uint64_t cached)
{
	return cached >= allowance(cached);
}

static bool fuel_is_for_a_look; /* and when it is used, that alone is no reason to rotate */

void
pacing_look_again(void)
{
	uint64_t half = pressure_headroom() / 2;
	fuel_is_for_a_look |= budget_cut_fuel(half > PACING_WATCHED ? half : PACING_WATCHED);
}

/* By how much frees may be ahead of the releasing, which takes three times as long but has a CPU of its own: as they only turn what is
 * live into what is cached, the program gets no larger by it. Not for a budget in bytes, and not under pressure. */
static uint64_t
lead(void)
{
	return options.budget.percent != 0 && pressure_now() == PRESSURE_NONE ? backend_held_bytes() / 2 : 0;
}

/* What is counted all the time is the room that is reserved, which is more than what is cached. So reaching a mark only means that
 * it is time to look: when the allowance could be used up, and at the earliest after half of it. */
static void
pace_at_ease(uint64_t cached)
{
	uint64_t allowed = allowance(cached);
	uint64_t more = cached < allowed / 2 ? allowed - cached : allowed / 2;
	uint64_t reserved = budget_reserved(), level = reserved + more;
	struct budget_marks marks = {
		.level = level,
		.limit = level + allowed + lead(),
		.fuel = cached < LEAST_ALLOWANCE / 2 ? UINT64_MAX : cached / 4,
	};
	if (reserved < PACING_WATCHED && level > PACING_WATCHED)
		marks.level = PACING_WATCHED; /* the watch has ended, or will: then something is there to watch over */
	budget_set_marks(&marks);
	fuel_is_for_a_look = false;
	pacing_look_again();
}

/* At the memory limit nobody is asked to hurry: the watch comes ten times a second. Every free helps. */
void
pacing_set(uint64_t cached)
{
	static const struct budget_marks at_the_limit = { .level = UINT64_MAX, .limit = 0, .fuel = UINT64_MAX };
	if (pressure_now() == PRESSURE_FULL)
		budget_set_marks(&at_the_limit);
	else
		pace_at_ease(cached);
}

bool
pacing_is_due(uint64_t cached)
{
	if (pressure_now() == PRESSURE_FULL)
		return false;
	return over_budget(cached) || (budget_fuel_used() && (!fuel_is_for_a_look || cached >= LEAST_ALLOWANCE / 2));
}
