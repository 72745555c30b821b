/*
 * verb - what the verbs of the command share: a row of the table of verbs, options, complaints, exit statuses.
 *
 * A verb returns its exit status; what it has to say goes to stdout, and what went wrong is one line on stderr that begins
 * with the verb's name.
 *
 * Owns        the name of the verb that runs
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_VERB_H
#define TIDEPOOL_COMMAND_VERB_H

#include <getopt.h>

#include "base.h"

enum { DONE = 0, FAILED = 1, WRONG_USE = 2 };

struct verb {
	const char *name, *takes; /* "stat", "PID [--json]" */
	const char *description;  /* one line */
	const char *help;         /* the lines below usage and description in --help */
	int (*run)(int argc, char **argv); /* argv[0] is the verb */
};

extern const struct verb verb_run, verb_stat, verb_top, verb_diff, verb_report, verb_doctor, verb_settings;

/* The verb whose name stands before complaints, and whose help verb_option prints. */
extern const struct verb *verb_current;

/* The status for wrong use: WRONG_USE, but for `run`, whose status is its command's. */
extern int verb_wrong_use_status;

/* One line on stderr; the result is the status. */
int verb_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int verb_wrong_use(const char *format, ...) __attribute__((format(printf, 1, 2)));
void verb_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The next option, as getopt_long gives it, or -1. --help and -h are answered here, and an option that does not exist too:
 * neither returns. Every long option's row with val 'h' is help.
 */
int verb_option(int argc, char **argv, const char *letters, const struct option *words);
#define VERB_HELP { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }

void verb_print_help(const struct verb *v);

/* A process number; 0: it is none. */
int verb_pid(const char *text);

/* Seconds with decimals, in milliseconds, within 1 … most; 0: it is no such time. */
unsigned verb_seconds(const char *text, unsigned most_ms);

#endif
