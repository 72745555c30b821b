#include "put.h"

#include "backend.h"
#include "budget.h"
#include "cpu.h"
#include "demand.h"
#include "magazine.h"
#include "shard.h"
#include "sizeclass.h"
#include "stats.h"

/* Over the budget's limit or the cap, or with every shard taken: a full magazine's objects go back to jemalloc, all at once. */
static struct magazine *
spill(struct bin *b, unsigned c, struct magazine *m)
{
	unsigned n = magazine_count(m);
	backend_release(cpu_shard(), c, n, m->slots);
	stats_count(c, released, n);
	bin_moved(b, -(int64_t)n);
	magazine_set_count(m, 0);
	return m;
}

/* Gives the full spare away and returns an empty magazine in its place. */
static struct magazine *
exchange_full(struct bin *b, unsigned c, struct magazine *full)
{
	struct magazine *empty = NULL;
	unsigned n = magazine_count(full);

	if (unlikely(budget_pressed(sizeclass_pool[c].size)))
		return spill(b, c, full);
	bin_grow(b, c);
	/* Without room for another magazine the cap is reached: then what is full can't be left behind. */
	struct magazine *fresh = full->room < b->room ? magazine_new(c, b->room) : NULL;
	if (!shard_put(cpu_shard(), c, full, &empty)) {
		if (fresh != NULL)
			magazine_free(fresh);
		return spill(b, c, full);
	}
	bin_moved(b, -(int64_t)n);
	if (fresh != NULL) {
		if (empty != NULL)
			magazine_free(empty);
		return fresh;
	}
	return empty != NULL ? empty : magazine_new(c, b->room);
}

/* Makes room in the loaded magazine; false over the cap. */
static bool
make_room(struct bin *b, unsigned c)
{
	struct magazine *spare = bin_spare(b), *empty;

	if (spare == NULL)
		empty = magazine_new(c, b->room);
	else if (magazine_count(spare) < spare->room)
		empty = spare;
	else
		empty = exchange_full(b, c, spare);
	bin_set_spare(b, NULL);
	if (empty == NULL) {
		/* Nothing to be had. What is loaded is full, or there is nothing: then the bin goes without. */
		struct magazine *loaded = bin_unload_owner(b);
		if (loaded == NULL)
			return false;
		bin_load_owner(b, spill(b, c, loaded));
		return true;
	}
	bin_set_spare(b, bin_load_owner(b, empty));
	return true;
}

/* As in get.c. */
static void
put_unproven(struct bin *b, unsigned c, void *p)
{
	backend_release_one(c, p);
	bin_moved(b, -1);
	stats_count(c, released, 1);
}

bool
put_inside(struct bin *b, unsigned c, void *p)
{
	if (unlikely(!demand_is_proven(c))) {
		put_unproven(b, c, p);
		return true;
	}
	bin_prepare(b, c);
	if (bin_loaded(b) != NULL && !bin_armed(b))
		bin_arm_owner(b);
	if (bin_loaded_is_full(b) && !make_room(b, c))
		return false;
	bin_push_loaded(b, p);
	return true;
}
