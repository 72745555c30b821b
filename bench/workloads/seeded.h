/*
 * seeded - random numbers that are the same in every run with the same BENCH_SEED: splitmix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, OOPSLA 2014). Sizes are drawn before the clock starts, so that drawing them costs a load.
 */
#ifndef BENCH_SEEDED_H
#define BENCH_SEEDED_H

#include <stdint.h>
#include <stdlib.h>

struct seeded {
	uint64_t state;
};

/* Each stream of a program has a number of its own. */
static inline struct seeded
seeded_stream(uint64_t stream)
{
	const char *seed = getenv("BENCH_SEED");
	uint64_t base = seed != NULL ? strtoull(seed, NULL, 0) : 1;
	return (struct seeded){ base * 0xd1342543de82ef95u + stream * 0x2545f4914f6cdd1du };
}

static inline uint64_t
seeded_next(struct seeded *s)
{
	uint64_t z = s->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* From 0 to n - 1. */
static inline size_t
seeded_below(struct seeded *s, size_t n)
{
	return (size_t)(((unsigned __int128)seeded_next(s) * n) >> 64);
}

/* From least to most; each doubling of the size is equally likely, which is nearer to programs than equally likely bytes. */
static inline size_t
seeded_size(struct seeded *s, size_t least, size_t most)
{
	unsigned doublings = 0;
	while (least << (doublings + 1) <= most)
		doublings++;
	size_t low = least << seeded_below(s, doublings + 1), high = low * 2 - 1;
	return low + seeded_below(s, (high < most ? high : most) - low + 1);
}

/* SEEDED_SIZES of them, for `sizes[i % SEEDED_SIZES]`. */
enum { SEEDED_SIZES = 4096 };
static inline void
seeded_sizes(struct seeded *s, uint32_t sizes[static SEEDED_SIZES], size_t least, size_t most)
{
	for (size_t i = 0; i < SEEDED_SIZES; i++)
		sizes[i] = (uint32_t)seeded_size(s, least, most);
}

/* The numbers from 0 to n - 1 in random order. */
static inline void
seeded_order(struct seeded *s, uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = seeded_below(s, i + 1);
		order[i] = order[j];
		order[j] = (uint32_t)i;
	}
}

#endif
