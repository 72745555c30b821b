/*
 * demand - what went back to jemalloc and what is asked for again: which classes are worth pooling.
 *
 * Small objects are pooled from the first. A larger one may be a step of a buffer that grows, and comes by every class once: kept for two
 * epochs, each step would lie idle while jemalloc could make the next one of it. So a class of more than DEMAND_POOLED_BYTES goes to
 * jemalloc and comes from there until it was asked DEMAND_PROOFS times for what had gone back. From then on it is pooled for good.
 *
 * Callers     any thread
 * Fails       never
 */
#ifndef TIDEPOOL_DEMAND_H
#define TIDEPOOL_DEMAND_H

#include "base.h"

#define DEMAND_POOLED_BYTES 8192u
#define DEMAND_PROOFS 16u

/* n objects of pool c came from jemalloc. At most once for a batch. */
void demand_fetched(unsigned c, size_t n);

/* n objects of pool c went back. */
void demand_released(unsigned c, size_t n);

/* Objects of pool c went back and were not fetched again, as far as is known: jemalloc has room for them in partly filled slabs. */
bool demand_left_room(unsigned c);

/* Pool c is worth it. */
bool demand_is_proven(unsigned c);

/* Pool c is taken to be worth it without proof. */
void demand_expect(unsigned c);

#endif
