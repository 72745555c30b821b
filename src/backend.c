#include "backend.h"

#include "cpu.h"
#include "lock.h"
#include "pagemap.h"
#include "program.h"

#include <jemalloc/jemalloc.h>
#include <string.h>

/* What experimental.batch_alloc takes. */
struct batch {
	void **pointers;
	size_t count, size;
	int flags;
};

struct CACHE_ALIGNED source {
	struct lock lock;      /* the explicit cache serves one thread at a time */
	_Atomic int flags;     /* MALLOCX_ARENA | MALLOCX_TCACHE; 0: not made yet */
	unsigned arena, cache;
	bool cache_used;       /* since the last flush; under the lock */
	bool fetched;          /* the same, for fetches alone */
	_Atomic int64_t held;  /* bytes fetched here − bytes given back here */
};

static struct source sources[CPU_SHARDS_MAX];
static extent_hooks_t *default_hooks;
static extent_hooks_t pool_hooks;
static size_t batch_mib[4], batch_mib_len = 4;

/* Written by backend_configure, before a second thread exists. */
static ssize_t decay_ms = 1000;
static bool automatic_caches = true;

/* Objects that went back and were not fetched again: jemalloc has room for them in partly filled slabs. */
static _Atomic int64_t returned[POOLS_MAX + 1];

/* --- jemalloc's controls ------------------------------------------------------------------------------------------- */

static bool
read_control(const char *name, void *out, size_t size)
{
	size_t len = size;
	return mallctl(name, out, &len, NULL, 0) == 0 && len == size;
}

/* prefix.<i>.suffix, the form of every control of an arena or class. */
static bool
indexed_control(const char *prefix, unsigned i, const char *suffix, void *old, size_t old_size, void *new, size_t new_size)
{
	size_t mib[5], len = 5, got = old_size;
	char name[64] = { 0 };
	strcat(strcat(strcpy(name, prefix), ".0."), suffix);
	if (mallctlnametomib(name, mib, &len) != 0)
		return false;
	mib[len - 2] = i;
	return mallctlbymib(mib, len, old, old ? &got : NULL, new, new_size) == 0;
}

/* --- extent hooks: jemalloc's own, and the page map stays true (P1, P2) -------------------------------------------- */

static bool
hook_dalloc(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(p, n); /* before it is gone: whoever maps the address next must find zeros */
	return default_hooks->dalloc(default_hooks, p, n, committed, arena);
}

static void
hook_destroy(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(p, n);
	default_hooks->destroy(default_hooks, p, n, committed, arena);
}

/* A live object whose extent is split or merged was resized in place by the program through jemalloc's own API: it is not of
 * its class any more. For every other extent the byte of the first page means nothing until pagemap_set. */
static bool
hook_split(extent_hooks_t *hooks, void *p, size_t n, size_t a, size_t b, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(p, 1);
	return default_hooks->split(default_hooks, p, n, a, b, committed, arena);
}

static bool
hook_merge(extent_hooks_t *hooks, void *a, size_t a_size, void *b, size_t b_size, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(a, 1);
	pagemap_clear(b, 1);
	return default_hooks->merge(default_hooks, a, a_size, b, b_size, committed, arena);
}

/* The other hooks jemalloc calls with its own table as the first argument; they ignore it. */
static bool
make_hooks(void)
{
	if (!read_control("arena.0.extent_hooks", &default_hooks, sizeof default_hooks) || default_hooks == NULL)
		return false;
	if (!default_hooks->dalloc || !default_hooks->destroy || !default_hooks->split || !default_hooks->merge)
		return false;
	pool_hooks = *default_hooks;
	pool_hooks.dalloc = hook_dalloc;
	pool_hooks.destroy = hook_destroy;
	pool_hooks.split = hook_split;
	pool_hooks.merge = hook_merge;
	return true;
}

/* --- start --------------------------------------------------------------------------------------------------------- */

