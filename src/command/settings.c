/*
 * settings - the table of settings, in the forms that the project's pages and the shell's completion need.
 */
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "verb.h"

static void
text_row(const struct option_page *page)
{
	printf("  TIDEPOOL_%-13s%s\n                        allowed: %s\n                        default: %s\n", page->name,
	    page->description, page->allowed, page->initial);
}

/* A cell of a Markdown table; a bar would end it. */
static void
markdown_cell(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '|' || *s == '\\' || *s == '*' || *s == '<')
			putchar('\\');
		putchar(*s);
	}
}

static void
markdown_row(const struct option_page *page)
{
	printf("| `TIDEPOOL_%s` | ", page->name);
	markdown_cell(page->description);
	fputs(" | ", stdout);
	markdown_cell(page->allowed);
	printf(" | `%s` |\n", page->initial);
}

/* Text for roff, never at the start of a line: a hyphen that may be copied, a backslash that is one. */
static void
man_text(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
	}
}

static void
man_row(const struct option_page *page)
{
	fputs(".TP\n\\fBTIDEPOOL_", stdout);
	man_text(page->name);
	fputs("\\fR\n\\&", stdout);
	man_text(page->description);
	fputs(".\n.br\nAllowed: ", stdout);
	man_text(page->allowed);
	fputs(".\n.br\nDefault: \\fB", stdout);
	man_text(page->initial);
	fputs("\\fR\n", stdout);
}

static void
name_row(const struct option_page *page)
{
	puts(page->name);
}

static const struct form {
	const char *name, *head;
	void (*row)(const struct option_page *);
} forms[] = {
	{ "text", "", text_row },
	{ "markdown", "| variable | meaning | allowed | default |\n|---|---|---|---|\n", markdown_row },
	{ "man", "", man_row },
	{ "names", "", name_row },
};

static int
run(int argc, char **argv)
{
	static const struct option words[] = { { "format", required_argument, NULL, 'f' }, VERB_HELP };
	const struct form *form = &forms[0];
	struct option_page page;

	for (int got; (got = verb_option(argc, argv, ":h", words)) != -1;) {
		form = NULL;
		for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
			if (strcmp(optarg, forms[i].name) == 0)
				form = &forms[i];
		if (form == NULL)
			return verb_wrong_use("a format is text, markdown, man or names, not %s", optarg);
	}
	if (optind < argc)
		return verb_wrong_use("settings does not take %s", argv[optind]);
	fputs(form->head, stdout);
	for (unsigned row = 0; options_page(row, &page); row++)
		form->row(&page);
	return DONE;
}

const struct verb verb_settings = {
	.name = "settings",
	.takes = "[--format=text|markdown|man|names]",
	.description = "the table of settings",
	.help = "  --format=FORM   text: for a person (the default); markdown, man: for pages;\n"
	        "                  names: the names alone, for programs\n",
	.run = run,
};
