/*
 * doctor - the list of what was found, line by line, and its verdict.
 *
 * Owns        the counts
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_DOCTOR_H
#define TIDEPOOL_COMMAND_DOCTOR_H

#include "ask.h"
#include "executable.h"

/* One line: what it is about (one word), and a sentence. */
void doctor_say(enum verdict verdict, const char *about, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The first sentence that was a no; NULL: none was. */
const char *doctor_first_no(void);

/* doctor_machine.c: the library here, by a process that really carries it; then limits, the kernel and the environment. */
void doctor_library(const char *library);
void doctor_machine(void);
int doctor_probe(int argc, char **argv); /* what that process does */

/* doctor_process.c: a running process. */
void doctor_process(int pid, const struct ask_how *how);

/* Limits as a line of /proc/PID/limits has them; 0: unlimited. */
void doctor_address_space(uint64_t limit);

#endif
