/*
 * tidepool - the command beside the library: says what can be set, in the three forms that the project's pages need.
 *
 * A verb is a row of verbs[].
 */
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "writer.h"

enum { DONE = 0, NOT_WRITTEN = 1, WRONG_USE = 2 }; /* exit status */

/* --- the table of settings --- */

static void
text_row(struct writer *w, const struct option_page *page)
{
	writer_str(w, "  TIDEPOOL_");
	writer_left(w, page->name, 13);
	writer_str(w, page->description);
	writer_str(w, "\n                        allowed: ");
	writer_str(w, page->allowed);
	writer_str(w, "\n                        default: ");
	writer_str(w, page->initial);
	writer_str(w, "\n");
}

/* A cell of a Markdown table; a bar would end it. */
static void
markdown_cell(struct writer *w, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '|' || *s == '\\' || *s == '*' || *s == '<')
			writer_char(w, '\\');
		writer_char(w, *s);
	}
}

static void
markdown_row(struct writer *w, const struct option_page *page)
{
	writer_str(w, "| `TIDEPOOL_");
	writer_str(w, page->name);
	writer_str(w, "` | ");
	markdown_cell(w, page->description);
	writer_str(w, " | ");
	markdown_cell(w, page->allowed);
	writer_str(w, " | `");
	writer_str(w, page->initial);
	writer_str(w, "` |\n");
}

/* Text for roff, never at the start of a line: a hyphen that may be copied, a backslash that is one. */
static void
man_text(struct writer *w, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '-')
			writer_str(w, "\\-");
		else if (*s == '\\')
			writer_str(w, "\\e");
		else
			writer_char(w, *s);
	}
}

static void
man_row(struct writer *w, const struct option_page *page)
{
	writer_str(w, ".TP\n\\fBTIDEPOOL_");
	man_text(w, page->name);
	writer_str(w, "\\fR\n\\&");
	man_text(w, page->description);
	writer_str(w, ".\n.br\nAllowed: ");
	man_text(w, page->allowed);
	writer_str(w, ".\n.br\nDefault: \\fB");
	man_text(w, page->initial);
	writer_str(w, "\\fR\n");
}

static const char markdown_head[] = "| variable | meaning | allowed | default |\n|---|---|---|---|\n";

static const struct form {
	const char *name, *head;
	void (*row)(struct writer *, const struct option_page *);
} forms[] = {
	{ "text", "", text_row },
	{ "markdown", markdown_head, markdown_row },
	{ "man", "", man_row },
};

static void
put_settings(struct writer *w, const struct form *form)
{
	struct option_page page;

	writer_str(w, form->head);
	for (unsigned row = 0; options_page(row, &page); row++)
		form->row(w, &page);
}

/* --- the verbs --- */

static void
say(const char *what, const char *about, const char *end)
{
	char line[256];
	struct writer w;

	writer_init(&w, line, sizeof line, STDERR_FILENO);
	writer_str(&w, "tidepool: ");
	writer_str(&w, what);
	writer_str(&w, about);
	writer_str(&w, end);
	writer_flush(&w);
}

static int
complain(const char *what, const char *about)
{
	say(what, about, "; tidepool --help says more\n");
	return WRONG_USE;
}

/* settings [--format=text|markdown|man] */
static int
settings(struct writer *w, int count, char **arguments)
{
	static const char option[] = "--format=";
	const struct form *form = &forms[0];

	for (int i = 0; i < count; i++) {
		const char *wanted = arguments[i] + sizeof option - 1;

		if (strncmp(arguments[i], option, sizeof option - 1) != 0)
			return complain("settings does not take ", arguments[i]);
		form = NULL;
		for (size_t j = 0; j < sizeof forms / sizeof forms[0]; j++)
			if (strcmp(wanted, forms[j].name) == 0)
				form = &forms[j];
		if (form == NULL)
			return complain("a format is text, markdown or man, not ", wanted);
	}
	put_settings(w, form);
	return DONE;
}

static int
version(struct writer *w, int count, char **arguments)
{
	if (count > 0)
		return complain("--version does not take ", arguments[0]);
	writer_str(w, "tidepool " PACKAGE_VERSION "\n");
	return DONE;
}

static int help(struct writer *w, int count, char **arguments);

static const struct verb {
	const char *name, *takes, *description;
	int (*run)(struct writer *, int, char **);
} verbs[] = {
	{ "settings", " [--format=text|markdown|man]", "the table of settings", settings },
	{ "--help", "", "this text", help },
	{ "--version", "", "the version", version },
};

#define VERBS (sizeof verbs / sizeof verbs[0])

static int
help(struct writer *w, int count, char **arguments)
{
	if (count > 0)
		return complain("--help does not take ", arguments[0]);
	writer_str(w, "tidepool - what can be set about libtidepool.so, the preloaded memory allocator\n\n");
	for (size_t i = 0; i < VERBS; i++) {
		writer_str(w, i == 0 ? "usage: tidepool " : "       tidepool ");
		writer_str(w, verbs[i].name);
		writer_left(w, verbs[i].takes, 42 - (unsigned)strlen(verbs[i].name));
		writer_str(w, verbs[i].description);
		writer_char(w, '\n');
	}
	writer_str(w, "\nThe library itself is preloaded, and set by the environment:\n\n"
	              "       LD_PRELOAD=libtidepool.so TIDEPOOL_FORMAT=json program\n\n");
	put_settings(w, &forms[0]);
	return DONE;
}

int
main(int argc, char **argv)
{
	char buffer[4096];
	struct writer w;
	int status;

	writer_init(&w, buffer, sizeof buffer, STDOUT_FILENO);
	if (argc < 2)
		return complain("what is wanted?", "");
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		status = verbs[i].run(&w, argc - 2, argv + 2);
		if (writer_flush(&w))
			return status;
		say("the output could not be written", "", "\n");
		return NOT_WRITTEN;
	}
	return complain("there is no such verb: ", argv[1]);
}
