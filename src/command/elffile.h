/*
 * elffile - what an executable or a shared object says about itself: can a library be preloaded into it, and who serves its malloc.
 *
 * Only what a file says without being run. A file is data of somebody's: every offset in it is looked at before it is used.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 * Fails       false: the file can't be read, or is no ELF file; `script` or errno say which
 */
#ifndef TIDEPOOL_COMMAND_ELFFILE_H
#define TIDEPOOL_COMMAND_ELFFILE_H

#include <limits.h>

#include "base.h"

struct elffile {
	bool foreign;             /* for another machine or word size than ours */
	bool is_static;           /* nothing is loaded into it */
	bool has_malloc;          /* defines malloc itself */
	bool malloc_is_hidden;    /* … for itself only: what it loads finds ours */
	bool is_tidepool;         /* a shared object that exports what only our library does */
	char interpreter[PATH_MAX];
	char sanitizer[24];       /* "AddressSanitizer", or "" */
	char allocator[48];       /* a library that it needs and that is known to bring a malloc, or "" */
	char runtime[24];         /* "Go", "Java": gets most of its memory by itself, or "" */
	char script[256];         /* no ELF file but a script: the line behind its #! */
};

bool elffile_read(const char *path, struct elffile *out);

/* The known name that a library's name begins with: "jemalloc", "tcmalloc"; NULL: none. `sanitizer`: names of their runtimes. */
const char *elffile_known_allocator(const char *library);
const char *elffile_known_sanitizer(const char *library);

#endif
