/*
 * executable - the file that a command becomes, and what that means for a preloaded allocator.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_EXECUTABLE_H
#define TIDEPOOL_COMMAND_EXECUTABLE_H

#include "elffile.h"

enum verdict { VERDICT_GOOD, VERDICT_NOTE, VERDICT_NO };

struct finding {
	enum verdict verdict;
	bool unsaid;    /* the library is never there to say it itself */
	char text[320]; /* a sentence without its full stop */
};

struct executable {
	char path[PATH_MAX];
	char script[PATH_MAX]; /* the script that it interprets, or "" */
	struct elffile elf;
};

/* Looks a command up as execvp(3) does, and follows scripts to what interprets them. False: errno says why. */
bool executable_find(const char *command, struct executable *out);

/* A file that is known, such as /proc/PID/exe. */
bool executable_at(const char *path, struct executable *out);

#define FINDINGS_MAX 8
/* What speaks against it, and what is worth knowing; returns how many. None: it can be preloaded into. */
size_t executable_findings(const struct executable *e, struct finding out[static FINDINGS_MAX]);

#endif
