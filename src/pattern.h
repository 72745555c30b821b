/*
 * pattern - the path of a file from a pattern: %p the process, %n a number, %e the program, %% a percent sign.
 *
 * Owns        nothing
 * Callers     any thread, any signal handler
 * Fails       false with ENAMETOOLONG; out then holds what there was room for
 */
#ifndef TIDEPOOL_PATTERN_H
#define TIDEPOOL_PATTERN_H

#include "base.h"

/* A '/' or a control character in the program's name becomes '_'; what is no conversion stands for itself. */
bool pattern_expand(const char *pattern, unsigned long number, char *out, size_t size);

/* The pattern has this conversion: 'p', 'n' or 'e'. */
bool pattern_has(const char *pattern, char conversion);

#endif
