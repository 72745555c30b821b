/*
 * interpose - the C names that every program calls: malloc and its family.
 *
 * Each body says only what the name means (C, POSIX, malloc(3) and its sister pages; glibc where those are silent) and leaves the
 * work to the pool. What reports about the heap is in interpose_report.c, the C++ operators in interpose_cxx.c.
 *
 * Owns        nothing
 * Callers     any thread, from the first instruction of the loader's constructors to the last destructor
 * Fails       NULL with errno ENOMEM or EINVAL, as the page of each name says
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "aside.h"
#include "base.h"
#include "calls.h"
#include "control.h"
#include "epoch.h"
#include "pool.h"

/* Names that <stdlib.h> and <malloc.h> no longer have, or don't have yet. */
void cfree(void *p);
void free_sized(void *p, size_t n);
void free_aligned_sized(void *p, size_t alignment, size_t n);

static bool
is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* NULL, and errno. */
static COLD void *
refuse(int error)
{
	errno = error;
	return NULL;
}

/* --- malloc(3) ------------------------------------------------------------------------------------------------------------ */

EXPORT HOT void *
malloc(size_t n)
{
	return pool_malloc(n);
}

EXPORT HOT void
free(void *p)
{
	pool_free(p);
}

EXPORT void *
calloc(size_t count, size_t size)
{
	size_t n;
	if (unlikely(__builtin_mul_overflow(count, size, &n)))
		return refuse(ENOMEM);
	return calls_zalloc(n);
}

/* n == 0 frees p and gives NULL, errno untouched: C leaves it open, glibc's programs count on it. */
EXPORT void *
realloc(void *p, size_t n)
{
	if (unlikely(p == NULL))
		return pool_malloc(n);
	if (unlikely(n == 0)) {
		pool_free(p);
		return NULL;
	}
	return calls_realloc(p, n);
}

EXPORT void *
reallocarray(void *p, size_t count, size_t size)
{
	UNLESS_ASIDE(reallocarray, (p, count, size));
	size_t n;
	if (unlikely(__builtin_mul_overflow(count, size, &n)))
		return refuse(ENOMEM); /* and p stays as it was */
	return realloc(p, n);
}

/* C23: the sizes are a promise of the caller's that we don't need. */
EXPORT void
free_sized(void *p, size_t n)
{
	(void)n;
	pool_free(p);
}

EXPORT void
free_aligned_sized(void *p, size_t alignment, size_t n)
{
	(void)alignment;
	(void)n;
	pool_free(p);
}

/* glibc dropped it in 2.26; binaries from before call it still. */
EXPORT void
cfree(void *p)
{
	pool_free(p);
}

EXPORT size_t
malloc_usable_size(void *p)
{
	return calls_usable_size(p);
}

/* --- posix_memalign(3) ---------------------------------------------------------------------------------------------------- */

/* POSIX returns the error; errno and *out are left alone when it fails. */
EXPORT int
posix_memalign(void **out, size_t alignment, size_t n)
{
	UNLESS_ASIDE(posix_memalign, (out, alignment, n));
	if (unlikely(!is_power_of_two(alignment) || alignment % sizeof(void *) != 0))
		return EINVAL;
	int saved = errno;
	void *p = calls_aligned(alignment, n);
	if (unlikely(p == NULL)) {
		errno = saved;
		return ENOMEM;
	}
	*out = p;
	return 0;
}

/*
 * C17 7.22.3.1: an alignment that isn't a valid one fails. glibc does so since 2.38; before, aligned_alloc was memalign. We keep to
 * the standard on every glibc. n needn't be a multiple of the alignment (DR 460).
 */
EXPORT void *
aligned_alloc(size_t alignment, size_t n)
{
	UNLESS_ASIDE(aligned_alloc, (alignment, n));
	if (unlikely(!is_power_of_two(alignment)))
		return refuse(EINVAL);
	return calls_aligned(alignment, n);
}

/* glibc takes any alignment and rounds it up to a power of two; EINVAL when there is none so large. */
EXPORT void *
memalign(size_t alignment, size_t n)
{
	UNLESS_ASIDE(single.memalign, (alignment, n));
	const size_t largest = SIZE_MAX / 2 + 1;
	if (unlikely(alignment > largest))
		return refuse(EINVAL);
	if (unlikely(alignment <= 1))
		return pool_malloc(n);
	if (unlikely(!is_power_of_two(alignment)))
		alignment = largest >> (__builtin_clzl(alignment) - 1);
	return calls_aligned(alignment, n);
}

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

EXPORT void *
valloc(size_t n)
{
	UNLESS_ASIDE(valloc, (n));
	return calls_aligned(page_size(), n);
}

/* valloc, and n rounded up to whole pages. */
EXPORT void *
pvalloc(size_t n)
{
	UNLESS_ASIDE(pvalloc, (n));
	size_t page = page_size(), rounded;
	if (unlikely(__builtin_add_overflow(n, page - 1, &rounded)))
		return refuse(ENOMEM);
	return calls_aligned(page, rounded & ~(page - 1));
}

/* --- malloc_trim(3), mallopt(3) -------------------------------------------------------------------------------------------- */

/* All that is cached goes back, and every empty page of every arena. Nothing is kept for `pad`: it is about the heap's top, and we have
 * none. 1: something went to the kernel. */
EXPORT int
malloc_trim(size_t pad)
{
	UNLESS_ASIDE(malloc_trim, (pad));
	(void)pad;
	size_t cached = epoch_rotate_now(), empty = control_purge_all();
	return cached + empty != 0;
}

/*
 * 1 where what is asked is so anyhow, or is about the inside of glibc's heap and can't be missed: limits and thresholds of fast bins,
 * heap tops, mmap and arenas (we have neither, and give memory back by epochs). 0 for what we don't do and a caller could see:
 * M_PERTURB with a byte other than 0 (TIDEPOOL_RESET=poison is ours), and parameters that nobody has heard of.
 */
EXPORT int
mallopt(int parameter, int value)
{
	UNLESS_ASIDE(mallopt, (parameter, value));
	switch (parameter) {
	case M_MXFAST:
	case M_NLBLKS:
	case M_GRAIN:
	case M_KEEP:
	case M_TRIM_THRESHOLD:
	case M_TOP_PAD:
	case M_MMAP_THRESHOLD:
	case M_MMAP_MAX:
	case M_CHECK_ACTION: /* corruption that we find always ends the process */
	case M_ARENA_TEST:
	case M_ARENA_MAX:
		return 1;
	case M_PERTURB:
		return value == 0;
	default:
		return 0;
	}
}
