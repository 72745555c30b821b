/*
 * doctor_machine - whether the library works on this machine: tried with a process that carries it; and what surrounds it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "figures.h"
#include "file.h"
#include "human.h"
#include "signame.h"
#include "table.h"
#include "verb.h"

/* --- the process that carries it ----------------------------------------------------------------------------------------- */

/* One line of what the probe says; the parent looks for their first words. */
static void
say_versions(void)
{
	int (*mallctl)(const char *, void *, size_t *, void *, size_t);
	const char *(*version)(void), *text;
	size_t size = sizeof text;

	*(void **)&version = dlsym(RTLD_DEFAULT, "tidepool_version");
	*(void **)&mallctl = dlsym(RTLD_DEFAULT, "mallctl");
	if (version != NULL)
		printf("tidepool %s\n", version());
	if (mallctl != NULL && mallctl("version", (void *)&text, &size, NULL, 0) == 0)
		printf("jemalloc %s\n", text);
}

/* doctor --probe FILE: under the library. Works a little, and leaves a dump in FILE. */
int
doctor_probe(int argc, char **argv)
{
	int (*dump)(const char *);
	void *volatile p[64];

	if (argc != 1)
		return verb_wrong_use("--probe is for doctor itself");
	say_versions();
	fflush(stdout);
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < 64; i++)
			p[i] = malloc(16 * (i + 1));
		for (size_t i = 0; i < 64; i++)
			free(p[i]);
	}
	*(void **)&dump = dlsym(RTLD_DEFAULT, "tidepool_dump");
	return dump != NULL && dump(argv[0]) == 0 ? DONE : FAILED;
}

/* In the child of a fork: becomes the probe, and says everything on `to`. */
static void
become_probe(const char *library, const char *dump, int to)
{
	char self[PATH_MAX], why[WHY_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0 || dup2(to, STDOUT_FILENO) < 0 || dup2(to, STDERR_FILENO) < 0 || !library_preload(library, why))
		_exit(FAILED);
	self[n] = '\0';
	setenv("TIDEPOOL_FORMAT", "json", 1);
	unsetenv("TIDEPOOL_DUMP_AT_EXIT");
	unsetenv("TIDEPOOL_STRICT");
	alarm(10);
	execl(self, self, "doctor", "--probe", dump, (char *)NULL);
	_exit(FAILED);
}

/* What the probe has said; its status as waitpid gives it. NULL: there was none. */
static char *
run_probe(const char *library, const char *dump, int *status)
{
	int ends[2];
	char *said;
	pid_t child;

	if (pipe(ends) != 0)
		return NULL;
	child = fork();
	if (child == 0)
		become_probe(library, dump, ends[1]);
	close(ends[1]);
	said = child > 0 ? file_read_descriptor(ends[0], NULL) : NULL;
	close(ends[0]);
	while (child > 0 && waitpid(child, status, 0) < 0 && errno == EINTR)
		;
	return said;
}

/* --- what it has shown --------------------------------------------------------------------------------------------------- */

/* The process's own word for a setting. */
static bool
was_set(const struct figures *f, const char *name, const char *value)
{
	for (size_t i = 0; i < f->settings; i++)
		if (strcmp(f->setting[i].name, name) == 0)
			return strcmp(f->setting[i].value, value) == 0;
	return false;
}

