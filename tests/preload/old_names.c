/* old_names - names that this libc's headers don't have: cfree from before 2.26, free_sized and free_aligned_sized from C23. */
#include "check.h"

void cfree(void *p) __attribute__((weak));
void free_sized(void *p, size_t n) __attribute__((weak));
void free_aligned_sized(void *p, size_t alignment, size_t n) __attribute__((weak));

int
main(void)
{
	if (!under_tidepool())
		return 0;
	check(cfree != NULL && free_sized != NULL && free_aligned_sized != NULL);
	long before = 0;
	for (int i = 0; i < 3000; i++) {
		if (i == 500)
			before = resident_kib();
		for (size_t n = 1; n <= 100000; n *= 10) {
			void *p = malloc(n), *q = calloc(1, n), *r = aligned_alloc(64, n);
			check(p != NULL && q != NULL && r != NULL);
			fill(p, n, 1);
			fill(q, n, 2);
			fill(r, n, 3);
			errno = 77;
			free_sized(p, n);
			cfree(q);
			free_aligned_sized(r, 64, n);
			check(errno == 77);
		}
	}
	cfree(NULL);
	free_sized(NULL, 0);
	free_aligned_sized(NULL, 64, 64);
	check_at_most(resident_kib() - before, 20 * 1024); /* 800 MiB otherwise */
	return 0;
}
