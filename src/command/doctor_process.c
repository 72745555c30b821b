/*
 * doctor_process - whether it works in a running process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "figures.h"
#include "file.h"
#include "human.h"
#include "options.h"

static void
judge_executable(int pid)
{
	struct finding found[FINDINGS_MAX];
	struct executable e;
	char path[64];
	ssize_t n;
	size_t count;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	if (!executable_at(path, &e))
		return;
	n = readlink(path, e.path, sizeof e.path - 1);
	e.path[n > 0 ? n : 0] = '\0';
	count = executable_findings(&e, found);
	for (size_t i = 0; i < count; i++)
		doctor_say(found[i].verdict, "executable", "%s", found[i].text);
}

static void
judge_limits(int pid)
{
	static const char name[] = "Max address space";
	char path[64], *limits, *line;

	snprintf(path, sizeof path, "/proc/%d/limits", pid);
	limits = file_read(path, NULL);
	line = limits != NULL ? strstr(limits, name) : NULL;
	if (line != NULL)
		doctor_address_space(strtoull(line + sizeof name - 1, NULL, 10)); /* "unlimited" is 0 */
	free(limits);
}

/* Why it is not there. The executable's reasons have been said. */
static void
judge_absence(const struct process *p)
{
	const char *preload = process_variable(p, "LD_PRELOAD");

	if (p->believed)
		doctor_say(VERDICT_NO, "library", "LD_PRELOAD was %s, and the loader has not taken it", preload);
	else if (p->environment == NULL || p->environment_size == 0)
		doctor_say(VERDICT_NO, "library", "is not loaded, and the environment that it was started with can't be read");
	else
		doctor_say(VERDICT_NO, "library", "is not loaded: the process was started without it in LD_PRELOAD");
}

static void
judge_figures(const struct figures *f, const struct process *p)
{
	if (f->total.gets == 0)
		doctor_say(VERDICT_NO, "pools", "none of its memory comes from them%s%s", p->allocator[0] != '\0' ? "; it has loaded " : "", p->allocator);
	else
		doctor_say(VERDICT_GOOD, "pools", "%s gets, %s of them served without jemalloc; %s cached", human_count((double)f->total.gets, HUMAN),
		    human_share((double)figures_hits(&f->total), (double)f->total.gets, HUMAN), human_bytes((double)f->total.cached_bytes, HUMAN));
	if (f->idle_drain)
		doctor_say(VERDICT_GOOD, "membarrier", "works: what sleeping threads hold is given back too");
	else
		doctor_say(VERDICT_NOTE, "membarrier", "is not there (%s): what sleeping threads hold stays", f->idle_drain_why);
	if (f->rotations == 0)
		doctor_say(VERDICT_NOTE, "rotations", "none has come yet: it has cached too little, or has not called malloc for an epoch");
	else
		doctor_say(VERDICT_GOOD, "rotations", "%llu have come", (unsigned long long)f->rotations);
}

static void
judge_answer(const struct process *p, const struct ask_how *how)
{
	char why[WHY_MAX];
	char *text = ask_wait(p->pid, FORMAT_JSON, how, why);
	struct figures f;

	if (text == NULL) {
		doctor_say(VERDICT_NO, "signal", "%s", why);
	} else if (figures_read(text, "its answer", &f, why)) {
		doctor_say(VERDICT_GOOD, "signal", "%s asks for a dump, and was answered", f.signal);
		judge_figures(&f, p);
		figures_forget(&f);
	} else {
		doctor_say(VERDICT_NO, "signal", "%s", why);
	}
	free(text);
}

void
doctor_process(int pid, const struct ask_how *how)
{
	struct process p;
	char why[WHY_MAX];

	if (!process_look(pid, &p, why)) {
		doctor_say(VERDICT_NO, "process", "%s", why);
		return;
	}
	judge_executable(pid);
	if (p.sanitizer[0] != '\0')
		doctor_say(VERDICT_NO, "sanitizer", "%s has its runtime loaded: %s", p.name, p.sanitizer);
	if (p.allocator[0] != '\0')
		doctor_say(VERDICT_NOTE, "allocator", "%s has loaded another one: %s", p.name, p.allocator);
	if (p.carries) {
		doctor_say(VERDICT_GOOD, "library", "%s", p.library);
		if (!p.believed)
			doctor_say(VERDICT_NOTE, "settings", "%s has overwritten its environment (or has the library without LD_PRELOAD): they can't be read from outside", p.name);
		judge_answer(&p, how);
	} else {
		judge_absence(&p);
	}
	judge_limits(pid);
	process_forget(&p);
}
