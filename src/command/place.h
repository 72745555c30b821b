/*
 * place - a path of another process's, as we reach it: TIDEPOOL_DUMP's and TIDEPOOL_CONTROL's patterns, through /proc/PID/root and cwd,
 * as what the process calls /tmp may be another folder than ours.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 * Fails       false: the path is too long
 */
#ifndef TIDEPOOL_COMMAND_PLACE_H
#define TIDEPOOL_COMMAND_PLACE_H

#include "process.h"

/* The pattern with %p as the process's own number, %e as its name, and %n as 0. */
bool place_of(const struct process *p, const char *pattern, char out[static PATH_MAX]);

/* `name` in the folder of what the pattern gives; "stderr" has /tmp. */
bool place_beside(const struct process *p, const char *pattern, const char *name, char out[static PATH_MAX]);

/*
 * Makes the file at this path, whole and at once, with one line. The path is the process's word, so root does it as the process's user
 * would: nothing comes to be where that user could not have put it. False with errno.
 */
bool place_put(const struct process *p, const char *path, const char *line);

#endif
