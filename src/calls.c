#include "calls.h"

#include "pool.h"
#include "single.h"

#include <errno.h>
#include <string.h>

static void *
or_enomem(void *p)
{
	if (p == NULL)
		errno = ENOMEM;
	return p;
}

void *
calls_zalloc(size_t n)
{
	if (unlikely(thread_self() == NULL) && !pool_start_hook())
		return or_enomem(single_zalloc(size_max(n, 1))); /* not ready, or aside: calloc stays calloc */
	unsigned c = sizeclass_of(n);
	if (c == 0) {
		pool_count_unpooled_get(n);
		return or_enomem(single_zalloc(size_max(n, 1)));
	}
	if (sizeclass_pool[c].size > SIZECLASS_TOUCHED_MAX) /* where jemalloc serves it its pages may be the kernel's, and zeros */
		return pool_get_zeroed(c, n);
	void *p = pool_malloc(n);
	if (likely(p != NULL))
		memset(p, 0, n);
	return p;
}

void *
calls_aligned(size_t alignment, size_t n)
{
	if (thread_self() == NULL)
		pool_start_hook();
	unsigned c = sizeclass_of_aligned(alignment, size_max(n, 1));
	if (likely(c != 0))
		return pool_get(c);
	pool_count_unpooled_get(n);
	return or_enomem(single_aligned(alignment, size_max(n, 1)));
}

static void *
move(void *p, size_t old, size_t n)
{
	void *fresh = pool_malloc(n);
	if (fresh == NULL)
		return NULL;
	memcpy(fresh, p, size_min(old, n));
	pool_free(p);
	return fresh;
}

void *
calls_realloc(void *p, size_t n)
{
	unsigned from = pagemap_of(p), to = sizeclass_of(n);
	if (from != 0)
		return from == to ? p : move(p, sizeclass_pool[from].size, n);
	if (to != 0)
		return move(p, single_usable_size(p), n);
	pool_count_unpooled_get(n);
	if (unlikely(pool_reset_byte >= 0)) /* jemalloc would leave the old bytes behind */
		return move(p, single_usable_size(p), n);
	return or_enomem(single_realloc(p, n));
}

size_t
calls_usable_size(const void *p)
{
	unsigned c = pagemap_of(p);
	if (likely(c != 0))
		return sizeclass_pool[c].size;
	return p == NULL ? 0 : single_usable_size(p);
}
