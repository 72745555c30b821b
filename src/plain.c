#include "plain.h"

#include "large.h"
#include "shortage.h"

#include <jemalloc/jemalloc.h>
#include <string.h>

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

/* From large's arenas, or where these have none from jemalloc's own. */
static void *
allocate_anywhere(size_t alignment, size_t n)
{
	void *p = n > LARGE_MORE_THAN ? large_malloc(n, alignment) : NULL;
	return p != NULL ? p : allocate(n, MALLOCX_ALIGN(alignment));
}

void *
plain_aligned(size_t alignment, size_t n)
{
	void *p = allocate_anywhere(alignment, n);
	return unlikely(p == NULL) && shortage_try_again(n) ? allocate_anywhere(alignment, n) : p;
}

void *
plain_malloc(size_t n)
{
	return plain_aligned(1, n);
}

/* Not from what is kept: that would have to be cleared, and all of it be there, where a program may touch a little of it. */
void *
plain_zalloc(size_t n)
{
	return allocate_or_try_again(n, MALLOCX_ZERO);
}

static void *
reallocate(void *p, size_t n)
{
	return shortage_has_state() ? rallocx(p, n, own_arena()) : NULL;
}

static void *
reallocate_or_try_again(void *p, size_t n)
{
	void *moved = reallocate(p, n);
	return unlikely(moved == NULL) && shortage_try_again(n) ? reallocate(p, n) : moved;
}

static void *
move(void *p, size_t n)
{
	void *fresh = plain_malloc(n);
	if (fresh == NULL)
		return NULL;
	memcpy(fresh, p, size_min(plain_usable_size(p), n));
	plain_free(p);
	return fresh;
}

void *
plain_realloc(void *p, size_t n)
{
	if (n <= LARGE_MORE_THAN)
		return reallocate_or_try_again(p, n);
	return shortage_has_state() && large_resize(p, n) ? p : move(p, n);
}

void
plain_free(void *p)
{
	dallocx(p, 0);
	large_freed();
}

size_t
plain_usable_size(const void *p)
{
	return sallocx(p, 0);
}
