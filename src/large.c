/* See large.h. */
#include "large.h"

#include "control.h"
#include "cpu.h"
#include "frames.h"
#include "shortage.h"

#include <jemalloc/jemalloc.h>

#define GROUNDS_MAX 4u
#define SHARDS_EACH 16u                 /* CPUs that share a ground */
#define WORTH_A_GROUND ((size_t)4 << 20) /* bytes, asked for by one call or by all so far: a ground costs as much as a block of half a MiB */
#define KEPT_ALONE ((size_t)8 << 20)    /* bytes that may lie kept where nobody turns the epochs */
#define KEPT_SHARE 8u                   /* the share of what was alive at most that may lie kept beyond it: one eighth … */
#define KEPT_LEAST ((size_t)16 << 20)    /* … and so many bytes in any case */

struct CACHE_ALIGNED ground {
	extent_hooks_t hooks;         /* first: jemalloc hands it to them */
	unsigned arena;
	const _Atomic size_t *active; /* pages of live blocks: jemalloc's own count */
	_Atomic int flags;            /* MALLOCX_ARENA; 0: not made yet */
	_Atomic bool making, purging;
	_Atomic bool asked;           /* for a block, since the last aging */
	_Atomic int64_t backed;       /* bytes */
	_Atomic size_t most[2];       /* bytes alive at most: in this epoch, and in the last one */
};

static struct ground grounds[GROUNDS_MAX];
static extent_hooks_t *default_hooks;
static ssize_t decay_ms;
static size_t page;
static bool able;
static _Atomic bool kept;
static _Atomic size_t asked_so_far;

struct range {
	char *at;
	size_t n;
	struct ground *of;
};

static THREAD_LOCAL struct range *fresh; /* where the hook says what it has committed for this thread; a call's own, and a handler's inside it another */
static THREAD_LOCAL struct range hungry; /* where what this thread purges goes */

/* --- hooks --------------------------------------------------------------------------------------------------------- */

static struct ground *
ground_of(extent_hooks_t *hooks)
{
	return (struct ground *)hooks;
}

static void
count(extent_hooks_t *hooks, int64_t bytes)
{
	atomic_fetch_add_explicit(&ground_of(hooks)->backed, bytes, memory_order_relaxed); /* sync: none, a figure */
}

/* What jemalloc has no use for yet it takes for decommitted. */
static void *
hook_alloc(extent_hooks_t *hooks, void *at, size_t n, size_t alignment, bool *zero, bool *commit, unsigned arena)
{
	(void)hooks;
	void *p = default_hooks->alloc(default_hooks, at, n, alignment, zero, commit, arena);
	*commit = false;
	return p;
}

static bool
hook_commit(extent_hooks_t *hooks, void *p, size_t n, size_t from, size_t length, unsigned arena)
{
	(void)n;
	(void)arena;
	count(hooks, (int64_t)length);
	if (fresh != NULL)
		*fresh = (struct range){ (char *)p + from, length, ground_of(hooks) };
	return false;
}

static bool
hook_decommit(extent_hooks_t *hooks, void *p, size_t n, size_t from, size_t length, unsigned arena)
{
	(void)n;
	(void)arena;
	char *at = (char *)p + from;
	size_t fed = frames_move(at, length, hungry.at, hungry.n);
	hungry.at += fed;
	hungry.n -= fed;
	if (!frames_drop(at, length))
		return true;
	count(hooks, -(int64_t)length);
	return false;
}

/* Retained, unless jemalloc does otherwise. */
static bool
hook_dalloc(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	if (default_hooks->dalloc(default_hooks, p, n, committed, arena))
		return true;
	if (committed)
		count(hooks, -(int64_t)n);
	return false;
}

static void
hook_destroy(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	if (committed)
		count(hooks, -(int64_t)n);
	default_hooks->destroy(default_hooks, p, n, committed, arena);
}

static void
set_hooks(extent_hooks_t *hooks)
{
	*hooks = *default_hooks;
	hooks->alloc = hook_alloc;
	hooks->commit = hook_commit;
	hooks->decommit = hook_decommit;
	hooks->dalloc = hook_dalloc;
	hooks->destroy = hook_destroy;
	hooks->purge_lazy = NULL; /* decommitting is all there is */
	hooks->purge_forced = NULL;
}