/* Why there are no pools, as far as it can be seen. */
static void
judge_no_pools(const struct figures *f)
{
	static const struct { const char *name, *value, *text; } reasons[] = {
		{ "TIDEPOOL_DISABLE", "on", "TIDEPOOL_DISABLE is on" },
		{ "TIDEPOOL_CAP", "0", "TIDEPOOL_CAP is 0" },
		{ "TIDEPOOL_CLASSES", "none", "TIDEPOOL_CLASSES is none" },
	};
	struct rlimit space;

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (was_set(f, reasons[i].name, reasons[i].value)) {
			doctor_say(VERDICT_NO, "pools", "nothing is pooled: %s", reasons[i].text);
			return;
		}
	if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
		doctor_say(VERDICT_NO, "pools", "nothing is pooled: in an address space of %s (ulimit -v) there is no room for them",
		    human_bytes((double)space.rlim_cur, HUMAN));
	else if (getrlimit(RLIMIT_DATA, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
		doctor_say(VERDICT_NO, "pools", "nothing is pooled: in %s of private memory (ulimit -d) there is no room for them",
		    human_bytes((double)space.rlim_cur, HUMAN));
	else
		doctor_say(VERDICT_NO, "pools", "nothing is pooled; is jemalloc new enough?");
}

static void
judge_figures(const struct figures *f)
{
	if (f->aside[0] != '\0')
		doctor_say(VERDICT_NO, "aside", "tidepool steps aside: %s", f->aside);
	else if (f->total.gets > 0)
		doctor_say(VERDICT_GOOD, "pools", "a process that carries it was served by them");
	else
		judge_no_pools(f);
	if (f->idle_drain)
		doctor_say(VERDICT_GOOD, "membarrier", "works: what sleeping threads hold is given back too");
	else
		doctor_say(VERDICT_NOTE, "membarrier", "is not there (%s): what sleeping threads hold stays", f->idle_drain_why);
	if (strncmp(f->signal, "SIG", 3) == 0)
		doctor_say(VERDICT_GOOD, "signal", "%s asks for a dump", f->signal);
	else
		doctor_say(VERDICT_NOTE, "signal", "no signal asks for a dump: %s", f->signal);
}

static void
judge_end(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		doctor_say(VERDICT_NO, "sandbox", "a sandbox ends processes for a system call; TIDEPOOL_MEMBARRIER=off leaves out the one that is likely");
	else if (WIFSIGNALED(status))
		doctor_say(VERDICT_NO, "library", "a process that carries it was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		doctor_say(VERDICT_NO, "library", "a process was started with it and ended with status %d", WEXITSTATUS(status));
}

static void
judge_said(char *said)
{
	bool tidepool = false;
	char *line;

	while ((line = strsep(&said, "\n")) != NULL) {
		if (strncmp(line, "jemalloc ", 9) == 0) {
			doctor_say(VERDICT_GOOD, "jemalloc", "%s", line + 9);
		} else if (strncmp(line, "tidepool ", 9) == 0) {
			tidepool = true;
			if (strcmp(line + 9, PACKAGE_VERSION) != 0)
				doctor_say(VERDICT_NOTE, "version", "the library is %s, and this command " PACKAGE_VERSION, line + 9);
		} else if (line[0] != '\0') {
			doctor_say(VERDICT_NOTE, "says", "%s", line);
		}
	}
	if (!tidepool)
		doctor_say(VERDICT_NO, "library", "the loader has not taken it into a process");
}

/* A folder that nobody else can reach into. */
static bool
make_folder(char out[static PATH_MAX])
{
	const char *const places[] = { getenv("TMPDIR"), "/tmp", "/dev/shm", "/run", "." };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (places[i] != NULL && snprintf(out, PATH_MAX, "%s/tidepool-doctor-XXXXXX", places[i]) < PATH_MAX && mkdtemp(out) != NULL)
			return true;
	return false;
}

void
doctor_library(const char *library)
{
	char folder[PATH_MAX], dump[PATH_MAX + 8], why[WHY_MAX], *said;
	struct figures f;
	int status = 0, error;
	bool dumped;

	doctor_say(VERDICT_GOOD, "library", "%s", library);
	if (!make_folder(folder)) {
		doctor_say(VERDICT_NOTE, "library", "it could not be tried: no folder can be written to");
		return;
	}
	snprintf(dump, sizeof dump, "%s/dump", folder);
	said = run_probe(library, dump, &status);
	error = errno;
	dumped = figures_read_file(dump, &f, why);
	unlink(dump); /* before the next line: where nobody reads on, it ends us */
	rmdir(folder);
	if (said == NULL)
		doctor_say(VERDICT_NOTE, "library", "it could not be tried: %s", strerror(error));
	else
		judge_said(said);
	free(said);
	if (dumped) {
		judge_figures(&f);
		figures_forget(&f);
	} else {
		judge_end(status);
	}
}

/* --- what surrounds it --------------------------------------------------------------------------------------------------- */

void
doctor_address_space(uint64_t limit)
{
	if (limit != 0)
		doctor_say(VERDICT_NOTE, "limits", "the address space is limited to %s (ulimit -v): reserved addresses count, and malloc fails there",
		    human_bytes((double)limit, HUMAN));
}

static void
judge_limits(void)
{
	struct rlimit space;

	if (getrlimit(RLIMIT_AS, &space) == 0)
		doctor_address_space(space.rlim_cur == RLIM_INFINITY ? 0 : space.rlim_cur);
	if (getrlimit(RLIMIT_DATA, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
		doctor_say(VERDICT_NOTE, "limits", "private memory is limited to %s (ulimit -d)", human_bytes((double)space.rlim_cur, HUMAN));
}

static void
judge_kernel(void)
{
	char *overcommit = file_read("/proc/sys/vm/overcommit_memory", NULL);
	char *thp = file_read("/sys/kernel/mm/transparent_hugepage/enabled", NULL);

	if (overcommit != NULL && overcommit[0] == '2')
		doctor_say(VERDICT_NOTE, "overcommit", "the kernel promises no more memory than it has (vm.overcommit_memory is 2): mapped memory counts");
	else if (overcommit != NULL)
		doctor_say(VERDICT_GOOD, "overcommit", "vm.overcommit_memory is %c", overcommit[0]);
	if (thp != NULL && strstr(thp, "[always]") != NULL)
		doctor_say(VERDICT_NOTE, "THP", "huge pages are always on: freed pieces of one stay resident, so a process may look larger than it is");
	else if (thp != NULL && strstr(thp, "[madvise]") != NULL)
		doctor_say(VERDICT_GOOD, "THP", "huge pages come only where they are asked for, as TIDEPOOL_THP does for pools that grow fast");
	else if (thp != NULL)
		doctor_say(VERDICT_GOOD, "THP", "huge pages are off: TIDEPOOL_THP asks in vain");
	free(overcommit);
	free(thp);
}

static void
judge_folder(void)
{
	char folder[PATH_MAX], *slash;
	const char *dump = table_dump(getenv("TIDEPOOL_DUMP"));

	if (strcmp(dump, "stderr") == 0) {
		doctor_say(VERDICT_GOOD, "dumps", "go to stderr");
		return;
	}
	snprintf(folder, sizeof folder, "%s", dump);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder] = '\0';
	else
		snprintf(folder, sizeof folder, ".");
	if (strchr(folder, '%') != NULL)
		doctor_say(VERDICT_NOTE, "dumps", "go to folders that are called after processes: %s", folder);
	else if (access(folder, W_OK | X_OK) == 0)
		doctor_say(VERDICT_GOOD, "dumps", "can be written to %s", folder);
	else
		doctor_say(VERDICT_NOTE, "dumps", "can't be written to %s (%s); TIDEPOOL_DUMP names another place", folder, strerror(errno));
}

/* The disposition and the mask that a command inherits from us. */
static void
judge_signal(void)
{
	int sig = table_signal(getenv("TIDEPOOL_SIGNAL"));
	char name[SIGNAME_MAX];
	struct sigaction now;
	sigset_t blocked;

	if (sig == 0)
		return;
	signame_text(sig, name);
	if (sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		doctor_say(VERDICT_NOTE, "signal", "SIG%s is ignored by who started this, and stays so: it asks for no dump", name);
	if (sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigismember(&blocked, sig) == 1)
		doctor_say(VERDICT_NOTE, "signal", "SIG%s is blocked by who started this, and may never arrive", name);
}

/* With TIDEPOOL_STRICT a wrong setting ends every program before its start. */
static bool
is_strict(void)
{
	union table_value value;
	struct refusal why;

	table_value(table_find("STRICT", 6), getenv("TIDEPOOL_STRICT"), &value, &why);
	return value.as_SWITCH;
}

static void
judge_setting(const char *entry, bool strict)
{
	enum verdict verdict = strict ? VERDICT_NO : VERDICT_NOTE;
	const char *ends = strict ? "; TIDEPOOL_STRICT is on: no program is run" : "";
	size_t n = strcspn(entry, "=");
	const struct setting *row;
	union table_value value;
	struct refusal why;

	if (strncmp(entry, "TIDEPOOL_", 9) != 0 || strncmp(entry, "TIDEPOOL_TEST_", 14) == 0)
		return;
	row = table_find(entry, n);
	if (row == NULL || strncmp(entry + 9, row->name, n - 9) != 0) /* the library looks at the case */
		doctor_say(verdict, "settings", "%.*s is no setting%s", (int)n, entry, ends);
	else if (!table_value(row, entry + n + 1, &value, &why))
		doctor_say(verdict, "settings", "%s: %s%s", entry, why.what, strict ? ends : "; the default holds");
}

void
doctor_machine(void)
{
	judge_folder();
	judge_signal();
	judge_limits();
	judge_kernel();
	bool strict = is_strict();
	for (char **entry = environ; *entry != NULL; entry++)
		judge_setting(*entry, strict);
}
