/*
 * epoch - rotation: the victims go back to jemalloc, and what lies in the shared level and in the threads' bins becomes the victims.
 *
 * So an object that nobody asks for is a victim after one rotation and jemalloc's after two, wherever it lay.
 *
 * A rotation that comes early because the program grows (pacing.h) makes no victims of what nobody has taken anything from since the last:
 * that goes back at once.
 *
 * Near the memory limit (pressure.h): under some pressure a quarter of that may lie cached, and an epoch is a quarter as long; under full
 * pressure nothing is left to lie: frees hand full magazines back, and what is cached goes all the way to the kernel, ten times a second
 * at most.
 *
 * Owns        the rotation lock and the figures of rotations
 * Callers     any thread but a signal handler; epoch_figures: anyone
 * Fails       never
 */
#ifndef TIDEPOOL_EPOCH_H
#define TIDEPOOL_EPOCH_H

#include "control.h" /* struct control_figures */
#include "base.h"

enum rotation_cause { ROTATION_TIMER, ROTATION_BUDGET, ROTATION_PRESSURE, ROTATION_MANUAL, ROTATION_CAUSES };

/* One rotation, unless one is under way already. */
void epoch_rotate(enum rotation_cause cause);

/* A mark of the budget is reached: rotates when what is really cached is over it, and sets the marks anew when it is not. */
void epoch_rotate_over_budget(void);

/* Looks how near the memory limit is, if it is time to and something is cached, and acts on it. Returns the milliseconds until the next look,
 * or EPOCH_NO_WATCH: there is nothing to look at, or so little is cached that a mark of the budget will ask. */
#define EPOCH_NO_WATCH UINT64_MAX
uint64_t epoch_watch(void);

/* Milliseconds between two rotations, as things are; and why the next one comes. */
uint64_t epoch_length(void);
enum rotation_cause epoch_timer_cause(void);

/* Two rotations, and the pages that this empties go to the kernel at once. Returns the bytes of the objects that went back. */
size_t epoch_rotate_now(void);

/* jemalloc has no n bytes: two rotations and a purge of everything, by a thread that holds no lock. True: it is worth asking once
 * more. False for a handler, inside a fork, and for more bytes than the process has mapped. */
bool epoch_last_resort(size_t n);

struct epoch_figures {
	uint64_t number;
	uint64_t rotations[ROTATION_CAUSES];
	uint64_t released_objects, released_bytes;
	uint64_t skipped_bins;
	uint64_t rotating_ns; /* of a clock on the wall: rotations, and handing their pages on */
};
void epoch_figures(struct epoch_figures *out);

/* Takes jemalloc's figures again when they are older than that. Not in a handler. */
void epoch_sample(uint64_t oldest_ms);
#define EPOCH_SAMPLE_MS 1000u /* as old as they may be where nobody waits for them */

/* The last ones, and when they were taken (epoch_clock; 0: never). A handler may call it. */
uint64_t epoch_last_sample(struct control_figures *out);

/* Milliseconds of CLOCK_MONOTONIC, coarse; and what it showed at boot. */
uint64_t epoch_clock(void);
extern uint64_t epoch_start_ms;
void epoch_init(void);

void epoch_fork_prepare(void);
void epoch_fork_release(void);

#endif
