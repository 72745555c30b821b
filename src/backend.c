#include "backend.h"

#include "control.h"
#include "cpu.h"
#include "demand.h"
#include "extents.h"
#include "lock.h"
#include "pagemap.h"
#include "plain.h"
#include "prefault.h"
#include "shortage.h"
#include "tcache.h"

#include <jemalloc/jemalloc.h>

struct CACHE_ALIGNED source {
	struct lock lock;      /* the explicit cache serves one thread at a time */
	_Atomic int flags;     /* MALLOCX_ARENA; 0: not made yet */
	unsigned arena, cache;
	bool cached;           /* there is a cache: from its first use to the next flush; under the lock */
	bool fetched;          /* since the pages were aged; under the lock */
	_Atomic int64_t held;  /* bytes fetched here − bytes given back here */
	_Atomic int64_t most;  /* of that, since the pages were given up: with more, memory is fresh; written under the lock */
};

/* With huge pages, objects larger than a page have sources of their own: a program need not touch all of one. */
enum kind { SMALL, LARGE, KINDS };
static struct source sources[KINDS][CPU_SHARDS_MAX];
static size_t batch_mib[4], batch_mib_len = 4;

/* Written by backend_configure, before a second thread exists. */
static ssize_t decay_ms = 1000;

/* --- start --------------------------------------------------------------------------------------------------------- */

static unsigned
read_classes(struct sizeclass *all, unsigned most, size_t page)
{
	unsigned bins = 0, extents = 0, n = 0;
	if (!control_read("arenas.nbins", &bins, sizeof bins) || !control_read("arenas.nlextents", &extents, sizeof extents))
		return 0;
	for (unsigned i = 0; i < bins && n < most; i++, n++) {
		uint32_t objects = 0;
		if (!control_indexed("arenas.bin", i, "size", &all[n].size, sizeof all[n].size, NULL, 0) ||
		    !control_indexed("arenas.bin", i, "nregs", &objects, sizeof objects, NULL, 0))
			return 0;
		all[n].slab_objects = objects;
		all[n].alignment = size_min(all[n].size & -all[n].size, page);
	}
	for (unsigned i = 0; i < extents && n < most; i++, n++) {
		if (!control_indexed("arenas.lextent", i, "size", &all[n].size, sizeof all[n].size, NULL, 0))
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
	for (unsigned i = 0; i < CPU_SHARDS_MAX; i++) {
		lock_init(&sources[SMALL][i].lock, RANK_BACKEND);
		lock_init(&sources[LARGE][i].lock, RANK_BACKEND);
	}
	if (!control_read("arenas.page", &page, sizeof page) || page % ((size_t)1 << PAGEMAP_PAGE_BITS) != 0)
		return 0;
	if (mallctlnametomib("experimental.batch_alloc", batch_mib, &batch_mib_len) != 0 || !extents_init())
		return 0;
	return read_classes(all, most, page);
}

void
backend_configure(uint64_t ms)
{
	decay_ms = (ssize_t)ms;
	tcache_configure();
}

/* The flags that send a call to the source's arena; 0 when there can be none. */
static COLD int
make_source_locked(struct source *s)
{
	if (!control_make_arena(extents_hooks(s < sources[LARGE]), decay_ms, &s->arena))
		return 0;
	int flags = MALLOCX_ARENA(s->arena);
	atomic_store_explicit(&s->flags, flags, memory_order_release); /* sync: backend.source, publishes the arena */
	return flags;
}

static int
source_flags(const struct source *s)
{
	return atomic_load_explicit(&s->flags, memory_order_acquire); /* sync: backend.source */
}

/* The flag of the shard's explicit cache; it goes without when memory has run out. tcache.flush would have jemalloc make it anew behind
 * its next use, and without asking. */
static int
cache_flag_locked(struct source *s)
{
	size_t len = sizeof s->cache;
	if (!s->cached)
		s->cached = shortage_has_arena() && mallctl("tcache.create", &s->cache, &len, NULL, 0) == 0;
	return s->cached ? MALLOCX_TCACHE(s->cache) : MALLOCX_TCACHE_NONE;
}

static struct source *
source_of(unsigned shard, unsigned c)
{
	return &sources[sizeclass_pool[c].size > SIZECLASS_TOUCHED_MAX && extents_huge() ? LARGE : SMALL][shard];
}

/* The nearest source whose lock is free; the own one, waited for, when none is. */
static struct source *
lock_some_source(unsigned shard, unsigned c)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct source *s = source_of((shard + i) % cpu_shards, c);
		if (lock_try(&s->lock))
			return s;
	}
	lock_take(&source_of(shard, c)->lock);
	return source_of(shard, c);
}

