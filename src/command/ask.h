/*
 * ask - a question to a running process: the queued signal (request.h), or its control file (trigger.h), and the file that answers it.
 *
 * No process is signalled that does not carry the library and catch the signal, or that is stopped; that is looked at right before each signal.
 * (A process that calls exec between the look and the signal loses its handlers in that moment; nothing can close that gap.)
 *
 * Owns        a struct ask owns its process, and the answer's file until it is read: then it is taken away
 * Callers     the one thread of the command. Several asks may be under way at once
 * Fails       false, or ASK_FAILED, and `why` says it in a line
 */
#ifndef TIDEPOOL_COMMAND_ASK_H
#define TIDEPOOL_COMMAND_ASK_H

#include "process.h"

struct ask_how {
	const char *signal; /* NULL: as the process was told; otherwise a signal's name … */
	const char *dump, *control; /* … and TIDEPOOL_DUMP and _CONTROL of the process, for one that has overwritten its environment */
	unsigned timeout_ms;
};

enum ask_state { ASK_WAITS, ASK_ANSWERED, ASK_FAILED };

struct ask {
	struct process process;
	struct ask_how how;
	int pidfd;                  /* -1: not to be had */
	unsigned format;            /* enum format */
	int signal;                 /* 0: none asks it */
	int value;                  /* what goes with it */
	char control[PATH_MAX];     /* its control file, or "" */
	uint64_t begun_ms, sent_ms; /* CLOCK_MONOTONIC */
	/* Where the answer may come, and what lay there before. The folder is held: /proc/PID goes with the process. */
	struct { int folder; uint64_t inode, time; } place[2];
	char name[64]; /* the answer's, in its folder */
	bool outstanding;           /* an answer may still come */
	bool stepped_aside;         /* why it was not asked: the library is there, and has left the process alone */
	bool too_early;             /* why it was not asked: it is not up yet, as far as can be seen */
	char why[WHY_MAX];
};

/* Looks at the process and asks it. `format`: enum format of options.h. False: it was not asked; then nothing is owned. */
bool ask_begin(struct ask *a, int pid, unsigned format, const struct ask_how *how);

/* The same, but a process that is not up yet is looked at again, within the timeout. */
bool ask_begin_when_up(struct ask *a, int pid, unsigned format, const struct ask_how *how);

/* Is it there? ASK_ANSWERED: *text is the caller's to free. ASK_WAITS after the timeout is not given. */
enum ask_state ask_look(struct ask *a, char **text);

/* An answer that is still on its way is waited for a moment, and taken away: whoever leaves leaves nothing behind. */
void ask_end(struct ask *a);

/* All of it: the answer, or NULL and why[]. */
char *ask_wait(int pid, unsigned format, const struct ask_how *how, char why[static WHY_MAX]);

/* Sleeps until the next look is worth it. */
void ask_pause(void);

uint64_t ask_now_ms(void);

#endif
