/* recycled_zero - calloc's memory is zero, also when it was used and freed a moment ago. */
#include "check.h"

static void
recycle(size_t n, unsigned count)
{
	void *at[64];
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < count; i++) {
			check((at[i] = opaque(malloc(n))) != NULL);
			memset(at[i], 0xab, n);
		}
		for (unsigned i = 0; i < count; i++)
			free(at[i]);
		for (unsigned i = 0; i < count; i++) {
			check((at[i] = opaque(i % 2 == 0 ? calloc(1, n) : calloc(n, 1))) != NULL);
			check(all_bytes_are(at[i], n, 0));
			memset(at[i], 0xcd, n);
		}
		for (unsigned i = 0; i < count; i++)
			free(at[i]);
	}
}

int
main(void)
{
	for (size_t n = 1; n <= 2000; n += 3)
		recycle(n, 64);
	for (size_t n = 2048; n <= 100000; n += n / 5)
		recycle(n, 64);
	for (size_t n = 100000; n <= (size_t)8 << 20; n *= 2)
		recycle(n, 4);
	return 0;
}
