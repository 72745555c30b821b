/*
 * report - dumps in JSON as one page that needs nothing else: plots over time, by size, and the figures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "report.h"
#include "verb.h"

/* By process, and in the order of their age. */
static int
compare(const void *a, const void *b)
{
	const struct figures *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (strcmp(x->program, y->program) != 0)
		return strcmp(x->program, y->program);
	return (x->uptime > y->uptime) - (x->uptime < y->uptime);
}

static bool
same_process(const struct figures *a, const struct figures *b)
{
	return a->pid == b->pid && strcmp(a->program, b->program) == 0;
}

static bool
print(FILE *out, const struct figures *dumps, size_t count)
{
	report_begin(out, dumps, count);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && same_process(&dumps[first], &dumps[end]);)
			end++;
		if (!report_process(out, dumps + first, end - first))
			return false;
	}
	report_end(out);
	return fflush(out) == 0 && !ferror(out);
}

static int
print_to_file(const char *path, const struct figures *dumps, size_t count)
{
	struct output out;
	char why[WHY_MAX];

	if (output_open(&out, path, why) && output_close(&out, print(out.file, dumps, count), why))
		return DONE;
	return verb_failed("%s", why);
}

/* What stdout could not take, main says. */
static int
print_to_stdout(const struct figures *dumps, size_t count)
{
	return print(stdout, dumps, count) || ferror(stdout) ? DONE : verb_failed("out of memory");
}

static int
read_and_print(const char *path, int count, char **names)
{
	struct figures *dumps = calloc((size_t)count, sizeof *dumps);
	char why[WHY_MAX] = "out of memory";
	int status, have = 0;

	while (dumps != NULL && have < count && figures_read_file(names[have], &dumps[have], why))
		have++;
	if (have < count) {
		status = verb_failed("%s", why);
	} else {
		qsort(dumps, (size_t)count, sizeof *dumps, compare);
		status = strcmp(path, "-") != 0 ? print_to_file(path, dumps, (size_t)count) : print_to_stdout(dumps, (size_t)count);
	}
	while (have > 0)
		figures_forget(&dumps[--have]);
	free(dumps);
	return status;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = { { "output", required_argument, NULL, 'o' }, VERB_HELP };
	const char *path = "-";

	for (int got; (got = verb_option(argc, argv, ":o:h", words)) != -1;)
		path = optarg;
	if (optind == argc)
		return verb_wrong_use("which dumps?");
	return read_and_print(path, argc - optind, argv + optind);
}

const struct verb verb_report = {
	.name = "report",
	.takes = "DUMP.json... [-o FILE.html]",
	.description = "makes a page with plots of dumps in JSON, for a browser or for paper",
	.help = "  -o, --output=FILE  the page; without it, or with -, it goes to stdout\n"
	        "\n"
	        "The dumps come in any order, and may be of several processes. One page holds\n"
	        "all: it loads nothing from elsewhere. Dumps for it: TIDEPOOL_FORMAT=json with\n"
	        "TIDEPOOL_DUMP, or tidepool stat PID --json.\n",
	.run = run,
};
