/*
 * pacing - when a rotation comes before its time: how much may lie cached, and how much may be fetched meanwhile.
 *
 * As GOGC does it: what is cached over a share of what is live (TIDEPOOL_BUDGET) brings the next rotation forward. So does a program that
 * grows: when it has fetched a quarter of what lies cached, the classes that nobody uses had better be jemalloc's again.
 *
 * Callers     under the rotation lock; pacing_cached_bytes: anyone
 * Fails       never
 */
#ifndef TIDEPOOL_PACING_H
#define TIDEPOOL_PACING_H

#include "base.h"

#define PACING_WATCHED ((uint64_t)1 << 20) /* reserved bytes; with less, a memory limit has nothing to gain from us */

/* Bytes on all levels at about this moment. */
uint64_t pacing_cached_bytes(void);

/* Sets the marks of the budget anew, with so many bytes cached. */
void pacing_set(uint64_t cached);

/* So much may be fetched until the next look at the memory limit: half of the way to it. */
void pacing_look_again(void);

/* A mark was reached with so many bytes cached: a rotation now is worth it. Never under full pressure, where everything goes. */
bool pacing_is_due(uint64_t cached);

#endif
