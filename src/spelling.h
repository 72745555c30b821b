/*
 * spelling - which of several words was probably meant.
 *
 * Owns        nothing
 * Callers     any thread; nothing here allocates or asks the locale
 * Fails       no candidate is near enough: none is suggested
 */
#ifndef TIDEPOOL_SPELLING_H
#define TIDEPOOL_SPELLING_H

#include "base.h"

#define SPELLING_MAX 32 /* letters; longer words are never suggested */

/* The candidate that is spelt most like a text, the first of several. Starts as { 0 }; word stays NULL while none is near
 * enough. */
struct spelling {
	const char *word; /* points into the candidate; not ended by a NUL */
	size_t len;
	unsigned distance;
};

/* Lets a candidate compete for `best`. Distance: letters put in, left out, replaced, or swapped with their neighbour; case
 * does not count. */
void spelling_compare(struct spelling *best, const char *text, size_t len, const char *candidate, size_t candidate_len);

#endif
