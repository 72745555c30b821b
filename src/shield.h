/*
 * shield - a stretch in which nobody can take the thread away from us: no handler of the program leaves it by siglongjmp, and no
 * cancellation unwinds it. The faults stay open: should we cause one, the program's own handler for crashes is to run.
 *
 * Owns        nothing; a shield is the caller's, and ends on the thread where it began
 * Callers     any thread, any signal handler
 * Fails       never
 */
#ifndef TIDEPOOL_SHIELD_H
#define TIDEPOOL_SHIELD_H

#include <signal.h>

#include "base.h"

struct shield {
	sigset_t mask, pending;
	int cancel;
};

void shield_up(struct shield *shield);

/* Puts everything back. A SIGXFSZ that came with a write of ours is taken back first. */
void shield_down(const struct shield *shield);

/* Every signal but the faults. */
void shield_set(sigset_t *set);

#endif
