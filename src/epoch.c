#include "epoch.h"

#include "backend.h"
#include "budget.h"
#include "control.h"
#include "cpu.h"
#include "drain.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "pressure.h"
#include "sizeclass.h"
#include "shard.h"
#include "stats.h"
#include "thread.h"

#include <errno.h>
#include <time.h>

#define LEAST_ALLOWANCE ((uint64_t)8 << 20) /* a budget below this would rotate small processes for nothing */
#define WATCHED ((uint64_t)1 << 20) /* reserved bytes; with less, a memory limit has nothing to gain from us */

uint64_t epoch_start_ms;

static struct lock rotation = LOCK_INITIALIZER(RANK_ROTATION);

/* Written under the rotation lock, read by anyone. */
static struct {
	_Atomic uint64_t number, released_objects, released_bytes, skipped_bins, rotating_ns;
	_Atomic uint64_t rotations[ROTATION_CAUSES];
} figures;

static void
count(_Atomic uint64_t *figure, uint64_t n)
{
	atomic_fetch_add_explicit(figure, n, memory_order_relaxed); /* sync: none, a figure */
}

static uint64_t
read_figure(const _Atomic uint64_t *figure)
{
	return atomic_load_explicit(figure, memory_order_relaxed); /* sync: none, a figure */
}

uint64_t
epoch_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t
clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
count_time_since(uint64_t began_ns)
{
	count(&figures.rotating_ns, clock_ns() - began_ns);
}

/* --- jemalloc's figures -------------------------------------------------------------------------------------------- */

/* Written under the rotation lock or by a dump, read by handlers too: each figure by itself, the time last. */
static struct {
	_Atomic uint64_t allocated, active, resident, mapped, retained, taken_ms;
} sample;

static void
set_figure(_Atomic uint64_t *figure, uint64_t value)
{
	atomic_store_explicit(figure, value, memory_order_relaxed); /* sync: none, a handler in between sees old and new ones */
}

void
epoch_sample(uint64_t oldest_ms)
{
	struct control_figures now;
	uint64_t taken_ms = read_figure(&sample.taken_ms);
	if ((taken_ms != 0 && oldest_ms != 0 && epoch_clock() <= taken_ms + oldest_ms) || !control_read_figures(&now))
		return;
	set_figure(&sample.allocated, now.allocated);
	set_figure(&sample.active, now.active);
	set_figure(&sample.resident, now.resident);
	set_figure(&sample.mapped, now.mapped);
	set_figure(&sample.retained, now.retained);
	set_figure(&sample.taken_ms, epoch_clock());
}

uint64_t
epoch_last_sample(struct control_figures *out)
{
	out->allocated = read_figure(&sample.allocated);
	out->active = read_figure(&sample.active);
	out->resident = read_figure(&sample.resident);
	out->mapped = read_figure(&sample.mapped);
	out->retained = read_figure(&sample.retained);
	return read_figure(&sample.taken_ms);
}

/* --- one rotation -------------------------------------------------------------------------------------------------- */

static size_t
release(unsigned shard, unsigned c, struct magazine *m)
{
	unsigned n = magazine_count(m);
	if (n > 0) {
		backend_release(shard, c, n, m->slots);
		stats_count(c, released, n);
		count(&figures.released_objects, n);
		magazine_set_count(m, 0);
	}
	magazine_free(m);
	return n * sizeclass_pool[c].size;
}

static size_t
age_shared_level(void)
{
	size_t bytes = 0;
	for (unsigned c = 1; c <= sizeclass_pools; c++)
		for (unsigned shard = 0; shard < cpu_shards; shard++)
			for (struct magazine *m = shard_age(shard, c), *next; m != NULL; m = next) {
				next = m->next;
				bytes += release(shard, c, m);
			}
	count(&figures.released_bytes, bytes);
	return bytes;
}

/* Bytes on all levels at about this moment. */
static uint64_t
cached_bytes(void)
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

/* Half of the way to the memory limit: so much may be fetched until the next look. */
static void
look_when_half_is_gone(void)
{
	uint64_t half = pressure_headroom() / 2;
	fuel_is_for_a_look |= budget_cut_fuel(half > WATCHED ? half : WATCHED);
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
		.limit = level + allowed,
		.fuel = cached < LEAST_ALLOWANCE / 2 ? UINT64_MAX : cached / 2,
	};
	if (reserved < WATCHED && level > WATCHED)
		marks.level = WATCHED; /* the watch has ended, or will: then something is there to watch over */
	budget_set_marks(&marks);
	fuel_is_for_a_look = false;
	look_when_half_is_gone();
}

/* At the memory limit nobody is asked to hurry: the watch comes ten times a second. Every free helps. */
static void
pace(uint64_t cached)
{
	static const struct budget_marks at_the_limit = { .level = UINT64_MAX, .limit = 0, .fuel = UINT64_MAX };
	if (pressure_now() == PRESSURE_FULL)
		budget_set_marks(&at_the_limit);
	else
		pace_at_ease(cached);
}

void
epoch_init(void)
{
	epoch_start_ms = epoch_clock();
	pace(0);
}

static size_t
rotate_locked(enum rotation_cause cause)
{
	uint64_t began_ns = clock_ns();
	size_t bytes = age_shared_level();
	count(&figures.skipped_bins, drain_all());
	count(&figures.number, 1);
	count(&figures.rotations[cause], 1);
	meta_trim();
	pace(cached_bytes());
	count_time_since(began_ns);
	return bytes;
}

static void
flush_locked(bool to_the_kernel)
{
	uint64_t began_ns = clock_ns();
	backend_flush(to_the_kernel);
	count_time_since(began_ns);
}

