/*
 * doctor - will it work here, for this command, for this process; and if not, why.
 */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signame.h"
#include "verb.h"

static char first_no[512];

void
doctor_say(enum verdict verdict, const char *about, const char *format, ...)
{
	static const char *const marks[] = { [VERDICT_GOOD] = "ok", [VERDICT_NOTE] = "note", [VERDICT_NO] = "NO" };
	char text[512];
	va_list more;

	va_start(more, format);
	vsnprintf(text, sizeof text, format, more);
	va_end(more);
	if (verdict == VERDICT_NO && first_no[0] == '\0')
		memcpy(first_no, text, sizeof first_no);
	printf("%-5s %-11s %s\n", marks[verdict], about, text);
	fflush(stdout);
}

const char *
doctor_first_no(void)
{
	return first_no[0] != '\0' ? first_no : NULL;
}

static void
say_findings(const struct executable *e)
{
	struct finding found[FINDINGS_MAX];
	size_t count = executable_findings(e, found);

	for (size_t i = 0; i < count; i++)
		doctor_say(found[i].verdict, "executable", "%s", found[i].text);
	if (count == 0)
		doctor_say(VERDICT_GOOD, "executable", "%s loads libraries, and brings no malloc of its own", e->path);
}

/* What LD_PRELOAD has already; run puts ours in front of it. */
static void
judge_preloads(void)
{
	const char *list = getenv("LD_PRELOAD");
	char *copy = strdup(list != NULL ? list : ""), *rest = copy, *one;
	struct elffile elf;

	while (copy != NULL && (one = strsep(&rest, " :")) != NULL) {
		if (one[0] == '\0' || library_is(one))
			continue;
		if (elffile_known_sanitizer(one) != NULL)
			doctor_say(VERDICT_NO, "LD_PRELOAD", "%s is %s, which brings its own malloc: tidepool steps aside", one, elffile_known_sanitizer(one));
		else if (elffile_known_allocator(one) != NULL || (elffile_read(one, &elf) && elf.has_malloc))
			doctor_say(VERDICT_NOTE, "LD_PRELOAD", "%s brings a malloc too: `tidepool run` puts ours before it, and its own is not called", one);
	}
	free(copy);
}

static void
judge_command(const char *command)
{
	struct executable e;

	if (executable_find(command, &e)) {
		if (e.script[0] != '\0')
			doctor_say(VERDICT_GOOD, "command", "%s is a script for %s", e.script, e.path);
		say_findings(&e);
	} else if (errno == ENOEXEC) {
		doctor_say(VERDICT_NO, "command", "%s is no program that the kernel can run", command);
	} else {
		doctor_say(VERDICT_NO, "command", "%s can't be run: %s", command, strerror(errno));
	}
}

static int
verdict(const char *about)
{
	if (doctor_first_no() == NULL) {
		printf("tidepool works %s\n", about);
		return DONE;
	}
	printf("tidepool does not work %s: %s\n", about, doctor_first_no());
	return FAILED;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = {
		{ "library", required_argument, NULL, 'l' }, { "signal", required_argument, NULL, 's' }, { "dump", required_argument, NULL, 'd' }, { "control", required_argument, NULL, 'c' },
		{ "probe", no_argument, NULL, 'p' }, VERB_HELP,
	};
	char library[PATH_MAX], why[WHY_MAX], about[256];
	const char *named = NULL;
	struct ask_how how = { .timeout_ms = 3000 };

	for (int got; (got = verb_option(argc, argv, "+:h", words)) != -1;) {
		if (got == 'p')
			return doctor_probe(argc - optind, argv + optind);
		if (got == 's' && signame_number(how.signal = optarg) == 0)
			return verb_wrong_use("there is no signal %s", optarg);
		if (got == 'd')
			how.dump = optarg;
		if (got == 'c')
			how.control = optarg;
		if (got == 'l')
			named = optarg;
	}
	if (optind < argc && verb_pid(argv[optind]) != 0) {
		if (optind + 1 < argc)
			return verb_wrong_use("one process at a time");
		doctor_process(verb_pid(argv[optind]), &how);
		snprintf(about, sizeof about, "in process %s", argv[optind]);
		return verdict(about);
	}
	if (library_find(named, library, why))
		doctor_library(library);
	else
		doctor_say(VERDICT_NO, "library", "%s", why);
	doctor_machine();
	judge_preloads();
	if (optind == argc)
		return verdict("here");
	judge_command(argv[optind]);
	snprintf(about, sizeof about, "for %.200s", argv[optind]);
	return verdict(about);
}

const struct verb verb_doctor = {
	.name = "doctor",
	.takes = "[PID | COMMAND [ARGUMENT...]]",
	.description = "says whether it works here, for a command, or in a process; and if not, why",
	.help = "  --library=FILE    another libtidepool.so than the one of this command\n"
	        "  --signal=NAME, --dump=PATTERN, --control=PATTERN   as with stat\n"
	        "\n"
	        "Without an argument: the library and this machine. With a command, its\n"
	        "executable too; the command is not run. With a number, that process, which is\n"
	        "asked for its figures. A line that begins with NO is a reason why it does not\n"
	        "work, and the status is then 1.\n",
	.run = run,
};
