/*
 * report - the parts of the page (report_page.c) that the verb (report.c) puts together.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_REPORT_H
#define TIDEPOOL_COMMAND_REPORT_H

#include <stdio.h>

#include "figures.h"

void report_begin(FILE *out, const struct figures *dumps, size_t count);

/* A process's section: its dumps by age, at least one. False: memory is gone. */
bool report_process(FILE *out, const struct figures *dumps, size_t count);

void report_end(FILE *out);

#endif
