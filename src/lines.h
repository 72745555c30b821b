/*
 * lines - a small file of the kernel's (/proc, cgroups), line by line: no malloc, no stdio, nothing left open.
 *
 * The program that we are a guest of may close every descriptor it does not know at any moment, and then reuse the number. So a file is
 * open only from lines_open to lines_close, nobody waits in between, and it is read by pread, which takes nothing from a socket or
 * a pipe that has come in its place. None of this is a cancellation point.
 *
 * Owns        nothing: the buffer is the caller's, and bounds how long a line may be (what is too long is cut)
 * Callers     any thread; one struct lines is used by one caller at a time
 * Fails       lines_open is false when there is no such file; reading ends early when it can't go on. errno is kept
 */
#ifndef TIDEPOOL_LINES_H
#define TIDEPOOL_LINES_H

#include "base.h"

struct lines {
	char *buffer;
	size_t capacity;
	size_t start, end; /* what is read and not handed out yet: buffer[start .. end) */
	uint64_t offset;   /* of the file, behind what was read */
	int fd;
	int cancel;        /* the thread's cancellation state before */
};

/* A reader over buffer[0 .. capacity), capacity > 1. True: it must be closed. */
bool lines_open(struct lines *l, const char *path, char *buffer, size_t capacity);
void lines_close(struct lines *l);

/* The next line without its newline, valid until the next call; NULL: there is none. */
char *lines_next(struct lines *l);

/* The decimal number that *text begins with; *text moves behind it. More than 64 bits hold gives the largest. False: no digit. */
bool lines_number(const char **text, uint64_t *out);

#endif