/* Calls `what` for every source that has an arena; true when each of these calls was. */
static bool
each_source(bool (*what)(struct source *s, enum backend_pages pages), enum backend_pages pages)
{
	bool all = true;
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < cpu_shards; i++)
			if (source_flags(&sources[kind][i]) != 0)
				all &= what(&sources[kind][i], pages);
	return all;
}

/* --- batches ------------------------------------------------------------------------------------------------------- */

static bool
worth_fresh_slabs(unsigned c, size_t n)
{
	return n >= sizeclass_pool[c].slab_objects && !demand_left_room(c); /* they never use the room in partly filled ones */
}

/* A class that grows gets whole fresh slabs, and no more than these; any other what its partly filled slabs have, through the cache,
 * less than a slab at a time: a batch of a slab would be taken from a fresh one. */
static size_t
fetch_locked(struct source *s, int flags, unsigned c, size_t n, void **out, bool *whole_slabs)
{
	unsigned slab = sizeclass_pool[c].slab_objects;
	size_t step = n, filled = 0;
	*whole_slabs = slab > 1 && worth_fresh_slabs(c, n);
	if (*whole_slabs)
		step = n -= n % slab;
	else if (slab > 1)
		step = size_min(n, slab - 1);
	s->fetched = true;
	flags |= demand_is_proven(c) ? cache_flag_locked(s) : MALLOCX_TCACHE_NONE; /* a cache would lay up some for it */
	while (filled < n) {
		struct control_batch b = { out + filled, size_min(step, n - filled), sizeclass_pool[c].size, flags };
		size_t got = 0, len = sizeof got;
		if (mallctlbymib(batch_mib, batch_mib_len, &got, &len, &b, sizeof b) != 0 || got == 0)
			break;
		filled += got;
	}
	return filled;
}

static int64_t
held_by(const struct source *s)
{
	return atomic_load_explicit(&s->held, memory_order_relaxed); /* sync: none, a figure */
}

static int64_t
most_of(const struct source *s)
{
	return atomic_load_explicit(&s->most, memory_order_relaxed); /* sync: none, a figure */
}

static void
set_most_locked(struct source *s, int64_t bytes)
{
	atomic_store_explicit(&s->most, bytes, memory_order_relaxed); /* sync: none, a figure */
}

/* With so many bytes more, the source holds what it has never held: they are not likely to have been touched before. */
static bool
is_fresh_locked(struct source *s, size_t bytes)
{
	int64_t now = held_by(s) + (int64_t)bytes;
	bool fresh = now > most_of(s);
	if (fresh)
		set_most_locked(s, now);
	return fresh;
}

/* What the page map had no room for; practically nothing ever. */
static COLD size_t
drop_unmarked(unsigned c, size_t n, void **out)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		if (pagemap_of(out[i]) == c)
			out[kept++] = out[i];
		else
			sdallocx(out[i], sizeclass_pool[c].size, MALLOCX_TCACHE_NONE);
	}
	return kept;
}

/* Tells the page map of them, and turns them round on the way. Returns how many are left. */
static size_t
mark_and_turn(unsigned c, size_t n, void **out)
{
	return likely(pagemap_set_and_turn(out, n, c)) ? n : drop_unmarked(c, n, out);
}

static void
note_fetched(struct source *s, unsigned c, size_t n)
{
	/* sync: none, a figure */
	atomic_fetch_add_explicit(&s->held, (int64_t)(n * sizeclass_pool[c].size), memory_order_relaxed);
	demand_fetched(c, n);
}

static void
note_released(struct source *s, unsigned c, size_t n)
{
	/* sync: none, a figure */
	atomic_fetch_sub_explicit(&s->held, (int64_t)(n * sizeclass_pool[c].size), memory_order_relaxed);
	demand_released(c, n);
}

uint64_t
backend_held_bytes(void)
{
	int64_t sum = 0;
	for (unsigned i = 0; i < cpu_shards; i++)
		sum += held_by(&sources[SMALL][i]) + held_by(&sources[LARGE][i]);
	return sum > 0 ? (uint64_t)sum : 0;
}

static size_t
fetch(unsigned shard, unsigned c, size_t n, void **out, int more_flags)
{
	struct source *s = lock_some_source(shard, c);
	int flags = source_flags(s);
	if (flags == 0)
		flags = make_source_locked(s);
	bool whole_slabs = false;
	size_t got = flags == 0 ? 0 : fetch_locked(s, flags | more_flags, c, n, out, &whole_slabs);
	bool fresh = is_fresh_locked(s, got * sizeclass_pool[c].size);
	lock_give(&s->lock);
	if (whole_slabs && fresh)
		prefault_slabs(out, got, sizeclass_pool[c].slab_objects, sizeclass_pool[c].size);
	got = mark_and_turn(c, got, out);
	note_fetched(s, c, got);
	return got;
}

