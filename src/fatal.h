/*
 * fatal - the one way out when memory is found corrupt: a line, the stack, abort.
 *
 * The only user of libunwind, which is opened here and nowhere else, so that no process pays for it at start.
 *
 * Callers     anybody, with any lock held. Uses write(2) and the dynamic loader; does not return
 */
#ifndef TIDEPOOL_FATAL_H
#define TIDEPOOL_FATAL_H

#include "base.h"

/* "tidepool: fatal: <what> (<p>)", then a line for each caller, then abort(). p may be NULL. */
_Noreturn COLD void fatal(const char *what, const void *p);

/* True from the moment fatal was called: allocation goes past everything of ours, so that the loader can work. */
bool fatal_now(void);

#endif
