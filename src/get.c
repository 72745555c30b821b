#include "get.h"

#include "backend.h"
#include "budget.h"
#include "cpu.h"
#include "demand.h"
#include "fatal.h"
#include "magazine.h"
#include "shard.h"
#include "sizeclass.h"
#include "stats.h"

/* An empty magazine that is smaller than what the class wants by now is not passed on. */
static struct magazine *
keep_if_large_enough(struct bin *b, struct magazine *empty)
{
	if (empty == NULL || empty->room >= b->room)
		return empty;
	magazine_free(empty);
	return NULL;
}

/* A loaded magazine with nothing in it and room for what comes; false over the cap. */
static bool
load_empty(struct bin *b, unsigned c)
{
	struct magazine *loaded = bin_loaded(b);
	if (loaded != NULL && loaded->room >= b->room)
		return true;
	struct magazine *m = magazine_new(c, b->room);
	if (m == NULL)
		return loaded != NULL;
	m = bin_load_owner(b, m);
	if (m != NULL)
		magazine_free(m);
	return true;
}

static bool
get_from_spare(struct bin *b)
{
	struct magazine *spare = bin_spare(b);
	if (spare == NULL || magazine_count(spare) == 0)
		return false;
	bin_set_spare(b, bin_load_owner(b, spare));
	return true;
}

static bool
get_from_shards(struct bin *b, unsigned c)
{
	enum shard_level level;
	struct magazine *spare = keep_if_large_enough(b, bin_spare(b)); /* empty, or get_from_spare had served us */
	bin_set_spare(b, NULL);
	struct magazine *m = shard_get(cpu_shard(), c, spare, &level);
	if (m == NULL) {
		bin_set_spare(b, spare);
		return false;
	}
	bin_moved(b, magazine_count(m));
	bin_set_spare(b, bin_load_owner(b, m));
	bin_grow(b, c);
	if (level == SHARD_OWN)
		stats_count(c, gets_shared, 1);
	else
		stats_count(c, gets_steal, 1);
	return true;
}

static bool
get_from_victims(struct bin *b, unsigned c)
{
	if (!load_empty(b, c))
		return false;
	struct magazine *m = bin_loaded(b);
	size_t n = shard_get_victims(cpu_shard(), c, m->slots, size_min(b->take, m->room));
	if (n == 0)
		return false;
	b->take = (uint16_t)size_min(b->take * 2u, magazine_room_max[c]);
	if (b->take > b->room)
		bin_grow(b, c);
	bin_raise_top(b, n);
	stats_count(c, gets_victim, 1);
	return true;
}

#define EXTENTS_BYTES ((size_t)32 << 10)

/* An object without slab is an extent for jemalloc, which serves a batch of them one by one, with 128 bytes for each that it never gives
 * back: there a large batch saves little, and what it brings too much stays. */
static size_t
most_refill(unsigned c)
{
	const struct sizeclass *class = &sizeclass_pool[c];
	size_t most = class->slab_objects > 1 ? MAGAZINE_SLOTS_MAX : size_max(1, EXTENTS_BYTES / class->size);
	return size_min(most, magazine_room_max[c]);
}

/* A refill starts small and doubles while the class keeps missing. */
static bool
get_from_jemalloc(struct bin *b, unsigned c)
{
	if (!load_empty(b, c))
		return false;
	struct magazine *m = bin_loaded(b);
	size_t n = backend_fetch(cpu_shard(), c, size_min(b->refill, m->room), m->slots);
	if (n == 0)
		return false;
	b->refill = (uint16_t)size_min(b->refill * 2u, most_refill(c));
	if (b->refill > b->room)
		bin_grow(b, c);
	bin_raise_top(b, n);
	stats_count(c, misses, 1);
	stats_count(c, fetched, n);
	budget_fetched(n * sizeclass_pool[c].size);
	return true;
}

/* Nothing is laid up: the object comes by the bin only for its figures. */
static void *
get_one(struct bin *b, unsigned c, bool *zeroed)
{
	void *p;
	size_t got = zeroed != NULL ? backend_fetch_zeroed(cpu_shard(), c, &p) : backend_fetch(cpu_shard(), c, 1, &p);
	if (got == 0)
		return NULL;
	if (zeroed != NULL)
		*zeroed = true;
	bin_moved(b, 1);
	stats_count(c, misses, 1);
	stats_count(c, fetched, 1);
	budget_fetched(sizeclass_pool[c].size);
	return p;
}

void *
get_inside(struct bin *b, unsigned c, bool *zeroed)
{
	if (unlikely(!demand_is_proven(c)))
		return get_one(b, c, zeroed);
	bin_prepare(b, c);
	if (bin_loaded(b) != NULL && !bin_armed(b))
		bin_arm_owner(b); /* revoked, but left alone or not drained (a fork) */
	if (bin_loaded_is_empty(b) && !get_from_spare(b) && !get_from_shards(b, c) && !get_from_victims(b, c)) {
		if (zeroed != NULL)
			return get_one(b, c, zeroed);
		if (!get_from_jemalloc(b, c))
			return NULL;
	}
	if (unlikely(bin_loaded(b)->pool != c))
		fatal("a magazine of another class in this bin", bin_loaded(b));
	return bin_pop_loaded(b);
}
