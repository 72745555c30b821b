/*
 * growth SIZE [OBJECTS] - objects are allocated and touched for the first time, and all of them freed at the end: a program that loads its
 * data, and one that throws a cache away. Two figures: allocate, free.
 */
#include "clock.h"
#include "stamp.h"

int
main(int argc, char **argv)
{
	size_t size = clock_argument(argc, argv, 1, 64), objects = clock_argument(argc, argv, 2, 2000000);
	size_t **all = stamp_there(malloc(objects * sizeof *all));
	memset(all, 0, objects * sizeof *all); /* its pages are not what is measured */
	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < objects; i++)
		*(all[i] = malloc(size)) = i;
	double allocated = clock_ns();
	for (size_t i = 0; i < objects; i++)
		if (*all[i] != i)
			stamp_wrong("an object was given twice");
	double checked = clock_ns();
	for (size_t i = 0; i < objects; i++)
		free(all[i]);
	double freed = clock_ns();
	clock_report("allocate", allocated - begun, (double)objects);
	clock_report("free", freed - checked, (double)objects);
	free(all);
	return 0;
}
