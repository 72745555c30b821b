/* limited - under a limit of address space malloc gives NULL and ENOMEM, keeps the old blocks, and works again after frees. */
#include <malloc.h>
#include <sys/resource.h>

#include "check.h"

#define MIB ((size_t)1 << 20)

static void *blocks[400];

static void
fill_up(size_t n, size_t least)
{
	size_t count = 0;
	while (count < 400) {
		errno = 0;
		void *p = malloc(n);
		if (p == NULL) {
			check(errno == ENOMEM);
			break;
		}
		fill(p, 64, (unsigned)count);
		blocks[count++] = p;
	}
	check(count >= least && count < 400);

	/* the old block is kept */
	errno = 0;
	check(opaque(realloc(blocks[0], 300 * MIB)) == NULL && errno == ENOMEM);
	errno = 0;
	check(opaque(calloc(300, MIB)) == NULL && errno == ENOMEM);
	for (size_t i = 0; i < count; i++)
		check(holds(blocks[i], 64, (unsigned)i));
	while (count != 0)
		free(blocks[--count]);
}

int
main(void)
{
	free(opaque(malloc(100)));
	rlim_t limit = (rlim_t)statm_kib(0) * 1024 + 200 * MIB;
	check(setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit }) == 0);
	fill_up(4 * MIB, 20);
	fill_up(4 * MIB, 20);
	fill_up(2 * MIB, 40);
	void *small = malloc(100);
	check(small != NULL);
	free(small);
	malloc_trim(0);
	return 0;
}