/* jemalloc may call back into malloc while we work for it: the caller's own slow paths go past the pools meanwhile. */
static void
set_busy(bool busy)
{
	struct thread_cache *self = thread_self();
	if (self != NULL)
		thread_set_busy(self, busy);
}

void
epoch_rotate(enum rotation_cause cause)
{
	int saved = errno;
	set_busy(true);
	if (lock_try(&rotation)) {
		rotate_locked(cause);
		flush_locked(false);
		epoch_sample(EPOCH_SAMPLE_MS);
		lock_give(&rotation);
	}
	set_busy(false);
	errno = saved;
}

/* Everything that is cached, all the way to the kernel. */
static size_t
rotate_out_locked(enum rotation_cause cause)
{
	size_t bytes = rotate_locked(cause);
	bytes += rotate_locked(cause);
	flush_locked(true);
	return bytes;
}

/* --- when there is a reason to come early ----------------------------------------------------------------------------- */

/* Two of these are never nearer to each other than two looks: pressure that comes and goes does not make it more. */
static bool
worth_rotating_out(uint64_t cached, enum pressure before)
{
	static uint64_t last_ms;
	uint64_t now = epoch_clock();
	if (pressure_now() != PRESSURE_FULL || (before == PRESSURE_FULL && cached < WATCHED) || now < last_ms + PRESSURE_LOOK_MS)
		return false;
	last_ms = now;
	return true;
}

static bool
worth_rotating(uint64_t cached)
{
	if (pressure_now() == PRESSURE_FULL)
		return false;
	return over_budget(cached) || (budget_fuel_used() && (!fuel_is_for_a_look || cached >= LEAST_ALLOWANCE / 2));
}

static bool watching; /* somebody looks at the memory limit from time to time */

static void
look_and_act_locked(bool asked)
{
	enum pressure before = pressure_now();
	enum pressure now = budget_reserved() >= WATCHED ? pressure_look(epoch_clock(), budget_fuel_used()) : before;

	watching = true;
	if (!asked && now == before && now != PRESSURE_FULL) {
		look_when_half_is_gone();
		return;
	}
	uint64_t cached = cached_bytes();
	if (worth_rotating_out(cached, before))
		rotate_out_locked(ROTATION_PRESSURE);
	else if ((asked || now > before) && worth_rotating(cached)) {
		rotate_locked(now == PRESSURE_NONE ? ROTATION_BUDGET : ROTATION_PRESSURE);
		flush_locked(false);
		epoch_sample(EPOCH_SAMPLE_MS);
	} else
		pace(cached);
}

/* Less than that is cached: what was seen grows old, and a mark asks when there is more again. */
static void
stop_watching_locked(void)
{
	if (!watching)
		return;
	watching = false;
	pressure_forget();
	pace(cached_bytes());
}

void
epoch_rotate_over_budget(void)
{
	int saved = errno;
	set_busy(true);
	if (lock_try(&rotation)) {
		look_and_act_locked(true);
		lock_give(&rotation);
	}
	set_busy(false);
	errno = saved;
}

uint64_t
epoch_watch(void)
{
	int saved = errno;
	uint64_t next = PRESSURE_LOOK_MS;

	set_busy(true);
	if (lock_try(&rotation)) {
		bool worth = budget_reserved() >= WATCHED;
		if (worth)
			look_and_act_locked(false);
		else
			stop_watching_locked();
		next = worth ? pressure_interval() : EPOCH_NO_WATCH;
		lock_give(&rotation);
	}
	set_busy(false);
	errno = saved;
	return next;
}

uint64_t
epoch_length(void)
{
	return pressure_now() == PRESSURE_NONE || options.epoch_ms < 4 ? options.epoch_ms : options.epoch_ms / 4;
}

enum rotation_cause
epoch_timer_cause(void)
{
	return pressure_now() == PRESSURE_NONE ? ROTATION_TIMER : ROTATION_PRESSURE;
}

size_t
epoch_rotate_now(void)
{
	int saved = errno;
	set_busy(true);
	lock_take(&rotation);
	size_t bytes = rotate_out_locked(ROTATION_MANUAL);
	lock_give(&rotation);
	set_busy(false);
	errno = saved;
	return bytes;
}

bool
epoch_last_resort(size_t n)
{
	struct thread_cache *self = thread_self();
	struct control_figures j;
	int saved = errno;

	if (self == NULL || lock_mine(&rotation) || thread_set_busy(self, true)) /* in a fork, a handler, a call back from jemalloc: not now */
		return false;
	bool sensible = control_read_figures(&j) && n <= j.mapped;
	if (sensible) {
		lock_take(&rotation);
		rotate_out_locked(ROTATION_PRESSURE);
		lock_give(&rotation);
		control_purge_all();
	}
	thread_set_busy(self, false);
	errno = saved;
	return sensible;
}

void
epoch_figures(struct epoch_figures *out)
{
	out->number = read_figure(&figures.number);
	out->released_objects = read_figure(&figures.released_objects);
	out->released_bytes = read_figure(&figures.released_bytes);
	out->skipped_bins = read_figure(&figures.skipped_bins);
	out->rotating_ns = read_figure(&figures.rotating_ns);
	for (unsigned i = 0; i < ROTATION_CAUSES; i++)
		out->rotations[i] = read_figure(&figures.rotations[i]);
}

static bool was_rotating; /* a handler forks inside a rotation, which goes on in the parent and in the child */

void
epoch_fork_prepare(void)
{
	bool mine = lock_mine(&rotation);
	if (!mine)
		lock_take_for_fork(&rotation);
	was_rotating = mine;
}

void
epoch_fork_release(void)
{
	if (!was_rotating)
		lock_give(&rotation);
}
