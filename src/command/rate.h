/*
 * rate - what happened between two dumps of one process, for each second.
 *
 * Owns        a struct rate owns its rows until rate_forget; they point into the later dump's figures
 * Callers     the one thread of the command
 * Fails       false: the later one is not a later dump of the same process, or memory is gone
 */
#ifndef TIDEPOOL_COMMAND_RATE_H
#define TIDEPOOL_COMMAND_RATE_H

#include "figures.h"

struct rate_row {
	struct counters between;    /* what grows: the difference; bytes and objects: those of the later dump */
	double gets, puts, misses;  /* a second */
	double cached_change, live_change; /* bytes */
};

struct rate {
	double seconds;
	struct rate_row total;
	struct rate_row *row; /* a class each, as the later dump has them */
	size_t rows;
};

/* before NULL: since the start of the process. */
bool rate_between(const struct figures *before, const struct figures *after, struct rate *out);
void rate_forget(struct rate *r);

/* RATE_SORTS(ROW): what rows can be sorted by, with the name that a person uses. */
#define RATE_SORTS(ROW) \
	ROW(SIZE, "size") ROW(GETS, "gets") ROW(PUTS, "puts") ROW(MISSES, "misses") ROW(HITS, "hits") ROW(CACHED, "cached") ROW(LIVE, "in-use")

enum rate_sort {
#define ROW(NAME, name) RATE_SORT_##NAME,
	RATE_SORTS(ROW)
#undef ROW
	RATE_SORT_COUNT
};

const char *rate_sort_name(enum rate_sort by);
bool rate_sort_named(const char *name, enum rate_sort *out);
const char *rate_sort_names(void); /* "size, gets, … or in-use" */

/* The most first, but sizes the smallest first (and the lowest share of hits, which is what one looks for); reverse: the other way round. */
void rate_sort_rows(struct rate *r, enum rate_sort by, bool reverse);

#endif
