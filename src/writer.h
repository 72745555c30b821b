/*
 * writer - formatting into a caller's buffer and write(2): no malloc, no stdio, no locale.
 *
 * Every function may be called in a signal handler. errno is kept. A failed write is remembered, and later output is dropped.
 *
 * Owns        nothing: the buffer is the caller's
 * Callers     any thread, any signal handler; one writer is used by one caller at a time
 * Invariants  len <= capacity
 * Fails       writer_flush tells whether everything has reached the file
 */
#ifndef TIDEPOOL_WRITER_H
#define TIDEPOOL_WRITER_H

#include "base.h"

struct writer {
	char *buffer;
	size_t capacity;
	size_t len;
	int fd; /* -1: nothing is written; what does not fit in the buffer is cut (and counted as a failure) */
	bool failed;
	int error; /* errno of the write(2) that failed; 0: none has */
};

/* A writer over buffer[0 .. capacity), flushed to fd whenever it is full; fd -1 keeps the text in the buffer. */
void writer_init(struct writer *w, char *buffer, size_t capacity, int fd);

/*
 * Writes out what is buffered (restarting after EINTR and short writes); true when nothing has failed since writer_init.
 * A non-blocking file that stays full for half a second counts as failed. A pipe without a reader gives a failure, not
 * SIGPIPE; and it is no cancellation point.
 */
bool writer_flush(struct writer *w);

/* For fd -1: ends the text with a NUL, in the place of its last character when the buffer is full. True when it is whole. */
bool writer_terminate(struct writer *w);

void writer_char(struct writer *w, char c);
void writer_str(struct writer *w, const char *s);
void writer_mem(struct writer *w, const char *s, size_t n);
void writer_u64(struct writer *w, uint64_t v);
void writer_i64(struct writer *w, int64_t v);
void writer_hex(struct writer *w, uint64_t v); /* 0x… */

/* v / 10^decimals with exactly that many decimals: writer_fixed(w, 1500, 3) writes 1.500 */
void writer_fixed(struct writer *w, uint64_t v, unsigned decimals);

/* A number of bytes for a person: 512, 4K, 1.5M, 2.0G (powers of 1024, rounded). Exact multiples have no decimal. */
void writer_bytes(struct writer *w, uint64_t v);

/* A JSON string with its quotes; control characters, quotes and backslashes are escaped, and a byte that is not UTF-8
 * becomes \ufffd, so that any parser takes it. */
void writer_json(struct writer *w, const char *s);

/* Columns of a table: at least `width` wide, never cut. A column of text counts UTF-8 characters, not bytes. */
void writer_right(struct writer *w, uint64_t v, unsigned width);       /* a number, right-aligned */
void writer_right_bytes(struct writer *w, uint64_t v, unsigned width); /* writer_bytes, right-aligned */
void writer_left(struct writer *w, const char *s, unsigned width);     /* text, left-aligned */

#endif
