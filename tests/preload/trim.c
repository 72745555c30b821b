/* trim - malloc_trim gives the memory of freed blocks back to the kernel. */
#include <malloc.h>

#include "check.h"

#define BLOCKS 200000
static void *at[BLOCKS];

int
main(void)
{
	long start = resident_kib();
	for (int round = 0; round < 3; round++) {
		void *last = NULL;
		for (int i = 0; i < BLOCKS; i++) {
			size_t n = (size_t)(i % 8 + 1) * 64; /* 57 MiB in all */
			check((at[i] = malloc(n)) != NULL);
			memset(at[i], 1, n);
		}
		last = opaque(malloc(100)); /* something lives above it all */
		long full = resident_kib();
		check(full - start > 40 * 1024);
		for (int i = 0; i < BLOCKS; i++)
			free(at[i]);
		int gave = malloc_trim(0);
		check(gave == 0 || gave == 1);
		/* with a short epoch it may have gone back by itself */
		if (under_tidepool() && getenv("TIDEPOOL_EPOCH") == NULL)
			check(gave == 1);
		check_at_most(resident_kib() - start, 12 * 1024);
		free(last);
	}
	return 0;
}
