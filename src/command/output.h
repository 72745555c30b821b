/*
 * output - the file that a verb is told to write: whole or not at all, and nothing is replaced but a file.
 *
 * A regular file is written beside itself and renamed, with the mode and, where we may, the owner of the one before; behind links it is
 * the file that they name. What is something else (a pipe, a terminal, a device, an open descriptor in /proc) is opened and written.
 *
 * Owns        a struct output owns its stream, and the file beside, from output_open to output_close
 * Callers     the one thread of the command; it ignores SIGXFSZ, so that a limit of files is an error that a write gives
 * Fails       false, and `why` says it in a line; nothing is left then
 */
#ifndef TIDEPOOL_COMMAND_OUTPUT_H
#define TIDEPOOL_COMMAND_OUTPUT_H

#include <stdio.h>

#include "library.h" /* WHY_MAX */

struct output {
	FILE *file;
	char path[PATH_MAX];           /* behind links */
	char temporary[PATH_MAX + 32]; /* beside it; "": it is written itself */
};

bool output_open(struct output *o, const char *path, char why[static WHY_MAX]);

/* `good`: all was printed; otherwise what is there stays as it was, and the result is false. */
bool output_close(struct output *o, bool good, char why[static WHY_MAX]);

#endif
