/*
 * options - every setting, from one table (options.def), read once from the environment.
 *
 * Hides how a value is written from the rooms that use it.
 *
 * Owns        the one struct options, in pages of its own; read-only after options_load
 * Callers     options_load: boot, once, before a second thread exists; everything else: anyone, afterwards
 * Invariants  a field holds its default until options_load has understood something else
 * Fails       never: a wrong value is one line on stderr and the default (TIDEPOOL_STRICT: the program ends with status 2)
 */
#ifndef TIDEPOOL_OPTIONS_H
#define TIDEPOOL_OPTIONS_H

#include <limits.h>

#include "value.h"

enum reset { RESET_NONE, RESET_ZERO, RESET_POISON };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_PROMETHEUS }; /* options.format is a set: bit 1 << FORMAT_… */
enum deepbind { DEEPBIND_MASK, DEEPBIND_KEEP };
enum background { BACKGROUND_AUTO, BACKGROUND_OFF };

/* A multiple of the page size wherever the linker allows that; where it is not, the settings stay writable. */
#ifdef __x86_64__
#define OPTIONS_PAGE 4096
#else
#define OPTIONS_PAGE 65536
#endif

#define OPTIONS_PATHS 2 /* rows that are paths */

/*
 * One field for each row of options.def, by its name and C type there: options.epoch_ms, options.cap … What a row's word
 * stands for ("none", "off", "0") is the field's zero: no ranges, no period, no bytes, no signal. options.dump is a pattern,
 * or "stderr"; options.control a pattern, or "off".
 */
struct options {
#define OPTION(field, type, ...) type field;
#include "options.def"
	uint32_t changed;         /* a bit for each row that differs from its default */
	char text[OPTIONS_PATHS][PATH_MAX]; /* what options.dump and options.control point to: a program may overwrite its environment */
} __attribute__((aligned(OPTIONS_PAGE)));

extern struct options options;

/*
 * Reads TIDEPOOL_* from envp (NULL: none). secure: the process runs with raised privileges, and nothing is read.
 * Variables that begin with TIDEPOOL_TEST_ belong to the project's tests and are passed over. Of a variable that occurs
 * twice the first holds, as with getenv(3). Called again (only tests do) it starts anew from the defaults.
 */
void options_load(char *const *envp, bool secure);

/* For the dump: the settings row by row. name without "TIDEPOOL_"; value as a person would write it, cut to value_size with
 * its NUL. False past the last row. */
bool options_row(unsigned row, const char **name, char *value, size_t value_size, bool *is_default);

/* For the pages: a row as it is documented. False past the last row. */
#define ALLOWED_MAX 192
struct option_page {
	const char *name; /* without "TIDEPOOL_" */
	const char *description;
	const char *initial;       /* the default */
	char allowed[ALLOWED_MAX]; /* "1ms to 1h, or off" */
};
bool options_page(unsigned row, struct option_page *out);

#endif
