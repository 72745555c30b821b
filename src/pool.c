#include "pool.h"

#include "backend.h"
#include "cpu.h"
#include "fatal.h"
#include "magazine.h"
#include "shard.h"
#include "stats.h"

#include <errno.h>
#include <string.h>

void (*pool_tick_hook)(void);
_Atomic bool pool_wants_ticks;
_Atomic uint32_t pool_rotation;
_Atomic bool pool_owners_hand_in;
int pool_reset_byte = -1;

#define FIRST_BYTES 2048u      /* a class starts with magazines and refills of about this size … */
#define FIRST_ROOM 6u          /* … and at most this many objects */
#define TICK_EVERY 32u         /* slow paths between two looks at the clock */

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
	stats_count(c, puts_slow, 1);
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
		stats_count_owner(&t->counters[0], passed_through, 1);
	else
		stats_count(0, passed_through, 1);
}

/* --- magazines for a bin; its cache's lock is held ------------------------------------------------------------------ */

static unsigned
first_room(unsigned c)
{
	return (unsigned)size_max(1, size_min(FIRST_BYTES / sizeclass_pool[c].size, size_min(FIRST_ROOM, magazine_room_max[c])));
}

static void
grow(struct bin *b, unsigned c)
{
	b->room = (uint16_t)size_min(b->room * 2u + 2u, magazine_room_max[c]);
}

static void
prepare_bin(struct bin *b, unsigned c)
{
	if (unlikely(b->room == 0)) {
		b->room = (uint16_t)first_room(c);
		b->take = 1;
	}
	if (unlikely(b->refill == 0))
		b->refill = (uint16_t)first_room(c);
}

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

/* --- get ----------------------------------------------------------------------------------------------------------- */

static void *
pop_loaded(struct bin *b)
{
	void **top = atomic_load_explicit(&b->top, memory_order_relaxed) - 1; /* sync: none, our own */
	atomic_store_explicit(&b->top, top, memory_order_relaxed);            /* sync: none, our own */
	bin_moved(b, -1);
	return *top;
}

static bool
loaded_is_empty(const struct bin *b)
{
	const struct magazine *m = bin_loaded(b);
	return m == NULL || atomic_load_explicit(&b->top, memory_order_relaxed) == m->slots; /* sync: none, our own */
}

static bool
loaded_is_full(const struct bin *b)
{
	const struct magazine *m = bin_loaded(b);
	return m == NULL || atomic_load_explicit(&b->top, memory_order_relaxed) == m->slots + m->room; /* sync: none, our own */
}

/* Lays n objects under the loaded magazine's top, so that out[0] is popped first. */
static void
lay_in(struct bin *b, size_t n, void *const *in)
{
	void **top = atomic_load_explicit(&b->top, memory_order_relaxed); /* sync: none, our own */
	for (size_t i = n; i-- > 0;)
		*top++ = in[i];
	atomic_store_explicit(&b->top, top, memory_order_relaxed); /* sync: none, our own */
	bin_moved(b, (int64_t)n);
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
get_from_shards(struct thread_cache *t, struct bin *b, unsigned c)
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
	grow(b, c);
	if (level == SHARD_OWN)
		stats_count_owner(&t->counters[c], gets_shared, 1);
	else
		stats_count_owner(&t->counters[c], gets_steal, 1);
	return true;
}

static bool
get_from_victims(struct thread_cache *t, struct bin *b, unsigned c)
{
	void *taken[MAGAZINE_SLOTS_MAX];
	if (!load_empty(b, c))
		return false;
	size_t n = shard_get_victims(cpu_shard(), c, taken, size_min(b->take, bin_loaded(b)->room));
	if (n == 0)
		return false;
	b->take = (uint16_t)size_min(b->take * 2u, magazine_room_max[c]);
	if (b->take > b->room)
		grow(b, c);
	lay_in(b, n, taken);
	stats_count_owner(&t->counters[c], gets_victim, 1);
	return true;
}

/* A refill starts small and doubles while the class keeps missing. */
static bool
get_from_jemalloc(struct thread_cache *t, struct bin *b, unsigned c)
{
	void *fetched[MAGAZINE_SLOTS_MAX];
	if (!load_empty(b, c))
		return false;
	size_t n = backend_fetch(cpu_shard(), c, size_min(b->refill, bin_loaded(b)->room), fetched);
	if (n == 0)
		return false;
	b->refill = (uint16_t)size_min(b->refill * 2u, magazine_room_max[c]);
	if (b->refill > b->room)
		grow(b, c);
	lay_in(b, n, fetched);
	stats_count_owner(&t->counters[c], misses, 1);
	stats_count_owner(&t->counters[c], fetched, n);
	return true;
}

static void *
get_inside(struct thread_cache *t, struct bin *b, unsigned c)
{
	prepare_bin(b, c);
	if (bin_loaded(b) != NULL && !bin_armed(b))
		bin_arm_owner(b); /* revoked, but left alone or not drained (a fork) */
	if (!loaded_is_empty(b) || get_from_spare(b))
		stats_count_owner(&t->counters[c], gets_spare, 1);
	else if (!get_from_shards(t, b, c) && !get_from_victims(t, b, c) && !get_from_jemalloc(t, b, c))
		return NULL;
	if (unlikely(bin_loaded(b)->pool != c))
		fatal("a magazine of another class in this bin", bin_loaded(b));
	return pop_loaded(b);
}

