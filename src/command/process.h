/*
 * process - what /proc says about a process: whose it is, whether it carries the library, which signals it catches.
 *
 * Hides what of it can be believed: a program may overwrite its environment (setproctitle in redis, nginx, postgres does), so that
 * TIDEPOOL_SIGNAL and TIDEPOOL_DUMP of an environment are only believed when LD_PRELOAD with our library still stands there.
 *
 * Owns        a struct process owns its environment until process_forget
 * Callers     the one thread of the command
 * Fails       process_look: false, and `why` says it in a line
 */
#ifndef TIDEPOOL_COMMAND_PROCESS_H
#define TIDEPOOL_COMMAND_PROCESS_H

#include <sys/types.h>

#include "library.h" /* WHY_MAX */

struct process {
	int pid;
	int inner_pid;        /* as the process itself sees it (PID namespaces) */
	uid_t uid;            /* its files are this user's … */
	gid_t gid;            /* … and this group's */
	char state;           /* R, S, D, T, Z … */
	char name[64];        /* as the kernel has it */
	uint64_t caught, ignored; /* bit n - 1 for signal n */
	bool carries;         /* libtidepool.so is loaded */
	char library[PATH_MAX];
	char allocator[48], sanitizer[24]; /* other libraries of that kind that are loaded, or "" */
	char *environment;    /* NAME=VALUE, a NUL behind each */
	size_t environment_size;
	bool believed;        /* the environment is the one that the library has read */
};

bool process_look(int pid, struct process *out, char why[static WHY_MAX]);
void process_forget(struct process *p);

/* Only /proc/PID/status: states and signals anew. False: there is no such process any more, or it is a zombie. */
bool process_look_again(struct process *p);

bool process_is_stopped(const struct process *p);

/* Still `tidepool run` itself, or so young that it may not be up yet: the library may come into it. */
bool process_is_starting(const struct process *p);

bool process_catches(const struct process *p, int sig);
bool process_ignores(const struct process *p, int sig);

/* NULL: not set, or nothing is known. */
const char *process_variable(const struct process *p, const char *name);

/* The processes of this user, ascending; root: of everybody. *count of them; the list is the caller's to free. */
int *process_list(size_t *count);

#endif
