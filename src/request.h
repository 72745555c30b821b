/*
 * request - what a queued signal says about the dump that it asks for.
 *
 * A plain signal (kill(2)) asks for a dump as TIDEPOOL_FORMAT and TIDEPOOL_DUMP have it. One that is queued with a value
 * (sigqueue(3)) may ask for an answer: the formats it names, each in a file `tidepool.PID.answer.FORMAT` of the folder that
 * TIDEPOOL_DUMP names, or of /tmp. An answer has no number, and whoever asked takes it away.
 *
 * Whoever may send a signal gets nothing by a value that he would not get by the signal itself: a file of the process's own
 * user that nobody else may read, in one of two folders that he does not choose.
 *
 * Owns        nothing
 * Callers     anyone, a handler too; the command includes it as well
 * Fails       a value that is not ours is a plain request
 */
#ifndef TIDEPOOL_REQUEST_H
#define TIDEPOOL_REQUEST_H

#include "base.h"

enum {
	REQUEST_MARK = 0x54507200,  /* the upper bits of every value of ours */
	REQUEST_MARK_BITS = ~0x1ff,
	REQUEST_IN_TMP = 0x100,     /* who asks does not know what TIDEPOOL_DUMP is */
	REQUEST_FORMATS = 0xff,     /* a bit for each: 1 << FORMAT_TEXT … */
};

/* The value that asks for formats (bits 1 << enum format). */
INLINE int
request_value(unsigned formats, bool in_tmp)
{
	return REQUEST_MARK | (int)(formats & REQUEST_FORMATS) | (in_tmp ? REQUEST_IN_TMP : 0);
}

/* REQUEST_IN_TMP and the formats' bits; 0: a plain request. */
INLINE unsigned
request_read(int value)
{
	if ((value & REQUEST_MARK_BITS) != REQUEST_MARK || (value & REQUEST_FORMATS) == 0)
		return 0;
	return (unsigned)(value & ~REQUEST_MARK_BITS);
}

#endif