/* --- grounds ------------------------------------------------------------------------------------------------------- */

static int
flags_of(const struct ground *g)
{
	return atomic_load_explicit(&g->flags, memory_order_acquire); /* sync: large.arena */
}

static bool
is_set(const _Atomic bool *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed); /* sync: none, a hint */
}

static void
set(_Atomic bool *flag, bool value)
{
	if (is_set(flag) != value)
		atomic_store_explicit(flag, value, memory_order_relaxed); /* sync: none, a hint */
}

static size_t
read_bytes(const _Atomic size_t *bytes)
{
	return atomic_load_explicit(bytes, memory_order_relaxed); /* sync: none, a figure */
}

static size_t
alive_bytes(const struct ground *g)
{
	return read_bytes(g->active) * page;
}

static size_t
backed_bytes(const struct ground *g)
{
	int64_t bytes = atomic_load_explicit(&g->backed, memory_order_relaxed); /* sync: none, a figure */
	return bytes > 0 ? (size_t)bytes : 0;
}

static size_t
kept_bytes(const struct ground *g)
{
	size_t backed = backed_bytes(g), alive = alive_bytes(g);
	return backed > alive ? backed - alive : 0;
}

/* Whoever turns it on first; everybody else goes without it meanwhile. */
static bool
take(_Atomic bool *flag)
{
	return !atomic_exchange_explicit(flag, true, memory_order_relaxed); /* sync: none, of all callers one goes on */
}

/* jemalloc lets its counter be found once it has looked at the arena for its statistics. */
static bool
find_counter(struct ground *g)
{
	struct control_figures unused;
	return control_read_figures(&unused) &&
	    control_indexed("experimental.arenas", g->arena, "pactivep", &g->active, sizeof g->active, NULL, 0);
}

static COLD int
make_ground(struct ground *g)
{
	if (!take(&g->making)) /* for ever, where it does not work */
		return 0;
	set_hooks(&g->hooks);
	if (!control_make_arena(&g->hooks, decay_ms, &g->arena) || !find_counter(g))
		return 0;
	int flags = MALLOCX_ARENA(g->arena) | MALLOCX_TCACHE_NONE;
	atomic_store_explicit(&g->flags, flags, memory_order_release); /* sync: large.arena */
	return flags;
}

static bool
worth_a_ground(size_t n)
{
	/* sync: none, a figure */
	return n + atomic_fetch_add_explicit(&asked_so_far, n, memory_order_relaxed) >= WORTH_A_GROUND;
}

static struct ground *
ground_here(void)
{
	return &grounds[cpu_shard() / SHARDS_EACH % GROUNDS_MAX];
}

/* --- what is kept -------------------------------------------------------------------------------------------------- */

static void
purge(struct ground *g, struct range into)
{
	if (!take(&g->purging))
		return;
	struct range before = hungry;
	hungry = into;
	control_indexed("arena", g->arena, "purge", NULL, 0, NULL, 0);
	hungry = before;
	set(&g->purging, false);
}

static size_t
most_alive(const struct ground *g)
{
	return size_max(read_bytes(&g->most[0]), read_bytes(&g->most[1]));
}

static void
set_bytes(_Atomic size_t *bytes, size_t value)
{
	atomic_store_explicit(bytes, value, memory_order_relaxed); /* sync: none, a figure */
}

static bool
over_the_limit(const struct ground *g)
{
	size_t most = most_alive(g);
	return backed_bytes(g) > most + size_max(most / KEPT_SHARE, KEPT_LEAST);
}

/* The new range takes all that is kept: nothing that could be had for later is lost. */
static bool
can_be_moved(size_t bytes, const struct range *to)
{
	return bytes <= to->n && frames_can_move();
}

/* A block was asked for in g; `new` is new under it, and nobody has been given that yet. */
static void
settle(struct ground *g, struct range new)
{
	size_t alive = alive_bytes(g), idle;
	if (alive > read_bytes(&g->most[0]))
		set_bytes(&g->most[0], alive);
	set(&g->asked, true);
	if (new.n != 0 && (idle = kept_bytes(g)) != 0 && (can_be_moved(idle, &new) || over_the_limit(g)))
		purge(g, new);
}

