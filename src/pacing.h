/*
 * pacing - when a rotation comes before its time: how much may lie cached, and how much may be fetched meanwhile.
 *
 * As GOGC does it, a share (TIDEPOOL_BUDGET) brings the next rotation forward: what is held, live or cached, may pass by it what was live at
 * most in this epoch and the last. So memory that a program has had in use anyway lies ready for its next batch, as long as it does not
 * want other classes; then what nobody uses makes room for them. The magazines that it lies in are memory too, and count.
 *
 * Callers     under the rotation lock; pacing_cached: anyone
 * Fails       never
 */
#ifndef TIDEPOOL_PACING_H
#define TIDEPOOL_PACING_H

#include "base.h"

#define PACING_WATCHED ((uint64_t)1 << 20) /* reserved bytes; with less, a memory limit has nothing to gain from us */

/* On all levels, at about this moment. */
struct pacing_cached {
	uint64_t bytes, slot_bytes; /* of the objects, and of the pointers to them */
};
struct pacing_cached pacing_cached(void);

/* An epoch has ended: what was live at most in the last but one is forgotten. */
void pacing_new_epoch(void);

/* Sets the marks of the budget anew, with so much cached. */
void pacing_set(struct pacing_cached cached);

/* So much may be fetched until the next look at the memory limit: half of the way to it. */
void pacing_look_again(void);

/* A mark was reached with so much cached: a rotation now is worth it. Never under full pressure, where everything goes. */
bool pacing_is_due(struct pacing_cached cached);

#endif
