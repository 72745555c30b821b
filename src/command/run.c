/*
 * run - starts a command with the library preloaded, and becomes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "executable.h"
#include "library.h"
#include "table.h"
#include "verb.h"

/* As env(1), nice(1) and timeout(1) have it: everything below is the command's own. */
enum { RUN_WRONG_USE = 125, RUN_CANNOT = 126, RUN_NOT_FOUND = 127 };

/* One -o NAME=VALUE into the environment. */
static bool
set(const char *text)
{
	size_t n = strcspn(text, "=");
	const struct setting *row = table_find(text, n);
	union table_value value;
	struct refusal why;
	char name[64];

	if (text[n] != '=') {
		verb_wrong_use("-o takes NAME=VALUE, and %s has no =", text);
		return false;
	}
	if (row == NULL) {
		const char *nearest = table_nearest(text, n);

		verb_wrong_use("there is no setting %.*s%s%s%s", (int)n, text, nearest != NULL ? "; did you mean " : "",
		    nearest != NULL ? nearest : "", nearest != NULL ? "?" : "; tidepool settings lists them");
		return false;
	}
	if (!table_value(row, text + n + 1, &value, &why)) {
		char allowed[192];
		struct writer w;

		writer_init(&w, allowed, sizeof allowed, -1);
		setting_put_allowed(&w, row);
		writer_terminate(&w);
		verb_wrong_use("%s=%s: %s; allowed: %s%s%s%s", row->name, text + n + 1, why.what, allowed, why.nearest[0] != '\0' ? "; did you mean " : "",
		    why.nearest, why.nearest[0] != '\0' ? "?" : "");
		return false;
	}
	snprintf(name, sizeof name, "TIDEPOOL_%s", row->name);
	if (setenv(name, text + n + 1, 1) == 0)
		return true;
	verb_failed("%s could not be set: %s", name, strerror(errno));
	return false;
}

static bool
is_quiet(void)
{
	union table_value value;
	struct refusal why;

	table_value(table_find("QUIET", 5), getenv("TIDEPOOL_QUIET"), &value, &why);
	return value.as_SWITCH;
}

/* What is going to be as if tidepool was not there is said before, where the library can't say it itself. */
static void
warn_of(const char *command)
{
	struct executable e;
	struct finding found[FINDINGS_MAX];
	size_t count = !is_quiet() && executable_find(command, &e) ? executable_findings(&e, found) : 0;

	for (size_t i = 0; i < count; i++)
		if (found[i].verdict == VERDICT_NO && found[i].unsaid)
			verb_note("%s", found[i].text);
}

/* The loader leaves out what it can't preload, and runs the command without it. */
static bool
is_usable(const char *library)
{
	struct elffile e;

	if (!elffile_read(library, &e))
		verb_failed("%s can't be preloaded: it is no shared object", library);
	else if (e.foreign)
		verb_failed("%s can't be preloaded: it is for another kind of processor", library);
	else if (!e.is_tidepool)
		verb_failed("%s is no " LIBRARY_NAME ": it does not export what tidepool's does", library);
	else
		return true;
	return false;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = { { "option", required_argument, NULL, 'o' }, { "library", required_argument, NULL, 'l' },
		{ "print-library", no_argument, NULL, 'p' }, VERB_HELP };
	char library[PATH_MAX], why[WHY_MAX];
	const char *named = NULL;
	bool print = false;

	verb_wrong_use_status = RUN_WRONG_USE;
	for (int got; (got = verb_option(argc, argv, "+:o:h", words)) != -1;) {
		if (got == 'o' && !set(optarg))
			return RUN_WRONG_USE;
		if (got == 'l')
			named = optarg;
		print = print || got == 'p';
	}
	if (!library_find(named, library, why) || !library_preload(library, why)) {
		verb_failed("%s", why);
		return RUN_WRONG_USE;
	}
	if (!is_usable(library))
		return RUN_WRONG_USE;
	if (print) {
		puts(library);
		return fflush(stdout) == 0 ? DONE : RUN_WRONG_USE;
	}
	if (optind == argc)
		return verb_wrong_use("what shall be run?");
	warn_of(argv[optind]);
	execvp(argv[optind], argv + optind);
	verb_failed("%s can't be run: %s", argv[optind], strerror(errno));
	return errno == ENOENT ? RUN_NOT_FOUND : RUN_CANNOT;
}

const struct verb verb_run = {
	.name = "run",
	.takes = "[-o NAME=VALUE]... [--library=FILE] [--] COMMAND [ARGUMENT...]",
	.description = "starts a command with the library preloaded",
	.help = "  -o, --option=NAME=VALUE   a setting (tidepool settings lists them); wrong ones\n"
	        "                    are refused before anything runs\n"
	        "  --library=FILE    another libtidepool.so than the one of this command\n"
	        "  --print-library   only says which library that is\n"
	        "\n"
	        "The library comes first in LD_PRELOAD; what is there already stays behind it.\n"
	        "The status is the command's; 127: there is no such command, 126: it can't be\n"
	        "run, 125: it did not come to that.\n",
	.run = run,
};
