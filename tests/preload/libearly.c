/*
 * libearly - another preload library: it allocates in its constructor, before or after our own, frees that in its destructor, and asks
 * the loader for names that don't exist, whose error message the loader allocates.
 */
#include <dlfcn.h>
#include <malloc.h>

#include "check.h"

/* Read by the program: blocks from the constructor. */
void *early_blocks[500];
int early_destructor_must_find = 500;

static size_t
size_of(unsigned i)
{
	return (size_t)i * 13 + 1;
}

__attribute__((constructor)) static void
early_start(void)
{
	for (unsigned i = 0; i < 500; i++) {
		early_blocks[i] = i % 3 == 0 ? calloc(1, size_of(i)) : i % 3 == 1 ? malloc(size_of(i)) : memalign(64, size_of(i));
		check(early_blocks[i] != NULL);
		fill(early_blocks[i], size_of(i), i);
	}
	for (int i = 0; i < 50; i++) {
		check(dlsym(RTLD_NEXT, "no_such_name_anywhere") == NULL);
		check(dlerror() != NULL);
		check(dlopen("no-such-library.so", RTLD_NOW) == NULL);
	}
	void *self = dlopen(NULL, RTLD_NOW);
	check(self != NULL && dlsym(self, "malloc") != NULL);
	dlclose(self);
}

__attribute__((destructor)) static void
late_end(void)
{
	int found = 0;
	for (unsigned i = 0; i < 500; i++) {
		if (early_blocks[i] == NULL)
			continue;
		found++;
		check(holds(early_blocks[i], size_of(i), i));
		check((early_blocks[i] = realloc(early_blocks[i], size_of(i) + 100)) != NULL);
		check(holds(early_blocks[i], size_of(i), i));
		free(early_blocks[i]);
	}
	check(found == early_destructor_must_find);
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc((size_t)i)));
}
