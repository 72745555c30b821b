/*
 * growth SIZE [OBJECTS] - objects are allocated and touched for the first time, then freed: a program that loads its data.
 * Prints nanoseconds for each object, both halves together.
 */
#include "clock.h"

int
main(int argc, char **argv)
{
	size_t size = clock_argument(argc, argv, 1, 64), objects = clock_argument(argc, argv, 2, 2000000);
	char **all = calloc(objects, sizeof *all);
	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < objects; i++)
		*(all[i] = malloc(size)) = (char)i;
	for (size_t i = 0; i < objects; i++)
		free(all[i]);
	clock_report(begun, (double)objects);
	free(all);
	return 0;
}
