/*
 * library - where libtidepool.so is, and how LD_PRELOAD comes to name it.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 * Fails       false, and `why` says it in a line
 */
#ifndef TIDEPOOL_COMMAND_LIBRARY_H
#define TIDEPOOL_COMMAND_LIBRARY_H

#include <limits.h>

#include "base.h"

#define LIBRARY_NAME "libtidepool.so"
#define WHY_MAX 512

/*
 * The library that belongs to this command: `named`, when somebody has named one (otherwise NULL); beside the command, or in
 * .libs there (a build's folder); in the lib folders beside the command's bin; where it was configured to be installed.
 */
bool library_find(const char *named, char out[static PATH_MAX], char why[static WHY_MAX]);

/* Whether a path's last part is the library's name. */
bool library_is(const char *path);

/* Puts it in front of what LD_PRELOAD of our environment has already. */
bool library_preload(const char *library, char why[static WHY_MAX]);

#endif
