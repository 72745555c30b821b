#include "extents.h"

#include "control.h"
#include "pagemap.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE_STEP ((size_t)8 << 20) /* jemalloc's steps grow with the arena: it has some 40 MiB by then, and 2 more may lie idle */
#define STEPS_MAX 256u               /* steps grow by a fifth each: more than the address space has */

struct step {
	char *base;
	_Atomic size_t size; /* 0: not there yet, or small pages (again) */
};

static struct step steps[STEPS_MAX];
static _Atomic unsigned step_count;
static bool huge_wanted;
static extent_hooks_t *default_hooks;
static extent_hooks_t small_hooks, huge_hooks; /* the pages */

/* --- huge pages ---------------------------------------------------------------------------------------------------- */

static size_t
size_of(const struct step *s)
{
	return atomic_load_explicit(&s->size, memory_order_acquire); /* sync: extents.step */
}

static void
advise(void *p, size_t n, int advice)
{
	int saved = errno;
	madvise(p, n, advice);
	errno = saved;
}

static void
make_huge(char *p, size_t n)
{
	unsigned i = atomic_fetch_add_explicit(&step_count, 1, memory_order_relaxed); /* sync: none, i is ours alone */
	if (i >= STEPS_MAX) {
		atomic_store_explicit(&step_count, STEPS_MAX, memory_order_relaxed); /* sync: none, a later one meets the end again */
		return;
	}
	advise(p, n, MADV_HUGEPAGE);
	steps[i].base = p;
	atomic_store_explicit(&steps[i].size, n, memory_order_release); /* sync: extents.step */
}

static unsigned
steps_so_far(void)
{
	unsigned n = atomic_load_explicit(&step_count, memory_order_relaxed); /* sync: none, one that comes now has nothing to purge */
	return n < STEPS_MAX ? n : STEPS_MAX;
}

/* Every huge step that has bytes of [p, p + n) is of small pages from now on. */
static void
make_small(const char *p, size_t n)
{
	for (unsigned i = 0; i < steps_so_far(); i++) {
		size_t size = size_of(&steps[i]);
		if (size == 0 || p >= steps[i].base + size || p + n <= steps[i].base)
			continue;
		advise(steps[i].base, size, MADV_NOHUGEPAGE);
		atomic_store_explicit(&steps[i].size, 0, memory_order_relaxed); /* sync: none, the advice may be repeated */
	}
}

void
extents_set_huge(bool huge)
{
	huge_wanted = huge;
}

bool
extents_huge(void)
{
	return huge_wanted;
}

uint64_t
extents_huge_bytes(void)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; i < steps_so_far(); i++)
		bytes += size_of(&steps[i]);
	return bytes;
}

/* --- the hooks ----------------------------------------------------------------------------------------------------- */

static void *
hook_alloc_huge(extent_hooks_t *hooks, void *at, size_t n, size_t alignment, bool *zero, bool *commit, unsigned arena)
{
	(void)hooks;
	bool huge = huge_wanted && at == NULL && n >= LARGE_STEP;
	if (huge)
		alignment = size_max(alignment, HUGE_PAGE);
	char *p = default_hooks->alloc(default_hooks, at, n, alignment, zero, commit, arena);
	if (huge && p != NULL)
		make_huge(p, n);
	return p;
}

static bool
hook_dalloc(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(p, n); /* before it is gone: whoever maps the address next must find zeros */
	make_small(p, n); /* jemalloc asks here first, is refused where it retains memory, and purges then */
	return default_hooks->dalloc(default_hooks, p, n, committed, arena);
}

static void
hook_destroy(extent_hooks_t *hooks, void *p, size_t n, bool committed, unsigned arena)
{
	(void)hooks;
	pagemap_clear(p, n);
	make_small(p, n);
	default_hooks->destroy(default_hooks, p, n, committed, arena);
}

static bool
hook_purge(extent_hooks_t *hooks, void *p, size_t n, size_t from, size_t length, unsigned arena)
{
	(void)hooks;
	make_small((char *)p + from, length);
	return default_hooks->purge_forced(default_hooks, p, n, from, length, arena);
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
bool
extents_init(void)
{
	if (!control_read("arena.0.extent_hooks", &default_hooks, sizeof default_hooks) || default_hooks == NULL)
		return false;
	if (!default_hooks->alloc || !default_hooks->dalloc || !default_hooks->destroy || !default_hooks->purge_forced ||
	    !default_hooks->split || !default_hooks->merge)
		return false;
	small_hooks = *default_hooks;
	small_hooks.dalloc = hook_dalloc;
	small_hooks.destroy = hook_destroy;
	small_hooks.purge_forced = hook_purge;
	small_hooks.split = hook_split;
	small_hooks.merge = hook_merge;
	huge_hooks = small_hooks;
	huge_hooks.alloc = hook_alloc_huge;
	return true;
}

void *
extents_hooks(bool huge)
{
	return huge ? &huge_hooks : &small_hooks;
}
