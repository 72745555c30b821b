/*
 * program - what else is in this process: read from the loader's list of objects and their own tables, without calling anybody.
 *
 * Callers     boot and what it starts, while nobody can load or unload a library
 */
#ifndef TIDEPOOL_PROGRAM_H
#define TIDEPOOL_PROGRAM_H

#include "base.h"

/* Who in this process knows blocks better than we do. */
struct program_neighbours {
	const char *sanitizer; /* "AddressSanitizer" …; NULL: none */
	char allocator[128];   /* the file name of the first object in front of ours that defines malloc; "": none */
};
void program_look(struct program_neighbours *out);

/* The function of this name that would be called if we were not here: the first one behind us (as RTLD_NEXT, but callable when not
 * even the C library is ready). NULL: there is none. */
void *program_next(const char *name);

/* Some loaded object other than ours names a library whose file name begins with `prefix` among those that it needs. */
bool program_needs(const char *prefix);

#endif
