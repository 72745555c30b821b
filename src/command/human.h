/*
 * human - figures for a person: short, six characters at most.
 *
 * Owns        nothing: a text is written to the caller's buffer, which is the result too
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_HUMAN_H
#define TIDEPOOL_COMMAND_HUMAN_H

#include "base.h"

#define HUMAN_MAX 16
/* A buffer that lives as long as the block it is named in. */
#define HUMAN ((char[HUMAN_MAX]){ 0 })

char *human_bytes(double v, char out[static HUMAN_MAX]);   /* 512, 4.0K, 1.5M: powers of 1024 */
char *human_count(double v, char out[static HUMAN_MAX]);   /* 512, 0.3, 4.2k, 1.5M: powers of 1000 */
char *human_signed(double v, char *(*form)(double, char *), char out[static HUMAN_MAX]); /* +4.2k, -512, 0 */
char *human_seconds(double v, char out[static HUMAN_MAX]); /* 5s, 12m, 3h, 2d */
/* What others have written, made harmless for a terminal: control characters but \n and \t become '?', those of UTF-8 too. */
void human_clean(char *text);

char *human_share(double part, double whole, char out[static HUMAN_MAX]); /* 99.9%; nothing of nothing is - */

#endif