static unsigned
read_classes(struct sizeclass *all, unsigned most, size_t page)
{
	unsigned bins = 0, extents = 0, n = 0;
	if (!read_control("arenas.nbins", &bins, sizeof bins) || !read_control("arenas.nlextents", &extents, sizeof extents))
		return 0;
	for (unsigned i = 0; i < bins && n < most; i++, n++) {
		uint32_t objects = 0;
		if (!indexed_control("arenas.bin", i, "size", &all[n].size, sizeof all[n].size, NULL, 0) ||
		    !indexed_control("arenas.bin", i, "nregs", &objects, sizeof objects, NULL, 0))
			return 0;
		all[n].slab_objects = objects;
		all[n].alignment = size_min(all[n].size & -all[n].size, page);
	}
	for (unsigned i = 0; i < extents && n < most; i++, n++) {
		if (!indexed_control("arenas.lextent", i, "size", &all[n].size, sizeof all[n].size, NULL, 0))
			return 0;
		if (all[n].size > SIZECLASS_LIMIT)
			break;
		all[n].slab_objects = 0;
		all[n].alignment = CACHE_LINE; /* jemalloc shifts extents by whole cache lines inside their first page */
	}
	return n;
}

unsigned
backend_start(struct sizeclass *all, unsigned most)
{
	size_t page = 0;
	for (unsigned i = 0; i < CPU_SHARDS_MAX; i++)
		lock_init(&sources[i].lock, RANK_BACKEND);
	if (!read_control("arenas.page", &page, sizeof page) || page % ((size_t)1 << PAGEMAP_PAGE_BITS) != 0)
		return 0;
	if (mallctlnametomib("experimental.batch_alloc", batch_mib, &batch_mib_len) != 0 || !make_hooks())
		return 0;
	return read_classes(all, most, page);
}

/* Every class up to the largest that an automatic cache holds is pooled, and nobody here may call jemalloc's own API. */
static bool
automatic_cache_is_useless(void)
{
	size_t most = 0;
	return read_control("opt.tcache_max", &most, sizeof most) && sizeclass_all_pooled(most) && !program_needs("libjemalloc.so");
}

void
backend_configure(uint64_t ms)
{
	decay_ms = (ssize_t)ms;
	automatic_caches = !automatic_cache_is_useless();
}

void
backend_thread_begin(void)
{
	bool off = false;
	if (!automatic_caches)
		mallctl("thread.tcache.enabled", NULL, NULL, &off, sizeof off);
}

/* The flags that send a call to the shard's arena and cache; 0 when they can't be had. */
static COLD int
make_source_locked(struct source *s)
{
	extent_hooks_t *hooks = &pool_hooks;
	size_t len = sizeof s->arena;
	if (mallctl("arenas.create", &s->arena, &len, &hooks, sizeof hooks) != 0)
		return 0;
	len = sizeof s->cache;
	if (mallctl("tcache.create", &s->cache, &len, NULL, 0) != 0)
		return 0;
	indexed_control("arena", s->arena, "dirty_decay_ms", NULL, 0, &decay_ms, sizeof decay_ms);
	int flags = MALLOCX_ARENA(s->arena) | MALLOCX_TCACHE(s->cache);
	atomic_store_explicit(&s->flags, flags, memory_order_release); /* sync: backend.source, publishes the arena */
	return flags;
}

static int
source_flags(const struct source *s)
{
	return atomic_load_explicit(&s->flags, memory_order_acquire); /* sync: backend.source */
}

/* The nearest source whose lock is free; the own one, waited for, when none is. */
static struct source *
lock_some_source(unsigned shard)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct source *s = &sources[(shard + i) % cpu_shards];
		if (lock_try(&s->lock))
			return s;
	}
	lock_take(&sources[shard].lock);
	return &sources[shard];
}

/* --- batches ------------------------------------------------------------------------------------------------------- */

static bool
worth_fresh_slabs(unsigned c, size_t n)
{
	/* sync: none, a hint. Fresh slabs never use the room in partly filled ones */
	return n >= sizeclass_pool[c].slab_objects && atomic_load_explicit(&returned[c], memory_order_relaxed) <= 0;
}

