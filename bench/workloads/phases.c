/*
 * phases [OBJECTS] - one size class after the other is filled and emptied: a batch job with stages of different records.
 */
#include "clock.h"
#include "stamp.h"

int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 16, 48, 64, 128, 256, 512 };
	enum { PHASES = sizeof sizes / sizeof *sizes };
	size_t objects = clock_argument(argc, argv, 1, 400000);
	size_t **all = stamp_there(malloc(objects * sizeof *all));
	double took = 0;
	memset(all, 0, objects * sizeof *all);
	clock_pin(0);
	for (size_t phase = 0; phase < PHASES; phase++) {
		double begun = clock_ns();
		for (size_t i = 0; i < objects; i++)
			*(all[i] = malloc(sizes[phase])) = i;
		took += clock_ns() - begun;
		for (size_t i = 0; i < objects; i++)
			if (*all[i] != i)
				stamp_wrong("an object was given twice");
		begun = clock_ns();
		for (size_t i = 0; i < objects; i++)
			free(all[i]);
		took += clock_ns() - begun;
	}
	clock_report("phases", took, (double)objects * PHASES);
	free(all);
	return 0;
}
