/* realloc_content - growing and shrinking over every boundary of a size class keeps what is in the block. */
#include <malloc.h>

#include "check.h"

/* Sizes around every boundary that a class can have: the powers of two, their quarters, and one beside. */
static size_t sizes[400];
static unsigned size_count;

static void
collect_sizes(void)
{
	for (size_t n = 1; n <= 128; n++)
		sizes[size_count++] = n;
	for (size_t n = 128; n < (size_t)4 << 20; n *= 2)
		for (unsigned quarter = 0; quarter < 4; quarter++)
			for (size_t beside = 0; beside < 3; beside++)
				sizes[size_count++] = n + n / 4 * quarter + beside - 1;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
one_step(size_t from, size_t to, unsigned seed)
{
	void *p = malloc(from);
	check(p != NULL);
	fill(p, from, seed);
	p = realloc(p, to);
	check(p != NULL);
	check(malloc_usable_size(p) >= to);
	check(holds(p, smaller(from, to), seed));
	fill(p, to, seed + 1);
	check(holds(p, to, seed + 1));
	free(p);
}

int
main(void)
{
	collect_sizes();
	for (unsigned i = 0; i + 1 < size_count; i++) {
		one_step(sizes[i], sizes[i + 1], i);
		one_step(sizes[i + 1], sizes[i], i);
		if (sizes[i] <= 100000) {
			one_step(sizes[i], sizes[i] * 3, i);
			one_step(sizes[i] * 3, sizes[i], i);
		}
	}
	/* one block all the way up and down, as a growing buffer does it */
	char *p = NULL;
	for (unsigned i = 0; i < size_count; i++) {
		p = realloc(p, sizes[i]);
		check(p != NULL);
		check(i == 0 || holds(p, smaller(sizes[i], sizes[i - 1]), i - 1));
		fill(p, sizes[i], i);
	}
	for (unsigned i = size_count - 1; i-- > 0;) {
		p = realloc(p, sizes[i]);
		check(p != NULL && holds(p, smaller(sizes[i], sizes[i + 1]), i + 1));
		fill(p, sizes[i], i);
	}
	/* an aligned block may lose its alignment, not its content */
	void *aligned = memalign(4096, 100);
	check(aligned != NULL);
	fill(aligned, 100, 9);
	check((aligned = realloc(aligned, 50000)) != NULL && holds(aligned, 100, 9));
	free(aligned);
	free(p);
	return 0;
}
