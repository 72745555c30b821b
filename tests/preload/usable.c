/* usable - all bytes that malloc_usable_size promises are the block's own, and the promise does not change while it lives. */
#include <malloc.h>

#include "check.h"

static void
blocks_of(size_t n)
{
	enum { N = 24 };
	void *at[N];
	size_t size[N];
	for (unsigned i = 0; i < N; i++) {
		check((at[i] = opaque(i % 3 == 0 ? malloc(n) : i % 3 == 1 ? calloc(1, n) : memalign(64, n))) != NULL);
		size[i] = malloc_usable_size(at[i]);
		check(size[i] >= n);
		fill(at[i], size[i], i);
	}
	for (unsigned i = 0; i < N; i++) {
		check(malloc_usable_size(at[i]) == size[i]);
		check(holds(at[i], size[i], i));
	}
	for (unsigned i = 0; i < N; i += 2)
		free(at[i]);
	for (unsigned i = 1; i < N; i += 2) {
		check(malloc_usable_size(at[i]) == size[i]);
		check(holds(at[i], size[i], i));
		free(at[i]);
	}
}

int
main(void)
{
	check(malloc_usable_size(NULL) == 0);
	for (size_t n = 0; n <= 1100; n++)
		blocks_of(n);
	for (size_t n = 1200; n <= 300000; n += n / 7)
		blocks_of(n);
	blocks_of((size_t)2 << 20);
	return 0;
}
