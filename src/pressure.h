/*
 * pressure - how near the process is to the memory it may use.
 *
 * Asked are the limits of the cgroups that the process is in, the tightest one counts; and how much time goes by in waiting for memory.
 * Pages of files count as used there, but the kernel takes them back before it kills anybody: near a limit they are subtracted, or a
 * program that reads many files would be under pressure for ever.
 *
 * Where nothing can be read the answer is PRESSURE_NONE, and nobody is told.
 *
 * Owns        what the last look saw
 * Callers     under the rotation lock; pressure_now: anyone
 * Fails       never; errno is kept, nothing is allocated, and no file stays open
 */
#ifndef TIDEPOOL_PRESSURE_H
#define TIDEPOOL_PRESSURE_H

#include "base.h"

enum pressure {
	PRESSURE_NONE,
	PRESSURE_SOME, /* from 80 % of the tightest limit, or when a tenth of the time goes by in waiting for memory */
	PRESSURE_FULL, /* from 90 % */
};

#define PRESSURE_LOOK_MS 100       /* the least time between two looks … */
#define PRESSURE_GROWN_LOOK_MS 10  /* … while the program is known to grow */
#define PRESSURE_NEVER UINT64_MAX

/* root: what all paths begin with, for tests; NULL or "": nothing. */
void pressure_init(const char *root);

/* Looks, unless the last look was a moment ago. now: CLOCK_MONOTONIC, ms; grown: what pressure_headroom said is used up. */
enum pressure pressure_look(uint64_t now, bool grown);

/* What the last look saw. */
enum pressure pressure_now(void);

/* Bytes by which the process could grow before the next worse answer, by the last look; UINT64_MAX: there is no limit. */
uint64_t pressure_headroom(void);

/* Milliseconds from the last look to the next one worth having; PRESSURE_NEVER: there is nothing to look at. Before the first look: 0. */
uint64_t pressure_interval(void);

/* Nobody will look for a while: what was seen does not hold any more. */
void pressure_forget(void);

/* In the child: it may be in another cgroup, and looks anew. Until then its parent's answer holds. */
void pressure_fork_child(void);

#endif
