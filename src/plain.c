#include "plain.h"

#include "shortage.h"

#include <jemalloc/jemalloc.h>

/* Flags: the arena of the calling thread, or one that is there where it has none. */
static int
own_arena(void)
{
	return shortage_has_arena() ? 0 : MALLOCX_ARENA(0) | MALLOCX_TCACHE_NONE;
}

static void *
allocate(size_t n, int flags)
{
	return shortage_has_state() ? mallocx(n, flags | own_arena()) : NULL;
}

static void *
allocate_or_try_again(size_t n, int flags)
{
	void *p = allocate(n, flags);
	return unlikely(p == NULL) && shortage_try_again(n) ? allocate(n, flags) : p;
}

void *
plain_try(size_t n)
{
	return allocate(n, 0);
}

void *
plain_malloc(size_t n)
{
	return allocate_or_try_again(n, 0);
}

void *
plain_zalloc(size_t n)
{
	return allocate_or_try_again(n, MALLOCX_ZERO);
}

void *
plain_aligned(size_t alignment, size_t n)
{
	return allocate_or_try_again(n, MALLOCX_ALIGN(alignment));
}

static void *
reallocate(void *p, size_t n)
{
	return shortage_has_state() ? rallocx(p, n, own_arena()) : NULL;
}

void *
plain_realloc(void *p, size_t n)
{
	void *moved = reallocate(p, n);
	return unlikely(moved == NULL) && shortage_try_again(n) ? reallocate(p, n) : moved;
}

void
plain_free(void *p)
{
	dallocx(p, 0);
}

size_t
plain_usable_size(const void *p)
{
	return sallocx(p, 0);
}
