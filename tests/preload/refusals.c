/* refusals - what can't be had is refused with the right errno, and a refused realloc leaves the old block as it was. */
#include <malloc.h>

#include "check.h"

#define check_refused(call, error)              \
	do {                                    \
		errno = 0;                      \
		check(opaque(call) == NULL);    \
		check(errno == (error));        \
	} while (0)

static volatile size_t most = SIZE_MAX, odd = 24; /* volatile: no warning, no folding */

static void
absurd_sizes(void)
{
	size_t sizes[] = { most, most - 1, most - 4096, most / 2 + 1, most / 2, ABSURD };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_refused(malloc(sizes[i]), ENOMEM);
		check_refused(calloc(1, sizes[i]), ENOMEM);
		check_refused(calloc(sizes[i], 1), ENOMEM);
		check_refused(realloc(NULL, sizes[i]), ENOMEM);
		check_refused(valloc(sizes[i]), ENOMEM);
		check_refused(pvalloc(sizes[i]), ENOMEM);
		check_refused(memalign(64, sizes[i]), ENOMEM);
		check_refused(aligned_alloc(4096, sizes[i]), ENOMEM);
	}
}

static void
overflowing_products(void)
{
	check_refused(calloc(most / 2, 3), ENOMEM);
	check_refused(calloc(most / 8, 16), ENOMEM);
	size_t root = most / ((size_t)1 << (sizeof(size_t) * 4)) + 1; /* its square is 0 */
	check_refused(calloc(root, root), ENOMEM);
	check_refused(reallocarray(NULL, most / 8, 16), ENOMEM);
}

static void
a_refused_realloc_keeps_the_block(void)
{
	for (size_t n = 8; n <= (size_t)16 << 20; n *= 2) {
		void *p = malloc(n - 3);
		check(p != NULL);
		fill(p, n - 3, 5);
		check_refused(realloc(opaque(p), most / 2 + 1), ENOMEM);
		check_refused(realloc(opaque(p), ABSURD), ENOMEM);
		check_refused(reallocarray(opaque(p), most / 4, 8), ENOMEM);
		check_refused(reallocarray(opaque(p), ABSURD / 8, 8), ENOMEM);
		check(holds(p, n - 3, 5));
		check(malloc_usable_size(p) >= n - 3);
		free(p);
	}
}

static void
posix_memalign_returns_the_error(void)
{
	static const size_t wrong[] = { 0, 1, 2, sizeof(void *) / 2, 3, 24, sizeof(void *) * 3, 1000 };
	void *p = &p;
	errno = 77;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		size_t alignment = wrong[i];
		__asm__ volatile("" : "+r"(alignment));
		check(posix_memalign(&p, alignment, 100) == EINVAL);
		check(p == (void *)&p && errno == 77);
	}
	check(posix_memalign(&p, 64, most) == ENOMEM && p == (void *)&p);
	check(posix_memalign(&p, most / 2 + 1, 8) == ENOMEM && p == (void *)&p);
	check(posix_memalign(&p, 64, 100) == 0 && p != (void *)&p);
	check(errno == 77 || !under_tidepool()); /* the page says so; glibc's own sets it */
	free(p);
}

static void
wrong_alignments(void)
{
	check_refused(memalign(most, 8), EINVAL);
	check_refused(memalign(most / 2 + 2, 8), EINVAL);
	check_refused(memalign(most / 2 + 1, 8), ENOMEM);
	/* memalign rounds up */
	void *p = memalign(odd, 100);
	check(p != NULL && (uintptr_t)p % 32 == 0);
	free(p);
	p = memalign(odd * 200, 100);
	check(p != NULL && (uintptr_t)p % 8192 == 0);
	free(p);
	p = memalign(odd - 24, 100);
	check(p != NULL);
	free(p);
	/* aligned_alloc doesn't: so the standard; glibc since 2.38 */
	if (under_tidepool()) {
		check_refused(aligned_alloc(odd, 100), EINVAL);
		check_refused(aligned_alloc(odd - 24, 100), EINVAL);
	}
}

int
main(void)
{
	absurd_sizes();
	overflowing_products();
	a_refused_realloc_keeps_the_block();
	posix_memalign_returns_the_error();
	wrong_alignments();
	return 0;
}
