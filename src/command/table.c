/* See table.h. */
#include "table.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "spelling.h"

static char path[PATH_MAX];

static const struct setting rows[] = {
#define OPTION(field, ctype, NAME, form, text_, low, high, percent, others, says) \
	{ .name = #NAME, .initial = text_, .words = others, .description = says, .kind = SETTING_##form, .share = percent, \
	  .smallest = low, .largest = high, .text = path },
#include "options.def"
};

#define ROWS (sizeof rows / sizeof rows[0])

static void
drop_prefix(const char **name, size_t *n)
{
	static const char prefix[] = "TIDEPOOL_";

	if (*n > sizeof prefix - 1 && strncasecmp(*name, prefix, sizeof prefix - 1) == 0) {
		*name += sizeof prefix - 1;
		*n -= sizeof prefix - 1;
	}
}

const struct setting *
table_find(const char *name, size_t n)
{
	drop_prefix(&name, &n);
	for (size_t i = 0; i < ROWS; i++)
		if (strlen(rows[i].name) == n && strncasecmp(rows[i].name, name, n) == 0)
			return &rows[i];
	return NULL;
}

const char *
table_nearest(const char *name, size_t n)
{
	struct spelling best = { 0 };

	drop_prefix(&name, &n);
	for (size_t i = 0; i < ROWS; i++)
		spelling_compare(&best, name, n, rows[i].name, strlen(rows[i].name));
	return best.word; /* the candidate is whole, and ended by its NUL */
}

bool
table_value(const struct setting *row, const char *text, union table_value *out, struct refusal *why)
{
	struct refusal never;

	*why = (struct refusal){ 0 };
	if (text != NULL && text[0] != '\0') {
		if (setting_take(row, text, out, why))
			return true;
		setting_suggest(row, text, out, why);
		setting_take(row, row->initial, out, &never);
		return false;
	}
	return setting_take(row, row->initial, out, &never);
}

int
table_signal(const char *text)
{
	union table_value v;
	struct refusal why;

	table_value(table_find("SIGNAL", 6), text, &v, &why);
	return v.as_SIGNAL;
}

static const char *
path_of(const char *name, const char *text)
{
	union table_value v;
	struct refusal why;

	table_value(table_find(name, strlen(name)), text, &v, &why);
	return v.as_PATH;
}

const char *
table_dump(const char *text)
{
	return path_of("DUMP", text);
}

const char *
table_control(const char *text)
{
	const char *control = path_of("CONTROL", text);

	return strcmp(control, "off") == 0 ? NULL : control;
}