/* The part of a range that lies in the pages of the block at p: all of it, or something is not as it should be. */
static struct range
within(const char *p, struct range new)
{
	size_t first = (size_t)(uintptr_t)p & (page - 1);
	bool inside = new.n != 0 && new.at >= p - first && new.at + new.n <= p + sallocx(p, 0) + 2 * page;
	return inside ? new : (struct range){ NULL, 0, NULL };
}

static void *
allocate(size_t n, int flags, struct range *new)
{
	struct range *before = fresh;
	fresh = new;
	void *p = mallocx(n, flags);
	fresh = before;
	return p;
}

void *
large_malloc(size_t n, size_t alignment)
{
	if (!able || !shortage_has_state())
		return NULL;
	struct range new = { NULL, 0, NULL };
	struct ground *g = ground_here();
	int flags = flags_of(g);
	if (unlikely(flags == 0) && (!worth_a_ground(n) || (flags = make_ground(g)) == 0))
		return NULL;
	void *p = allocate(n, flags | MALLOCX_ALIGN(alignment), &new);
	if (likely(p != NULL))
		settle(g, within(p, new));
	return p;
}

bool
large_resize(void *p, size_t n)
{
	struct range new = { NULL, 0, NULL }, *before = fresh;
	fresh = &new;
	bool done = xallocx(p, n, 0, 0) >= n;
	fresh = before;
	if (new.n != 0)
		settle(new.of, within(p, new));
	return done;
}

static void
each_ground(void (*what)(struct ground *g))
{
	for (unsigned i = 0; i < GROUNDS_MAX; i++)
		if (flags_of(&grounds[i]) != 0)
			what(&grounds[i]);
}

static void
purge_all(struct ground *g)
{
	purge(g, (struct range){ NULL, 0, g });
}

static void
purge_if_much(struct ground *g)
{
	if (kept_bytes(g) > KEPT_ALONE)
		purge_all(g);
}

void
large_freed(void)
{
	if (unlikely(!is_set(&kept)))
		each_ground(purge_if_much);
}

void
large_set_kept(bool value)
{
	set(&kept, value);
}

static void
age(struct ground *g)
{
	set_bytes(&g->most[1], read_bytes(&g->most[0]));
	set_bytes(&g->most[0], alive_bytes(g));
	if (is_set(&g->asked))
		control_indexed("arena", g->arena, "decay", NULL, 0, NULL, 0);
	else if (kept_bytes(g) != 0)
		purge_all(g);
	set(&g->asked, false);
}

void
large_age(bool purge_them)
{
	each_ground(purge_them ? purge_all : age);
	frames_recount();
}

uint64_t
large_backed_bytes(void)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i < GROUNDS_MAX; i++)
		bytes += backed_bytes(&grounds[i]);
	return bytes;
}

uint64_t
large_kept_bytes(void)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i < GROUNDS_MAX; i++)
		bytes += flags_of(&grounds[i]) != 0 ? kept_bytes(&grounds[i]) : 0;
	return bytes;
}

/* --- start and fork ------------------------------------------------------------------------------------------------ */

static bool
option_is(const char *name, bool value)
{
	bool is;
	return control_read(name, &is, sizeof is) && is == value;
}

/* Without retained addresses every block is a mapping of its own, and nothing is ever kept. */
void
large_start(uint64_t ms)
{
	decay_ms = (ssize_t)ms;
	able = control_read("arenas.page", &page, sizeof page) && option_is("opt.retain", true) &&
	    control_read("arena.0.extent_hooks", &default_hooks, sizeof default_hooks) && default_hooks != NULL &&
	    default_hooks->alloc != NULL && default_hooks->dalloc != NULL && default_hooks->destroy != NULL;
	if (!option_is("opt.zero", false)) /* fresh memory is zero then, and must stay so */
		frames_forbid();
}

void
large_fork_child(void)
{
	for (unsigned i = 0; i < GROUNDS_MAX; i++) {
		set(&grounds[i].purging, false);
		set(&grounds[i].making, flags_of(&grounds[i]) != 0);
	}
}
