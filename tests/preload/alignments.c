/* alignments - every alignment from 1 byte to 1 GiB holds, for every way to ask for it, and free and realloc take the block. */
#include <malloc.h>

#include "check.h"

static void
use(void *p, size_t alignment, size_t n, unsigned seed)
{
	check(p != NULL);
	check((uintptr_t)p % alignment == 0);
	check(malloc_usable_size(p) >= n);
	fill(p, n, seed);
}

static void
every_way(size_t alignment, size_t n)
{
	enum { WAYS = 3, N = 4 };
	void *at[WAYS][N];
	for (unsigned i = 0; i < N; i++) {
		use(at[0][i] = memalign(alignment, n), alignment, n, i);
		use(at[1][i] = aligned_alloc(alignment, n), alignment, n, i);
		if (alignment >= sizeof(void *))
			check(posix_memalign(&at[2][i], alignment, n) == 0);
		else
			at[2][i] = malloc(n);
		use(at[2][i], alignment, n, i);
	}
	for (unsigned way = 0; way < WAYS; way++)
		for (unsigned i = 0; i < N; i++) {
			check(holds(at[way][i], n, i));
			if (i % 2 == 0) {
				void *p = realloc(at[way][i], n + 40);
				check(p != NULL && holds(p, n, i));
				free(p);
			} else {
				free(at[way][i]);
			}
		}
}

int
main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	for (size_t alignment = 1; alignment <= (size_t)1 << 16; alignment *= 2) {
		every_way(alignment, 0);
		every_way(alignment, 1);
		every_way(alignment, 100);
		every_way(alignment, alignment - 1);
		every_way(alignment, alignment);
		every_way(alignment, alignment + 1);
		every_way(alignment, 5000);
	}
	for (size_t alignment = (size_t)1 << 17; alignment <= (size_t)1 << 30; alignment *= 4) {
		void *p = memalign(alignment, 100);
		use(p, alignment, 100, 3);
		check(holds(p, 100, 3));
		free(p);
	}
	/* malloc's own alignment */
	for (size_t n = 1; n < 5000; n++) {
		void *p = malloc(n);
		use(p, n >= 16 ? 16 : 8, n, 1);
		free(p);
	}
	void *p = valloc(10), *q = pvalloc(10), *zero = pvalloc(0);
	use(p, page, 10, 1);
	use(q, page, page, 2);
	use(zero, page, 0, 3);
	free(p);
	free(q);
	free(zero);
	return 0;
}
