/*
 * program - what else is in this process: read from the loaded objects' own tables.
 *
 * Callers     any thread; not a signal handler (the dynamic loader's lock)
 */
#ifndef TIDEPOOL_PROGRAM_H
#define TIDEPOOL_PROGRAM_H

#include "base.h"

/* Some loaded object other than ours names a library whose file name begins with `prefix` among those that it needs. */
bool program_needs(const char *prefix);

#endif
