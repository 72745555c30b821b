/*
 * signame - the names of the signals a program may catch: USR2, RTMIN+11.
 *
 * Hides that strsignal(3) and sigabbrev_np(3) speak of other names, or of none.
 *
 * Owns        nothing
 * Callers     any thread, any signal handler
 * Fails       an unknown name gives 0
 */
#ifndef TIDEPOOL_SIGNAME_H
#define TIDEPOOL_SIGNAME_H

#include "base.h"

#define SIGNAME_MAX 24 /* bytes that hold every name and its NUL */

/* The number of a signal: a name with or without SIG in any case, RTMIN+n, RTMAX-n, or a number from 1 to 64. 0: no such signal. */
int signame_number(const char *text);

/* The name without SIG; a number that has none is written as the number. */
void signame_text(int number, char out[static SIGNAME_MAX]);

/* Why this signal can't ask for a dump, in words; NULL when it can. */
const char *signame_objection(int number);

/* The names one by one, without SIG: NULL past the last. Real-time signals are given as RTMIN and RTMAX. */
const char *signame_row(unsigned row);

#endif
