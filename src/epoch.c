#include "epoch.h"

#include "backend.h"
#include "budget.h"
#include "control.h"
#include "cpu.h"
#include "drain.h"
#include "large.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "pacing.h"
#include "pressure.h"
#include "sizeclass.h"
#include "shard.h"
#include "stats.h"
#include "thread.h"

#include <errno.h>
#include <time.h>


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

/* A program that grows while memory lies cached has no use for the classes of which nobody has taken anything lately: what their shared
 * level holds does not become victims first. */
static size_t
age_shared_level(bool grows)
{
	size_t bytes = 0;
	for (unsigned c = 1; c <= sizeclass_pools; c++)
		for (unsigned shard = 0; shard < cpu_shards; shard++)
			for (struct magazine *m = shard_age(shard, c, grows), *next; m != NULL; m = next) {
				next = m->next;
				bytes += release(shard, c, m);
			}
	count(&figures.released_bytes, bytes);
	return bytes;
}

void
epoch_init(void)
{
	epoch_start_ms = epoch_clock();
	pacing_set((struct pacing_cached){ 0, 0 });
}

static size_t
rotate_locked(enum rotation_cause cause)
{
	uint64_t began_ns = clock_ns();
	size_t bytes = age_shared_level(cause == ROTATION_BUDGET);
	count(&figures.skipped_bins, drain_all());
	count(&figures.number, 1);
	count(&figures.rotations[cause], 1);
	pacing_set(pacing_cached());
	count_time_since(began_ns);
	return bytes;
}

static void
flush_locked(enum backend_pages pages)
{
	uint64_t began_ns = clock_ns();
	bool quiet = backend_flush(pages);
	meta_trim();
	if (quiet)
		meta_trim(); /* what has just been emptied too: nobody asks */
	if (pages != BACKEND_KEEP_PAGES)
		large_age(pages == BACKEND_PURGE_PAGES);
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
		pacing_new_epoch();
		rotate_locked(cause);
		flush_locked(BACKEND_AGE_PAGES);
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
	flush_locked(BACKEND_PURGE_PAGES);
	return bytes;
}

/* --- when there is a reason to come early ----------------------------------------------------------------------------- */

/* What a memory limit has to gain from us. */
static bool
worth_watching(void)
{
	return budget_reserved() + backend_left_bytes() + large_kept_bytes() >= PACING_WATCHED;
}

/* Two of these are never nearer to each other than two looks: pressure that comes and goes does not make it more. */
static bool
worth_rotating_out(uint64_t cached, enum pressure before)
{
	static uint64_t last_ms;
	uint64_t now = epoch_clock();
	if (pressure_now() != PRESSURE_FULL || (before == PRESSURE_FULL && cached + backend_left_bytes() + large_kept_bytes() < PACING_WATCHED) || now < last_ms + PRESSURE_LOOK_MS)
		return false;
	last_ms = now;
	return true;
}

static bool watching; /* somebody looks at the memory limit from time to time */

static void
look_and_act_locked(bool asked)
{
	enum pressure before = pressure_now();
	enum pressure now = worth_watching() ? pressure_look(epoch_clock(), budget_fuel_used()) : before;

	watching = true;
	if (!asked && now == before && now != PRESSURE_FULL) {
		pacing_look_again();
		return;
	}
	struct pacing_cached cached = pacing_cached();
	if (worth_rotating_out(cached.bytes, before))
		rotate_out_locked(ROTATION_PRESSURE);
	else if ((asked || now > before) && pacing_is_due(cached)) {
		rotate_locked(now == PRESSURE_NONE ? ROTATION_BUDGET : ROTATION_PRESSURE);
		flush_locked(now == PRESSURE_NONE ? BACKEND_KEEP_PAGES : BACKEND_AGE_PAGES);
		epoch_sample(EPOCH_SAMPLE_MS);
	} else
		pacing_set(cached);
}

/* Less than that is cached: what was seen grows old, and a mark asks when there is more again. */
static void
stop_watching_locked(void)
{
	if (!watching)
		return;
	watching = false;
	pressure_forget();
	pacing_set(pacing_cached());
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
		bool worth = worth_watching();
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