/* --- put ----------------------------------------------------------------------------------------------------------- */

static void
push_loaded(struct bin *b, void *p)
{
	lay_in(b, 1, &p);
}

/* Over the cap, or with every shard taken: the spare's objects go back to jemalloc, all at once. */
static struct magazine *
spill(struct thread_cache *t, struct bin *b, unsigned c, struct magazine *m)
{
	unsigned n = magazine_count(m);
	backend_release(cpu_shard(), c, n, m->slots);
	stats_count_owner(&t->counters[c], released, n);
	bin_moved(b, -(int64_t)n);
	magazine_set_count(m, 0);
	return m;
}

/* Gives the full spare away and returns an empty magazine in its place. */
static struct magazine *
exchange_full(struct thread_cache *t, struct bin *b, unsigned c, struct magazine *full)
{
	struct magazine *empty = NULL;
	unsigned n = magazine_count(full);

	grow(b, c);
	/* Without room for another magazine the cap is reached: then what is full can't be left behind. */
	struct magazine *fresh = full->room < b->room ? magazine_new(c, b->room) : NULL;
	if (!shard_put(cpu_shard(), c, full, &empty)) {
		if (fresh != NULL)
			magazine_free(fresh);
		return spill(t, b, c, full);
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
make_room(struct thread_cache *t, struct bin *b, unsigned c)
{
	struct magazine *spare = bin_spare(b), *empty;

	if (spare == NULL)
		empty = magazine_new(c, b->room);
	else if (magazine_count(spare) < spare->room)
		empty = spare;
	else
		empty = exchange_full(t, b, c, spare);
	bin_set_spare(b, NULL);
	if (empty == NULL) {
		/* Nothing to be had. What is loaded is full, or there is nothing: then the bin goes without. */
		struct magazine *loaded = bin_unload_owner(b);
		if (loaded == NULL)
			return false;
		bin_load_owner(b, spill(t, b, c, loaded));
		return true;
	}
	bin_set_spare(b, bin_load_owner(b, empty));
	return true;
}

static bool
put_inside(struct thread_cache *t, struct bin *b, unsigned c, void *p)
{
	prepare_bin(b, c);
	if (bin_loaded(b) != NULL && !bin_armed(b))
		bin_arm_owner(b);
	if (loaded_is_full(b) && !make_room(t, b, c))
		return false;
	push_loaded(b, p);
	stats_count_owner(&t->counters[c], puts_slow, 1);
	return true;
}

/* --- the brackets of both ------------------------------------------------------------------------------------------- */

static void
victims_of_mine(unsigned c, struct magazine *m)
{
	shard_add_victim(cpu_shard(), c, m);
}

/* Where nobody can drain us: once for each rotation, the owner hands in all that it holds. */
static void
hand_in(struct thread_cache *t)
{
	uint32_t now = atomic_load_explicit(&pool_rotation, memory_order_relaxed); /* sync: none, a hint to hurry */
	if (t->rotation == now)
		return;
	t->rotation = now;
	thread_give_up(t, victims_of_mine);
}

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
leave(struct thread_cache *t, struct bin *b)
{
	atomic_store_explicit(&t->armed, true, memory_order_relaxed); /* sync: none, under the lock */
	bin_leave_owner(b);
	if (unlikely(atomic_load_explicit(&pool_owners_hand_in, memory_order_relaxed))) /* sync: none, a setting */
		hand_in(t);
	thread_leave_owner(t);
	if (atomic_load_explicit(&pool_wants_ticks, memory_order_relaxed) && ++t->ticks % TICK_EVERY == 0) /* sync: none, a hint */
		pool_tick_hook();
}

void *
pool_get(unsigned c)
{
	struct thread_cache *t = thread_own();
	void *p = t == NULL ? NULL : bin_pop_owner(&t->bins[c]);
	if (p != NULL)
		return p;
	struct bin *b = enter(t, c);
	if (b == NULL)
		return get_past(c);
	p = get_inside(t, b, c);
	leave(t, b);
	return p != NULL ? p : get_past(c);
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
	bool done = put_inside(t, b, c, p);
	leave(t, b);
	if (!done)
		put_past(c, p);
}

/* --- the slow ways of malloc and free -------------------------------------------------------------------------------- */

static void *
get_unpooled(size_t n)
{
	pool_count_unpooled();
	void *p = backend_malloc(size_max(n, 1));
	return p != NULL ? p : out_of_memory();
}

void *
pool_malloc_slow(size_t n)
{
	if (unlikely(thread_self() == NULL) && !pool_start_hook()) {
		void *p = backend_malloc(size_max(n, 1)); /* not ready: not even counted */
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
		memset(p, pool_reset_byte, c != 0 ? sizeclass_pool[c].size : backend_usable_size(p));
	if (c != 0) {
		put(c, p);
	} else {
		pool_count_unpooled();
		backend_free(p);
	}
	errno = saved;
}

size_t
pool_prewarm(unsigned c, size_t objects)
{
	size_t done = 0;
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
