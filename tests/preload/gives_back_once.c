/*
 * gives_back_once - objects of a size that the program asks for only once go to the kernel too, although they were never pooled: long after
 * the helper has ended, and by a program that goes on with fast paths alone.
 */
#include "figures.h"

enum { BLOCKS = 200, BYTES = 64 << 10 };

static char *block[BLOCKS];

int
main(void)
{
	for (int i = 0; i < 1000; i++) /* the first calls of a process are not pooled */
		free(opaque(malloc(100)));
	long base = resident_kib();
	for (int i = 0; i < BLOCKS; i++) {
		check((block[i] = malloc(BYTES)) != NULL);
		for (int k = 0; k < BYTES; k += 4096)
			block[i][k] = 1;
	}
	sleep_ms(1500); /* more than the epochs with nothing to do after which a helper ends */
	check(resident_kib() >= base + BLOCKS * BYTES / 1024);
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	check_within(20, (free(opaque(malloc(100))), resident_kib() <= base + 3 * 1024));
	return 0;
}
