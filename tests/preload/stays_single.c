/* stays_single - a program that allocates little and has one thread never gets a second one. */
#include "check.h"

int
main(void)
{
	void *at[500];
	for (int round = 0; round < 25; round++) {
		for (unsigned i = 0; i < 500; i++)
			check((at[i] = opaque(malloc(i % 300 + 1))) != NULL);
		for (unsigned i = 0; i < 500; i++)
			free(at[i]);
		check(thread_count() == 1);
		sleep_ms(20);
	}
	FILE *file = tmpfile();
	check(file != NULL && fputs("text", file) >= 0 && fclose(file) == 0);
	check(thread_count() == 1);
	return 0;
}
