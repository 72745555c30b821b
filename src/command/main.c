/*
 * tidepool - the command beside the library. A verb is a row of verbs[], and has a room of its own.
 */
#include <stdio.h>
#include <string.h>

#include "spelling.h"
#include "verb.h"

static const struct verb *const verbs[] = {
	&verb_run, &verb_stat, &verb_top, &verb_diff, &verb_report, &verb_doctor, &verb_settings,
};

#define VERBS (sizeof verbs / sizeof verbs[0])

static int
help(void)
{
	fputs("tidepool - starts programs under libtidepool.so, the preloaded memory allocator, and asks them what it does\n\n", stdout);
	for (size_t i = 0; i < VERBS; i++)
		printf("%s tidepool %s %s\n", i == 0 ? "usage:" : "      ", verbs[i]->name, verbs[i]->takes);
	fputs("       tidepool --help | --version\n\n", stdout);
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-10s%s\n", verbs[i]->name, verbs[i]->description);
	fputs("\ntidepool VERB --help says more of each. Exit status: 0 done; 1 it failed, or the answer is no; 2 wrong use.\n"
	      "The library is set by the environment, or by run -o:\n\n", stdout);
	return verb_settings.run(1, (char *[]){ (char[]){ "settings" }, NULL });
}

static int
version(void)
{
	puts("tidepool " PACKAGE_VERSION);
	return DONE;
}

static int
no_such_verb(const char *text)
{
	struct spelling best = { 0 };

	for (size_t i = 0; i < VERBS; i++)
		spelling_compare(&best, text, strlen(text), verbs[i]->name, strlen(verbs[i]->name));
	if (best.word != NULL)
		return verb_wrong_use("there is no verb %s; did you mean %s?", text, best.word);
	return verb_wrong_use("there is no verb %s", text);
}

static int
run(int argc, char **argv)
{
	if (argc < 2)
		return verb_wrong_use("what is wanted?");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--version") == 0) {
		if (argc > 2)
			return verb_wrong_use("%s does not take %s", argv[1], argv[2]);
		return strcmp(argv[1], "--version") == 0 ? version() : help();
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i]->name) != 0)
			continue;
		verb_current = verbs[i];
		return verbs[i]->run(argc - 1, argv + 1);
	}
	return no_such_verb(argv[1]);
}

int
main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout))
		return verb_failed("the output could not be written");
	return status;
}
