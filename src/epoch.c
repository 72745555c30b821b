#include "epoch.h"

#include "backend.h"
#include "budget.h"
#include "cpu.h"
#include "drain.h"
#include "lock.h"
#include "options.h"
#include "pool.h"
#include "shard.h"
#include "stats.h"

#include <errno.h>
#include <time.h>

#define SAMPLE_MS 1000
#define LEAST_ALLOWANCE ((uint64_t)8 << 20) /* a budget below this would rotate small processes for nothing */

uint64_t epoch_start_ms;

static struct lock rotation = LOCK_INITIALIZER(RANK_ROTATION);

/* Written under the rotation lock, read by anyone. */
static struct {
	_Atomic uint64_t number, released_objects, released_bytes, skipped_bins;
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

void
epoch_sample(void)
{
	struct backend_figures last;
	backend_last_sample(&last);
	if (last.sampled_ms == 0 || epoch_clock() > last.sampled_ms + SAMPLE_MS)
		backend_sample();
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

static void
make_victim(unsigned c, struct magazine *m)
{
	if (magazine_count(m) > 0)
		shard_add_victim(cpu_shard(), c, m);
	else
		magazine_free(m);
}

static uint64_t
allowance(uint64_t live)
{
	if (options.budget.percent == 0)
		return options.budget.bytes;
	return live * options.budget.percent / 100 > LEAST_ALLOWANCE ? live * options.budget.percent / 100 : LEAST_ALLOWANCE;
}

/* What is cached now may stay; half the allowance of growth, or all of it from nothing, asks for the next rotation. */
static void
pace(void)
{
	uint64_t held = backend_held_bytes(), reserved = budget_reserved();
	uint64_t more = allowance(held > reserved ? held - reserved : 0);
	budget_set_level(reserved + more / 2 > more ? reserved + more / 2 : more);
}

void
epoch_init(void)
{
	epoch_start_ms = epoch_clock();
	pace();
}

static size_t
rotate_locked(enum rotation_cause cause)
{
	size_t bytes = age_shared_level();
	count(&figures.skipped_bins, drain_all(make_victim));
	count(&figures.number, 1);
	count(&figures.rotations[cause], 1);
	atomic_fetch_add_explicit(&pool_rotation, 1, memory_order_relaxed); /* sync: none, a hint to owners who hand in */
	pace();
	return bytes;
}

/* jemalloc may call back into malloc while we work for it: the caller's own slow paths go past the pools meanwhile. */
static struct thread_cache *
begin(void)
{
	struct thread_cache *self = thread_self();
	if (self != NULL)
		atomic_store_explicit(&self->busy, 1, memory_order_relaxed); /* sync: none, our own */
	handler_fence();
	return self;
}

static void
end(struct thread_cache *self)
{
	handler_fence();
	if (self != NULL)
		atomic_store_explicit(&self->busy, 0, memory_order_relaxed); /* sync: none, our own */
}

void
epoch_rotate(enum rotation_cause cause)
{
	int saved = errno;
	struct thread_cache *self = begin();
	if (lock_try(&rotation)) {
		rotate_locked(cause);
		backend_flush(false);
		epoch_sample();
		lock_give(&rotation);
	}
	end(self);
	errno = saved;
}

size_t
epoch_rotate_now(void)
{
	int saved = errno;
	struct thread_cache *self = begin();
	lock_take(&rotation);
	size_t bytes = rotate_locked(ROTATION_MANUAL);
	bytes += rotate_locked(ROTATION_MANUAL);
	backend_flush(true);
	lock_give(&rotation);
	end(self);
	errno = saved;
	return bytes;
}

void
epoch_figures(struct epoch_figures *out)
{
	out->number = read_figure(&figures.number);
	out->released_objects = read_figure(&figures.released_objects);
	out->released_bytes = read_figure(&figures.released_bytes);
	out->skipped_bins = read_figure(&figures.skipped_bins);
	for (unsigned i = 0; i < ROTATION_CAUSES; i++)
		out->rotations[i] = read_figure(&figures.rotations[i]);
}

void
epoch_fork_prepare(void)
{
	lock_take(&rotation);
}

void
epoch_fork_release(void)
{
	lock_give(&rotation);
}
