/*
 * stat - asks a running process for a dump and prints it; or a line for each process that carries the library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "figures.h"
#include "human.h"
#include "options.h"
#include "signame.h"
#include "verb.h"

enum { TIMEOUT_MS = 3000, TIMEOUT_ALL_MS = 1500, TIMEOUT_MOST_MS = 3600000 };

static int
one(int pid, unsigned format, const struct ask_how *how)
{
	char why[WHY_MAX];
	char *text = ask_wait(pid, format, how, why);

	if (text == NULL)
		return verb_failed("%s", why);
	if (isatty(STDOUT_FILENO))
		human_clean(text); /* the process is another's, and may have written anything */
	fputs(text, stdout);
	free(text);
	return DONE;
}

/* --- --all --------------------------------------------------------------------------------------------------------------- */

static void
print_figures(const struct figures *f)
{
	const struct counters *t = &f->total;

	printf("%7d %-16.16s %5s %6s %7s %7s %7s %7s %8s\n", f->pid, f->program, human_seconds(f->uptime, HUMAN),
	    human_share((double)figures_hits(t), (double)t->gets, HUMAN), human_count((double)t->gets, HUMAN),
	    human_count((double)t->misses, HUMAN), human_bytes((double)t->cached_bytes, HUMAN), human_bytes((double)t->live_bytes, HUMAN),
	    f->jemalloc_known ? human_bytes((double)f->resident, HUMAN) : "-");
}

static bool
is_gone(int pid)
{
	struct process p = { .pid = pid };

	return !process_look_again(&p);
}

/* The answer of a process, or why there is none. False: it should have answered. */
static bool
print_line(struct ask *a, char *text)
{
	struct figures f;
	const struct process *p = &a->process;

	if (text != NULL && figures_read(text, "the answer", &f, a->why)) {
		f.pid = p->pid; /* as it is called here */
		print_figures(&f);
		figures_forget(&f);
		return true;
	}
	if (text == NULL && is_gone(p->pid)) /* none of ours any more */
		return true;
	printf("%7d %-16.16s %s%s\n", p->pid, p->name, a->stepped_aside ? "" : "no answer: ", a->why);
	return a->stepped_aside;
}

static bool
ask_one(int pid, const struct ask_how *how)
{
	enum ask_state state;
	struct ask a;
	char *text = NULL;
	bool good;

	if (ask_begin_when_up(&a, pid, FORMAT_JSON, how)) {
		while ((state = ask_look(&a, &text)) == ASK_WAITS)
			ask_pause();
		ask_end(&a);
	}
	good = print_line(&a, text);
	free(text);
	return good;
}

/* Asked one after the other, so that no process is interrupted for longer than it takes. */
static int
all(const struct ask_how *how)
{
	size_t count, carriers = 0, silent = 0;
	int *list = process_list(&count);
	struct process p;
	char why[WHY_MAX];

	for (size_t i = 0; i < count; i++) {
		if (!process_look(list[i], &p, why))
			continue;
		process_forget(&p);
		if (!p.carries)
			continue;
		if (carriers++ == 0)
			puts("    PID PROGRAM             UP   HITS    GETS  MISSES  CACHED  IN USE RESIDENT");
		silent += !ask_one(list[i], how);
	}
	free(list);
	if (carriers == 0)
		return verb_failed("no process that you may look at carries " LIBRARY_NAME);
	return silent == 0 ? DONE : FAILED;
}

/* The format that an option's letter asks for; -1: it is no format. */
static int
format_of(int option)
{
	return option == 'j' ? FORMAT_JSON : option == 'p' ? FORMAT_PROMETHEUS : option == 't' ? FORMAT_TEXT : -1;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'j' }, { "prometheus", no_argument, NULL, 'p' }, { "text", no_argument, NULL, 't' }, { "all", no_argument, NULL, 'a' },
		{ "signal", required_argument, NULL, 's' }, { "dump", required_argument, NULL, 'd' }, { "control", required_argument, NULL, 'c' }, { "timeout", required_argument, NULL, 'w' },
		VERB_HELP,
	};
	struct ask_how how = { 0 };
	int format = -1; /* none was named */
	bool everybody = false;
	int pid, status = DONE;

	for (int got; (got = verb_option(argc, argv, ":ah", words)) != -1;) {
		if (format >= 0 && format_of(got) >= 0 && format_of(got) != format)
			return verb_wrong_use("--json, --prometheus and --text exclude each other");
		if (format_of(got) >= 0)
			format = format_of(got);
		else if (got == 'a')
			everybody = true;
		else if (got == 's' && signame_number(how.signal = optarg) == 0)
			return verb_wrong_use("there is no signal %s", optarg);
		else if (got == 'd')
			how.dump = optarg;
		else if (got == 'c')
			how.control = optarg;
		else if (got == 'w' && (how.timeout_ms = verb_seconds(optarg, TIMEOUT_MOST_MS)) == 0)
			return verb_wrong_use("--timeout takes seconds up to an hour, not %s", optarg);
	}
	if (everybody && optind < argc)
		return verb_wrong_use("--all takes no process");
	if (everybody && format >= 0)
		return verb_wrong_use("--all prints lines, and takes none of --json, --prometheus and --text");
	if (how.timeout_ms == 0)
		how.timeout_ms = everybody ? TIMEOUT_ALL_MS : TIMEOUT_MS;
	if (everybody)
		return all(&how);
	if (optind == argc)
		return verb_wrong_use("which process? A number, or --all");
	for (int i = optind; i < argc; i++)
		if (verb_pid(argv[i]) == 0)
			return verb_wrong_use("%s is no process number", argv[i]);
	for (; optind < argc; optind++) {
		pid = verb_pid(argv[optind]);
		if (one(pid, format >= 0 ? (unsigned)format : FORMAT_TEXT, &how) != DONE)
			status = FAILED;
	}
	return status;
}

const struct verb verb_stat = {
	.name = "stat",
	.takes = "PID... [--json|--prometheus] | --all",
	.description = "asks running processes for a dump and prints it",
	.help = "  --json             as JSON\n"
	        "  --prometheus       as Prometheus metrics\n"
	        "  --all              a line for every process of yours (root: of everybody)\n"
	        "                     that carries the library\n"
	        "  --timeout=SECONDS  how long an answer may take; 3, with --all 1.5\n"
	        "  --signal=NAME, --dump=PATTERN, --control=PATTERN\n"
	        "                     what TIDEPOOL_SIGNAL, _DUMP and _CONTROL are there, for a\n"
	        "                     process that has overwritten its environment\n"
	        "\n"
	        "A process that does not carry the library, or does not catch its signal, is\n"
	        "not signalled. Its dumps, their numbers and TIDEPOOL_FORMAT are left as they\n"
	        "are: the answer is a file of its own in the folder of TIDEPOOL_DUMP, and is\n"
	        "taken away.\n",
	.run = run,
};
