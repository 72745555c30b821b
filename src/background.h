/*
 * background - the epoch thread: when it starts, what wakes it, when it ends; and who does its work while there is none.
 *
 * It starts when there is something worth rotating, or could be when the threads have gone to sleep after their next frees (which can't
 * start it), and not before: a process that allocates little, or for less than an epoch, stays single-threaded. It ends
 * when nothing has been cached for a while, and with the last attached thread, so that it never keeps a process alive. It blocks every
 * signal, is called `tidepool`, holds no descriptor, and has no cache. While there is none (not yet, not any more, refused, or
 * TIDEPOOL_BACKGROUND=off) slow paths look at the coarse clock now and then, and rotate themselves.
 *
 * Owns        the thread, and the semaphore that wakes it
 * Callers     background_wake: anyone, a handler too; background_tick: slow paths, with no lock held; the rest: boot
 * Edges       background.life   the thread's last store of `running` (release) -> a request's load of it (acquire)
 * Fails       a thread that can't be made is tried again later; the work goes on without
 */
#ifndef TIDEPOOL_BACKGROUND_H
#define TIDEPOOL_BACKGROUND_H

#include "base.h"

/* serve: writes the dumps that are asked for, on the epoch thread or a slow path; returns when (epoch_clock) it wants to be called
 * without having been woken, or UINT64_MAX. */
void background_init(uint64_t (*serve)(void));

/* serve has work of its own: the thread starts with the next slow path, and stays as long as somebody is attached. */
void background_stay(void);

/* Something to serve. True: the epoch thread is there and will. */
bool background_wake(void);

/* The budget is reached: rotate soon. Called with locks held. */
void background_hurry(void);

void background_tick(bool getting, bool now_and_then);

/* Nobody is attached any more: the thread should end. */
void background_last_end(void);

bool background_runs(void);

void background_fork_child(void);

#endif
