/*
 * vectors [STEPS] - sixteen vectors grow by up to 256 bytes at a time, and by realloc to twice their room when it is used up; one that has reached its
 * last size, 256 bytes to 1 MiB, is freed and begins again: strings that are built, arrays that are read from a file. Nanoseconds for each realloc.
 */
#include "clock.h"
#include "stamp.h"

enum { VECTORS = 16, FIRST = 32, ADDED = 256 };

struct vector {
	unsigned char *bytes;
	size_t used, room, last;
};

int
main(int argc, char **argv)
{
	size_t steps = clock_argument(argc, argv, 1, 1000000), grown = 0;
	struct vector vectors[VECTORS] = { 0 };
	struct seeded s = seeded_stream(0);
	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < steps; i++) {
		uint64_t r = seeded_next(&s);
		struct vector *v = &vectors[r % VECTORS];
		size_t added = 1 + (r >> 32) % ADDED;
		if (v->used + added > v->last) {
			free(v->bytes);
			*v = (struct vector){ .last = seeded_size(&s, 256, 1 << 20) };
		}
		if (v->used + added > v->room) {
			if (v->room == 0)
				v->room = FIRST;
			while (v->used + added > v->room)
				v->room *= 2;
			v->bytes = stamp_there(realloc(v->bytes, v->room));
			grown++;
		}
		memset(v->bytes + v->used, (int)(v->used / ADDED % 251), added);
		v->used += added;
	}
	clock_report("vectors", clock_ns() - begun, (double)grown);
	/* What was written at a place says at which; only the first byte of each addition is known without a record of all of them. */
	for (size_t n = 0; n < VECTORS; n++) {
		struct vector *v = &vectors[n];
		for (size_t k = 1; k < v->used; k++) {
			unsigned now = v->bytes[k], before = v->bytes[k - 1], here = (unsigned)(k / ADDED % 251);
			if (now != before && now != here)
				stamp_wrong("a vector lost its contents in realloc");
		}
		free(v->bytes);
	}
	return 0;
}
