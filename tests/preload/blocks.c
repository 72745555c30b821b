/*
 * blocks - blocks of every call, handed from thread to thread; built with a sanitizer or statically by `aside`, and then also as a fault that
 * a sanitizer must still find: blocks overrun|leak
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *blocks[600];

static void *
allocate(void *unused)
{
	for (size_t i = 0; i < 600; i++) {
		void *p = NULL;
		switch (i % 6) {
		case 0: p = malloc(i + 1); break;
		case 1: p = calloc(i, 3); break;
		case 2: p = aligned_alloc(64, 64 * (i / 64 + 1)); break;
		case 3: if (posix_memalign(&p, 128, i) != 0) abort(); break;
		case 4: p = realloc(malloc(i), 3 * i); break;
		case 5: p = reallocarray(strdup("a string"), i, 5); break;
		}
		if (p == NULL || malloc_usable_size(p) < i)
			abort();
		memset(p, 1, i);
		blocks[i] = p;
	}
	return unused;
}

int
main(int argc, char **argv)
{
	static void *volatile lost;
	const char *fault = argc > 1 ? argv[1] : "";

	for (int round = 0; round < 20; round++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, allocate, NULL) != 0)
			abort();
		pthread_join(thread, NULL);
		for (size_t i = 0; i < 600; i++)
			free(blocks[i]);
	}
	if (strcmp(fault, "overrun") == 0) {
		volatile char *p = malloc(10);
		p[strlen(fault) + 3] = 1;
	} else if (strcmp(fault, "leak") == 0) {
		lost = malloc(100);
		lost = NULL;
	}
	puts("done");
	return 0;
}
