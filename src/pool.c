#include "pool.h"

#include "backend.h"
#include "cpu.h"
#include "demand.h"
#include "get.h"
#include "large.h"
#include "magazine.h"
#include "put.h"
#include "shard.h"
#include "single.h"
#include "stats.h"

#include <errno.h>
#include <string.h>

void (*pool_tick_hook)(bool getting, bool now_and_then);
_Atomic bool pool_wants_ticks;
int pool_reset_byte = -1;

#define TICK_EVERY 32u /* slow paths between two looks at the clock */

/* --- past the pools ------------------------------------------------------------------------------------------------ */

static COLD void *
out_of_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

/* One object of the class straight from jemalloc. Before the shard has an arena the page map does not know it, and it is counted
 * as not pooled, which its free will find too. */
static COLD void *
get_past(unsigned c)
{
	void *p = backend_fetch_one(cpu_shard(), c);
	if (p == NULL)
		return out_of_memory();
	if (pagemap_of(p) == c) {
		stats_count(c, gets, 1);
		stats_count(c, misses, 1);
		stats_count(c, fetched, 1);
		stats_count(c, passed_through, 1);
	} else {
		stats_count(0, passed_through, 1);
	}
	return p;
}

static COLD void
put_past(unsigned c, void *p)
{
	stats_count(c, puts, 1);
	stats_count(c, released, 1);
	stats_count(c, passed_through, 1);
	backend_release_one(c, p);
}

static struct thread_cache *
thread_own(void)
{
	struct thread_cache *t = thread_self();
	return likely(t != NULL) ? t : thread_attach();
}

void
pool_count_unpooled(void)
{
	struct thread_cache *t = thread_own();
	if (t != NULL)
		thread_count_unpooled_owner(t);
	else
		stats_count(0, passed_through, 1);
}

/* No lock of ours is held, and no epoch thread runs: perhaps it is time for one, or for a rotation. */
static void
tick(struct thread_cache *t, bool getting)
{
	if (atomic_load_explicit(&pool_wants_ticks, memory_order_relaxed)) /* sync: none, a hint */
		pool_tick_hook(getting, ++t->ticks % TICK_EVERY == 0);
}

void
pool_count_unpooled_get(size_t n)
{
	pool_count_unpooled();
	struct thread_cache *t = thread_self();
	if (t == NULL || atomic_load_explicit(&t->busy, memory_order_relaxed)) /* sync: none, our own */
		return;
	if (n > LARGE_MORE_THAN)
		t->ticks |= TICK_EVERY - 1; /* dear enough for a look at the clock */
	tick(t, true);
}

/* --- the brackets of both ------------------------------------------------------------------------------------------- */

static struct bin *
enter(struct thread_cache *t, unsigned c)
{
	if (t == NULL || !thread_enter_owner(t))
		return NULL;
	if (!bin_enter_owner(&t->bins[c])) {
		thread_leave_owner(t);
		return NULL;
	}
	return &t->bins[c];
}

static void
leave(struct thread_cache *t, struct bin *b, bool done, bool getting)
{
	atomic_store_explicit(&t->armed, true, memory_order_relaxed); /* sync: none, under the lock */
	bin_leave_owner(b, done);
	thread_leave_owner(t);
	tick(t, getting);
}

static void *
get(unsigned c, bool *zeroed)
{
	struct thread_cache *t = thread_own();
	void *p;
	if (t != NULL && bin_pop_owner(&t->bins[c], &p))
		return p;
	struct bin *b = enter(t, c);
	if (b == NULL)
		return get_past(c);
	p = get_inside(b, c, zeroed);
	leave(t, b, p != NULL, true);
	return p != NULL ? p : get_past(c);
}

void *
pool_get(unsigned c)
{
	return get(c, NULL);
}

void *
pool_get_zeroed(unsigned c, size_t n)
{
	bool zeroed = false;
	void *p = get(c, &zeroed);
	return p != NULL && !zeroed ? memset(p, 0, n) : p;
}

static void
put(unsigned c, void *p)
{
	struct thread_cache *t = thread_own();
	struct bin *b = enter(t, c);
	if (b == NULL) {
		put_past(c, p);
		return;
	}
	bool done = put_inside(b, c, p);
	leave(t, b, done, false);
	if (!done)
		put_past(c, p);
}

/* --- the slow ways of malloc and free -------------------------------------------------------------------------------- */

static void *
get_unpooled(size_t n)
{
	pool_count_unpooled_get(n);
	void *p = single_malloc(size_max(n, 1));
	return p != NULL ? p : out_of_memory();
}

void *
pool_malloc_slow(size_t n)
{
	if (unlikely(thread_self() == NULL) && !pool_start_hook()) {
		void *p = single_malloc(size_max(n, 1)); /* not ready: not even counted */
		return p != NULL ? p : out_of_memory();
	}
	unsigned c = sizeclass_of(n);
	if (c != 0)
		return pool_get(c);
	return get_unpooled(n);
}

void
pool_free_slow(void *p)
{
	if (p == NULL)
		return;
	int saved = errno;
	unsigned c = pagemap_of(p);
	if (unlikely(pool_reset_byte >= 0))
		memset(p, pool_reset_byte, c != 0 ? sizeclass_pool[c].size : single_usable_size(p));
	if (c != 0) {
		put(c, p);
	} else {
		pool_count_unpooled();
		single_free(p);
	}
	errno = saved;
}

size_t
pool_prewarm(unsigned c, size_t objects)
{
	size_t done = 0;
	demand_expect(c);
	while (done < objects) {
		unsigned shard = (unsigned)(done / magazine_room_max[c]) % cpu_shards;
		struct magazine *m = magazine_new(c, magazine_room_max[c]);
		if (m == NULL)
			break;
		size_t n = backend_fetch(shard, c, size_min(m->room, objects - done), m->slots);
		if (n == 0) {
			magazine_free(m);
			break;
		}
		magazine_set_count(m, n);
		stats_count(c, fetched, n);
		shard_adopt(shard, c, m);
		done += n;
	}
	return done;
}
