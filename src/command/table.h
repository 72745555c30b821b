/*
 * table - the table of settings (options.def) as the command needs it: whether a setting exists, and whether a value is right.
 *
 * Owns        the place of the last value that was read
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_TABLE_H
#define TIDEPOOL_COMMAND_TABLE_H

#include "setting.h"

union table_value {
#define KIND(kind, type) type as_##kind;
	SETTING_KINDS(KIND)
#undef KIND
};

/* The row of a name with or without TIDEPOOL_, in any case; NULL: there is none. */
const struct setting *table_find(const char *name, size_t n);

/* The name that was probably meant, without TIDEPOOL_; NULL: none comes to mind. */
const char *table_nearest(const char *name, size_t n);

/* Reads a value; NULL or one that is wrong gives the default, as in the library. True: it was right. */
bool table_value(const struct setting *row, const char *text, union table_value *out, struct refusal *why);

/* What TIDEPOOL_SIGNAL, _DUMP and _CONTROL mean with these values (NULL: not set). A path lives until the next call; NULL: off. */
int table_signal(const char *text);
const char *table_dump(const char *text);
const char *table_control(const char *text);

#endif