/* A class that grows gets whole fresh slabs, and no more than these; any other what its partly filled slabs have, through the cache,
 * less than a slab at a time: a batch of a slab would be taken from a fresh one. */
static size_t
fetch_locked(struct source *s, int flags, unsigned c, size_t n, void **out)
{
	unsigned slab = sizeclass_pool[c].slab_objects;
	size_t step = n, filled = 0;
	if (slab > 1 && worth_fresh_slabs(c, n))
		step = n -= n % slab;
	else if (slab > 1)
		step = size_min(n, slab - 1);
	s->cache_used = s->fetched = true;
	while (filled < n) {
		struct batch b = { out + filled, size_min(step, n - filled), sizeclass_pool[c].size, flags };
		size_t got = 0, len = sizeof got;
		if (mallctlbymib(batch_mib, batch_mib_len, &got, &len, &b, sizeof b) != 0 || got == 0)
			break;
		filled += got;
	}
	return filled;
}

/* Drops from out[] what the page map has no room for; practically nothing ever. */
static size_t
mark(unsigned c, size_t n, void **out)
{
	uintptr_t marked = UINTPTR_MAX; /* the page before: objects of a slab come one after the other */
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		uintptr_t page = (uintptr_t)out[i] >> PAGEMAP_PAGE_BITS;
		if (likely(page == marked || pagemap_set(out[i], c))) {
			marked = page;
			out[kept++] = out[i];
		} else {
			sdallocx(out[i], sizeclass_pool[c].size, MALLOCX_TCACHE_NONE);
		}
	}
	return kept;
}

static void
note_fetched(struct source *s, unsigned c, size_t n)
{
	/* sync: none, a figure */
	atomic_fetch_add_explicit(&s->held, (int64_t)(n * sizeclass_pool[c].size), memory_order_relaxed);
	/* sync: none, a hint; may pass below zero for a moment */
	if (atomic_load_explicit(&returned[c], memory_order_relaxed) > 0)
		atomic_fetch_sub_explicit(&returned[c], (int64_t)n, memory_order_relaxed); /* sync: none, as above */
}

static void
note_released(struct source *s, unsigned c, size_t n)
{
	/* sync: none, a figure and a hint */
	atomic_fetch_sub_explicit(&s->held, (int64_t)(n * sizeclass_pool[c].size), memory_order_relaxed);
	atomic_fetch_add_explicit(&returned[c], (int64_t)n, memory_order_relaxed); /* sync: none, as above */
}

uint64_t
backend_held_bytes(void)
{
	int64_t sum = 0;
	for (unsigned i = 0; i < cpu_shards; i++)
		sum += atomic_load_explicit(&sources[i].held, memory_order_relaxed); /* sync: none, a figure */
	return sum > 0 ? (uint64_t)sum : 0;
}

size_t
backend_fetch(unsigned shard, unsigned c, size_t n, void **out)
{
	struct source *s = lock_some_source(shard);
	int flags = source_flags(s);
	if (flags == 0)
		flags = make_source_locked(s);
	size_t got = flags == 0 ? 0 : fetch_locked(s, flags, c, n, out);
	lock_give(&s->lock);
	note_fetched(s, c, got);
	return mark(c, got, out);
}

void
backend_release(unsigned shard, unsigned c, size_t n, void *const *in)
{
	size_t size = sizeclass_pool[c].size;
	struct source *s = lock_some_source(shard);
	int flags = source_flags(s) == 0 ? MALLOCX_TCACHE_NONE : MALLOCX_TCACHE(s->cache);
	s->cache_used = true;
	for (size_t i = 0; i < n; i++)
		sdallocx(in[i], size, flags);
	lock_give(&s->lock);
	note_released(s, c, n);
}

