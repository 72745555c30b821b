/*
 * phases [OBJECTS] - one size class after the other is filled and emptied: a batch job with stages of different records.
 * Prints nanoseconds for each object.
 */
#include "clock.h"

int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 16, 48, 64, 128, 256, 512 };
	size_t objects = clock_argument(argc, argv, 1, 400000);
	char **all = calloc(objects, sizeof *all);
	clock_pin(0);
	double begun = clock_ns();
	for (size_t phase = 0; phase < sizeof sizes / sizeof *sizes; phase++) {
		for (size_t i = 0; i < objects; i++)
			*(all[i] = malloc(sizes[phase])) = (char)i;
		for (size_t i = 0; i < objects; i++)
			free(all[i]);
	}
	clock_report(begun, (double)objects * (double)(sizeof sizes / sizeof *sizes));
	free(all);
	return 0;
}