uint64_t
backend_left_bytes(void)
{
	int64_t sum = 0;
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < cpu_shards; i++) {
			const struct source *s = &sources[kind][i];
			sum += most_of(s) > held_by(s) ? most_of(s) - held_by(s) : 0;
		}
	return (uint64_t)sum;
}

size_t
backend_fetch(unsigned shard, unsigned c, size_t n, void **out)
{
	return fetch(shard, c, n, out, 0);
}

size_t
backend_fetch_zeroed(unsigned shard, unsigned c, void **out)
{
	return fetch(shard, c, 1, out, MALLOCX_ZERO);
}

/* The epoch thread's own way: through its automatic cache, which is half as expensive, and past the locks that fetches want. */
static void
release_own(unsigned shard, unsigned c, size_t n, void *const *in)
{
	size_t size = sizeclass_pool[c].size;
	for (size_t i = 0; i < n; i++)
		sdallocx(in[i], size, 0);
	note_released(source_of(shard, c), c, n);
}

void
backend_release(unsigned shard, unsigned c, size_t n, void *const *in)
{
	if (tcache_is_own()) {
		release_own(shard, c, n, in);
		return;
	}
	size_t size = sizeclass_pool[c].size;
	struct source *s = lock_some_source(shard, c);
	int flags = source_flags(s) == 0 ? MALLOCX_TCACHE_NONE : cache_flag_locked(s);
	for (size_t i = 0; i < n; i++)
		sdallocx(in[i], size, flags);
	lock_give(&s->lock);
	note_released(s, c, n);
}

/* --- past caches and batches of ours -------------------------------------------------------------------------------- */

/* A batch of one: called from inside jemalloc, mallocx answers from an arena that is not ours, which the page map must not know (P1), and
 * a batch does not answer. */
static void *
fetch_one(struct source *s, unsigned c)
{
	void *p;
	struct control_batch b = { &p, 1, sizeclass_pool[c].size, source_flags(s) | MALLOCX_TCACHE_NONE };
	size_t got = 0, len = sizeof got;
	if (source_flags(s) == 0 || !shortage_has_state() || mallctlbymib(batch_mib, batch_mib_len, &got, &len, &b, sizeof b) != 0 || got == 0)
		return NULL;
	if (mark_and_turn(c, 1, &p) == 0)
		return NULL;
	note_fetched(s, c, 1);
	return p;
}

void *
backend_fetch_one(unsigned shard, unsigned c)
{
	size_t size = sizeclass_pool[c].size;
	void *p = fetch_one(source_of(shard, c), c);
	if (p == NULL)
		p = plain_try(size); /* no arena of ours: the page map says 0, and free knows */
	if (unlikely(p == NULL) && shortage_try_again(size)) {
		for (unsigned i = 0; p == NULL && i < cpu_shards; i++)
			p = fetch_one(source_of((shard + i) % cpu_shards, c), c);
		if (p == NULL)
			p = plain_try(size);
	}
	return p;
}

void
backend_release_one(unsigned c, void *p)
{
	sdallocx(p, sizeclass_pool[c].size, MALLOCX_TCACHE_NONE);
	note_released(source_of(cpu_shard(), c), c, 1);
}

/* --- from time to time ----------------------------------------------------------------------------------------------- */

static void
empty_cache_locked(struct source *s)
{
	if (s->cached)
		mallctl("tcache.destroy", NULL, NULL, &s->cache, sizeof s->cache);
	s->cached = false;
}

static bool
empty_cache_if_free(struct source *s, enum backend_pages unused)
{
	(void)unused;
	if (lock_mine(&s->lock))
		return false;
	lock_take(&s->lock);
	empty_cache_locked(s);
	lock_give(&s->lock);
	return true;
}

void
backend_fork_prepare(void)
{
	each_source(empty_cache_if_free, BACKEND_KEEP_PAGES);
}

/* False: its pages were kept. */
static bool
flush(struct source *s, enum backend_pages pages)
{
	lock_take(&s->lock);
	bool keep = pages == BACKEND_KEEP_PAGES || (pages == BACKEND_AGE_PAGES && s->fetched);
	empty_cache_locked(s);
	/* The next fetch wants one, and whoever has jemalloc make it needs an arena of jemalloc's, 91 KB where it is a new one. */
	if (tcache_is_own() && keep && s->fetched)
		cache_flag_locked(s);
	if (pages == BACKEND_AGE_PAGES)
		s->fetched = false;
	if (!keep)
		set_most_locked(s, held_by(s));
	lock_give(&s->lock);
	control_indexed("arena", s->arena, keep ? "decay" : "purge", NULL, 0, NULL, 0);
	return !keep;
}

bool
backend_flush(enum backend_pages pages)
{
	tcache_flush_own();
	return each_source(flush, pages);
}