void *
backend_fetch_one(unsigned shard, unsigned c)
{
	struct source *s = &sources[shard];
	if (source_flags(s) == 0)
		return backend_malloc(sizeclass_pool[c].size); /* no arena of ours: the page map says 0, and free knows */
	/* A batch of one: called from inside jemalloc, mallocx answers from an arena that is not ours, which the page map must not know
	 * (P1), and a batch does not answer. */
	void *p;
	struct batch b = { &p, 1, sizeclass_pool[c].size, MALLOCX_ARENA(s->arena) | MALLOCX_TCACHE_NONE };
	size_t got = 0, len = sizeof got;
	if (mallctlbymib(batch_mib, batch_mib_len, &got, &len, &b, sizeof b) != 0 || got == 0)
		return backend_malloc(sizeclass_pool[c].size); /* as above */
	if (mark(c, 1, &p) == 0)
		return NULL;
	note_fetched(s, c, 1);
	return p;
}

void
backend_release_one(unsigned c, void *p)
{
	sdallocx(p, sizeclass_pool[c].size, MALLOCX_TCACHE_NONE);
	note_released(&sources[cpu_shard()], c, 1);
}

/* Returns whether anything was fetched since the last time. */
static bool
empty_cache(struct source *s)
{
	lock_take(&s->lock);
	bool fetched = s->fetched;
	if (s->cache_used)
		mallctl("tcache.flush", NULL, NULL, &s->cache, sizeof s->cache);
	s->cache_used = s->fetched = false;
	lock_give(&s->lock);
	return fetched;
}

void
backend_fork_prepare(void)
{
	for (unsigned i = 0; i < cpu_shards; i++)
		if (source_flags(&sources[i]) != 0 && !lock_mine(&sources[i].lock))
			empty_cache(&sources[i]);
}

void
backend_flush(bool now)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct source *s = &sources[i];
		if (source_flags(s) == 0)
			continue;
		/* Who fetched in this epoch will like these pages again; for nobody they are not kept. */
		bool wanted = empty_cache(s) && !now;
		indexed_control("arena", s->arena, wanted ? "decay" : "purge", NULL, 0, NULL, 0);
	}
}

size_t
backend_purge_all(void)
{
	uint64_t epoch = 1;
	size_t len = sizeof epoch, dirty = 0, muzzy = 0, page = 0;
	mallctl("epoch", NULL, NULL, &epoch, len);
	read_control("arenas.page", &page, sizeof page);
	indexed_control("stats.arenas", MALLCTL_ARENAS_ALL, "pdirty", &dirty, sizeof dirty, NULL, 0);
	indexed_control("stats.arenas", MALLCTL_ARENAS_ALL, "pmuzzy", &muzzy, sizeof muzzy, NULL, 0);
	indexed_control("arena", MALLCTL_ARENAS_ALL, "purge", NULL, 0, NULL, 0);
	return (dirty + muzzy) * page;
}

/* --- single calls -------------------------------------------------------------------------------------------------- */

void *
backend_malloc(size_t n)
{
	return mallocx(n, 0);
}

void *
backend_zalloc(size_t n)
{
	return mallocx(n, MALLOCX_ZERO);
}

void *
backend_aligned(size_t alignment, size_t n)
{
	return mallocx(n, MALLOCX_ALIGN(alignment));
}

void *
backend_realloc(void *p, size_t n)
{
	return rallocx(p, n, 0);
}

void
backend_free(void *p)
{
	dallocx(p, 0);
}

size_t
backend_usable_size(const void *p)
{
	return sallocx(p, 0);
}

/* --- figures ------------------------------------------------------------------------------------------------------- */

static uint64_t
stat(const char *name)
{
	size_t v = 0;
	return read_control(name, &v, sizeof v) ? v : 0;
}

bool
backend_read_figures(struct backend_figures *out)
{
	uint64_t epoch = 1;
	size_t len = sizeof epoch;
	if (mallctl("epoch", &epoch, &len, &epoch, sizeof epoch) != 0)
		return false;
	out->allocated = stat("stats.allocated");
	out->active = stat("stats.active");
	out->resident = stat("stats.resident");
	out->mapped = stat("stats.mapped");
	out->retained = stat("stats.retained");
	return true;
}
