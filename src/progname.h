/*
 * progname - what this program is called: a copy, taken when the process starts.
 *
 * program_invocation_short_name points into the memory of argv, which programs write their titles over (setproctitle, $0 of perl), so
 * that one process would have many names, or none.
 *
 * Owns        the copy
 * Callers     reading: any thread, any signal handler. progname_take: boot, before main
 */
#ifndef TIDEPOOL_PROGNAME_H
#define TIDEPOOL_PROGNAME_H

#include "base.h"

/* "" until it is taken. Whoever has started the program has chosen it: it may hold any byte. */
extern const char *progname;

/* The first call counts. A name is cut at 255 bytes, as long as a file's can be. */
void progname_take(void);

#endif
