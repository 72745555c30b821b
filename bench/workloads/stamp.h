/*
 * stamp - does the allocator give memory that is the program's alone? An allocator that wins a benchmark by handing out the same
 * object twice must not win. What a workload holds is stamped, and the stamps are read when the clock has stopped.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include "seeded.h"

#include <stdio.h>
#include <string.h>

static inline void
stamp_wrong(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	abort();
}

static inline void *
stamp_there(void *p)
{
	if (p == NULL)
		stamp_wrong("no memory");
	return p;
}

/* The first and the last byte, as a program that fills in its object; key tells the objects of one workload apart. */
static inline void
stamp_ends(unsigned char *p, size_t size, size_t key)
{
	p[0] = (unsigned char)(key * 167 + size);
	p[size - 1] = (unsigned char)(key * 167 + size);
}

static inline void
stamp_check_ends(const unsigned char *p, size_t size, size_t key)
{
	if (p[0] != (unsigned char)(key * 167 + size) || p[size - 1] != (unsigned char)(key * 167 + size))
		stamp_wrong("an object does not hold what was written to it");
}

/*
 * For workloads that hold too little to tell: up to 300 objects (16 MiB) of these sizes at once, all bytes of them written, read again and
 * freed in random order. Called when the clock has stopped.
 */
static inline void
stamp_trial(size_t least, size_t most)
{
	enum { MOST_OBJECTS = 300 };
	unsigned char *all[MOST_OBJECTS];
	size_t sizes[MOST_OBJECTS], n = 0;
	uint32_t order[MOST_OBJECTS];
	struct seeded s = seeded_stream(99);
	for (size_t held = 0; n < MOST_OBJECTS && (n == 0 || held + most <= (16u << 20)); held += sizes[n++]) {
		sizes[n] = seeded_size(&s, least, most);
		all[n] = stamp_there(malloc(sizes[n]));
		memset(all[n], (int)(n % 251), sizes[n]);
	}
	seeded_order(&s, order, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char *p = all[order[i]];
		for (size_t k = 0; k < sizes[order[i]]; k++)
			if (p[k] != order[i] % 251)
				stamp_wrong("two objects overlap");
		free(p);
	}
}

#endif
