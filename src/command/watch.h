/*
 * watch - processes that are asked again and again: their last two figures, and what became of them.
 *
 * Owns        the figures and the asks under way, until watch_forget
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_WATCH_H
#define TIDEPOOL_COMMAND_WATCH_H

#include "ask.h"
#include "figures.h"

struct watched {
	int pid;
	char program[64];
	struct figures before, now;
	bool has_before, has_now;
	bool asking;   /* an answer is under way */
	bool ended;    /* there is no such process any more; its last figures stay */
	char why[WHY_MAX]; /* why there is no answer; "" when there was one */
	struct ask ask;
};

struct watch {
	struct watched **at;
	size_t count;
	bool everybody; /* all processes that carry the library, also those that come later */
	struct ask_how how;
};

/* Adds a process; NULL: memory is gone. */
struct watched *watch_add(struct watch *w, int pid);

/* everybody: looks for processes that have come, and drops those that have ended. */
void watch_look_around(struct watch *w);

/* Asks all that can be asked. */
void watch_ask(struct watch *w);

/* Takes what has been answered; true: no answer is outstanding. */
bool watch_collect(struct watch *w);

/* Whether there is still a process. */
bool watch_any_alive(const struct watch *w);

void watch_forget(struct watch *w);

#endif
