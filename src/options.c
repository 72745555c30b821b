/* See options.h. */
#include "options.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "setting.h"
#include "spelling.h"
#include "writer.h"

struct options options;

/* TEXT_…: of the rows that are paths, how many stand in front of this one. */
enum {
#define OPTION(field, ctype, NAME, kind, ...) \
	TEXT_##NAME, BEFORE_NEXT_OF_##NAME = TEXT_##NAME + (SETTING_##kind == SETTING_PATH) - 1,
#include "options.def"
	TEXTS
};
_Static_assert(TEXTS == OPTIONS_PATHS, "each path has its text");

static const struct setting rows[] = {
#define OPTION(field, ctype, NAME, form, text_, low, high, percent, others, says) \
	{ .name = #NAME, .initial = text_, .words = others, .description = says, .kind = SETTING_##form, .share = percent, \
	  .smallest = low, .largest = high, .text = SETTING_##form == SETTING_PATH ? options.text[TEXT_##NAME] : NULL },
#include "options.def"
};

static const size_t field_at[] = {
#define OPTION(field, ...) offsetof(struct options, field),
#include "options.def"
};

#define ROWS (sizeof rows / sizeof rows[0])
_Static_assert(ROWS <= 32, "options.changed has a bit for each row");

/* A row's C type is as wide as what its kind reads into it. */
enum {
#define KIND(kind, type) WIDTH_##kind = sizeof(type),
	SETTING_KINDS(KIND)
#undef KIND
};
#define OPTION(field, ctype, NAME, kind, ...) \
	_Static_assert(sizeof(ctype) == (size_t)WIDTH_##kind, "TIDEPOOL_" #NAME " has a field that is not of its kind");
#include "options.def"

static const char prefix[] = "TIDEPOOL_";
#define PREFIX (sizeof prefix - 1)
static const char of_the_tests[] = "TEST_";

static void *
field_of(size_t row)
{
	return (char *)&options + field_at[row];
}

/* --- the one line about a wrong setting --- */

#define NAME_SHOWN 48  /* characters of a variable's name … */
#define VALUE_SHOWN 64 /* … and of its value in a warning */

/* At most `shown` characters of s[0 .. n), harmless for a terminal. */
static void
put_clean(struct writer *w, const char *s, size_t n, size_t shown)
{
	for (size_t i = 0; i < n && i < shown; i++)
		writer_char(w, s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	if (n > shown)
		writer_str(w, "...");
}

/* name[0 .. n) without the prefix. */
static void
begin_line(struct writer *w, const char *name, size_t n, const char *value)
{
	writer_str(w, "tidepool: TIDEPOOL_");
	put_clean(w, name, n, NAME_SHOWN);
	writer_char(w, '=');
	put_clean(w, value, strlen(value), VALUE_SHOWN);
	writer_str(w, ": ");
}

static void
end_line(struct writer *w)
{
	if (options.strict)
		writer_str(w, "; TIDEPOOL_STRICT is on: the program is not run");
	writer_char(w, '\n');
	writer_flush(w);
}

static void
warn_wrong(const struct setting *s, const char *value, const struct refusal *why)
{
	char line[640];
	struct writer w;

	writer_init(&w, line, sizeof line, STDERR_FILENO);
	begin_line(&w, s->name, strlen(s->name), value);
	writer_str(&w, why->what);
	writer_str(&w, "; allowed: ");
	setting_put_allowed(&w, s);
	if (why->nearest[0] != '\0') {
		writer_str(&w, " (did you mean ");
		put_clean(&w, why->nearest, strlen(why->nearest), NEAREST_MAX);
		writer_str(&w, "?)");
	}
	if (!options.strict) {
		writer_str(&w, "; using ");
		writer_str(&w, s->initial);
	}
	end_line(&w);
}

static void
warn_unknown(const char *name, size_t n, const char *value)
{
	char line[640];
	struct writer w;
	struct spelling best = { 0 };

	writer_init(&w, line, sizeof line, STDERR_FILENO);
	begin_line(&w, name, n, value);
	writer_str(&w, "no such setting; ");
	for (size_t i = 0; i < ROWS; i++)
		spelling_compare(&best, name, n, rows[i].name, strlen(rows[i].name));
	if (best.word != NULL) {
		writer_str(&w, "did you mean TIDEPOOL_");
		writer_mem(&w, best.word, best.len);
		writer_char(&w, '?');
	} else {
		writer_str(&w, "there are ");
		for (size_t i = 0; i < ROWS; i++) {
			writer_str(&w, i == 0 ? "" : i < ROWS - 1 ? ", " : " and ");
			writer_str(&w, rows[i].name);
		}
	}
	end_line(&w);
}

/* --- reading the environment --- */

/* entry begins with TIDEPOOL_, and name[0 .. n) is what stands between that and its '='. */
static bool
split(const char *entry, const char **name, size_t *n)
{
	if (strncmp(entry, prefix, PREFIX) != 0)
		return false;
	*name = entry + PREFIX;
	*n = strcspn(*name, "=");
	return (*name)[*n] == '=';
}

/* envp[0 .. here) does not set the variable already. */
static bool
is_first(char *const *envp, size_t here, const char *name, size_t n)
{
	for (size_t i = 0; i < here; i++)
		if (strncmp(envp[i], prefix, PREFIX) == 0 && strncmp(envp[i] + PREFIX, name, n + 1) == 0)
			return false;
	return true;
}

static size_t
find_row(const char *name, size_t n)
{
	size_t row = 0;

	while (row < ROWS && (strlen(rows[row].name) != n || memcmp(rows[row].name, name, n) != 0))
		row++;
	return row;
}

static void
take_default(size_t row)
{
	struct refusal never;

	setting_take(&rows[row], rows[row].initial, field_of(row), &never);
}

/* Whether the field is spelt as its default is: TIDEPOOL_EPOCH=1000ms has changed nothing. */
static bool
is_changed(size_t row)
{
	static char text[PATH_MAX]; /* only one thread exists */
	struct writer w;

	writer_init(&w, text, sizeof text, -1);
	setting_put(&w, &rows[row], field_of(row));
	return w.len != strlen(rows[row].initial) || memcmp(text, rows[row].initial, w.len) != 0;
}

/* True when the value was right. An empty one means the default. */
static bool
read_row(size_t row, const char *value)
{
	struct refusal why;

	if (value[0] == '\0')
		return true;
	if (setting_take(&rows[row], value, field_of(row), &why)) {
		if (is_changed(row))
			options.changed |= UINT32_C(1) << row;
		return true;
	}
	setting_suggest(&rows[row], value, field_of(row), &why);
	take_default(row);
	warn_wrong(&rows[row], value, &why);
	return false;
}

/* TIDEPOOL_STRICT before all others: what their warnings say depends on it. A wrong value is warned of in its turn. */
static void
read_strict(char *const *envp)
{
	struct refusal later;
	const char *name;
	size_t n;

	for (size_t i = 0; envp[i] != NULL; i++) {
		if (split(envp[i], &name, &n) && n == strlen("STRICT") && memcmp(name, "STRICT", n) == 0) {
			setting_take(&rows[find_row(name, n)], name + n + 1, &options.strict, &later);
			return;
		}
	}
}

/* True when nothing was wrong. */
static bool
read_environment(char *const *envp)
{
	bool right = true;
	const char *name;
	size_t n, row;

	for (size_t i = 0; envp[i] != NULL; i++) {
		if (!split(envp[i], &name, &n) || strncmp(name, of_the_tests, sizeof of_the_tests - 1) == 0 ||
		    !is_first(envp, i, name, n))
			continue;
		row = find_row(name, n);
		if (row == ROWS) {
			warn_unknown(name, n, name + n + 1);
			right = false;
		} else if (!read_row(row, name + n + 1)) {
			right = false;
		}
	}
	return right;
}

/* --- the pages the settings live in --- */

/* False: they are as they were. Where the page is larger than OPTIONS_PAGE they can't be protected, and stay writable. */
static bool
protect(int how)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int saved = errno;
	bool done = ((uintptr_t)&options % page == 0 && sizeof options % page == 0) && mprotect(&options, sizeof options, how) == 0;

	errno = saved;
	return done;
}

void
options_load(char *const *envp, bool secure)
{
	static bool is_protected;
	bool right = true;

	if (is_protected && !protect(PROT_READ | PROT_WRITE))
		return;
	options.changed = 0;
	for (size_t row = 0; row < ROWS; row++)
		take_default(row);
	if (envp != NULL && !secure) {
		read_strict(envp);
		right = read_environment(envp);
	}
	if (!right && options.strict)
		_exit(2);
	is_protected = protect(PROT_READ);
}

/* --- looking at the settings --- */

bool
options_row(unsigned row, const char **name, char *value, size_t value_size, bool *is_default)
{
	struct writer w;

	if (row >= ROWS)
		return false;
	*name = rows[row].name;
	*is_default = (options.changed >> row & 1) == 0;
	writer_init(&w, value, value_size, -1);
	setting_put(&w, &rows[row], field_of(row));
	writer_terminate(&w);
	return true;
}

bool
options_page(unsigned row, struct option_page *out)
{
	struct writer w;

	if (row >= ROWS)
		return false;
	out->name = rows[row].name;
	out->description = rows[row].description;
	out->initial = rows[row].initial;
	writer_init(&w, out->allowed, sizeof out->allowed, -1);
	setting_put_allowed(&w, &rows[row]);
	writer_terminate(&w);
	return true;
}
