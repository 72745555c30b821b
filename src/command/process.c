/* See process.h. */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "elffile.h"
#include "file.h"
#include "human.h"
#include "verb.h"

enum { YOUNG_MS = 1000 };

static char *
read_of(int pid, const char *what, size_t *size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
	return file_read(path, size);
}

/* The value of a line `Name:\tvalue` of a status file; NULL: no such line. */
static const char *
line_of(const char *status, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = status; at != NULL; at = strchr(at, '\n') != NULL ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, name, n) == 0 && at[n] == ':')
			return at + n + 1 + strspn(at + n + 1, "\t ");
	return NULL;
}

static uint64_t
mask_of(const char *status, const char *name)
{
	const char *line = line_of(status, name);

	return line != NULL ? strtoull(line, NULL, 16) : 0;
}

/* The last number of a line: the innermost of namespaces, the last of several ids. */
static long
last_number(const char *line, long otherwise)
{
	char *end;

	while (line != NULL && *line != '\0' && *line != '\n') {
		long v = strtol(line, &end, 10);

		if (end == line)
			break;
		otherwise = v;
		line = end + strspn(end, "\t ");
	}
	return otherwise;
}

static void
read_status(struct process *p, const char *status)
{
	const char *name = line_of(status, "Name"), *state = line_of(status, "State");

	if (name != NULL)
		snprintf(p->name, sizeof p->name, "%.*s", (int)strcspn(name, "\n"), name);
	human_clean(p->name);
	p->state = state != NULL ? *state : '?';
	p->uid = (uid_t)last_number(line_of(status, "Uid"), 0); /* the fourth: that of files */
	p->gid = (gid_t)last_number(line_of(status, "Gid"), 0);
	p->inner_pid = (int)last_number(line_of(status, "NSpid"), p->pid);
	p->caught = mask_of(status, "SigCgt");
	p->ignored = mask_of(status, "SigIgn");
}

bool
process_look_again(struct process *p)
{
	char *status = read_of(p->pid, "status", NULL);

	if (status == NULL)
		return false;
	read_status(p, status);
	free(status);
	return p->state != 'Z' && p->state != 'X';
}

/* The path of a line of maps: what follows the first '/'. */
static void
look_at_mapping(struct process *p, char *line)
{
	char *path = strchr(line, '/'), *deleted;
	const char *known;

	if (path == NULL)
		return;
	deleted = strstr(path, " (deleted)");
	if (deleted != NULL)
		*deleted = '\0';
	if (library_is(path)) {
		p->carries = true;
		snprintf(p->library, sizeof p->library, "%s", path);
	}
	if ((known = elffile_known_sanitizer(path)) != NULL)
		snprintf(p->sanitizer, sizeof p->sanitizer, "%s", known);
	/* jemalloc is ours as well */
	if ((known = elffile_known_allocator(path)) != NULL && strcmp(known, "jemalloc") != 0)
		snprintf(p->allocator, sizeof p->allocator, "%s", known);
}

static bool
read_maps(struct process *p)
{
	char *maps = read_of(p->pid, "maps", NULL), *rest = maps, *line;

	if (maps == NULL)
		return false;
	while ((line = strsep(&rest, "\n")) != NULL)
		look_at_mapping(p, line);
	free(maps);
	return true;
}

const char *
process_variable(const struct process *p, const char *name)
{
	size_t n = strlen(name);
	const char *end = p->environment + p->environment_size;

	for (const char *at = p->environment; at != NULL && at < end; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return NULL;
}

static void
read_environment(struct process *p)
{
	const char *preload;

	p->environment = read_of(p->pid, "environ", &p->environment_size);
	preload = process_variable(p, "LD_PRELOAD");
	p->believed = preload != NULL && strstr(preload, LIBRARY_NAME) != NULL;
}

bool
process_look(int pid, struct process *out, char why[static WHY_MAX])
{
	char *status = read_of(pid, "status", NULL);

	*out = (struct process){ .pid = pid };
	if (status == NULL) {
		snprintf(why, WHY_MAX, errno == ENOENT || errno == ESRCH ? "there is no process %d" : "process %d can't be looked at: %s", pid,
		    strerror(errno));
		return false;
	}
	read_status(out, status);
	free(status);
	if (out->state == 'Z' || out->state == 'X') {
		snprintf(why, WHY_MAX, "process %d (%s) has ended", pid, out->name);
		return false;
	}
	if (!read_maps(out)) {
		if (errno == ENOENT || errno == ESRCH)
			snprintf(why, WHY_MAX, "process %d (%s) has ended", pid, out->name);
		else if (errno == EACCES || errno == EPERM)
			snprintf(why, WHY_MAX, "process %d (%s) is not yours to look at: ask as its user, or as root", pid, out->name);
		else
			snprintf(why, WHY_MAX, "process %d (%s) can't be looked at: %s", pid, out->name, strerror(errno));
		return false;
	}
	read_environment(out);
	return true;
}

void
process_forget(struct process *p)
{
	free(p->environment);
	p->environment = NULL;
}

bool
process_is_stopped(const struct process *p)
{
	return p->state == 'T' || p->state == 't'; /* by a signal, or by who traces it */
}

/* Since its fork, in milliseconds; UINT64_MAX: not known. */
static uint64_t
age_of(int pid)
{
	char *stat = read_of(pid, "stat", NULL), *at = stat != NULL ? strrchr(stat, ')') : NULL;
	uint64_t begun = 0, now_ms;
	struct timespec now;

	for (int field = 2; field < 22 && at != NULL; field++) /* behind the name, which may hold anything */
		at = strchr(at + 1, ' ');
	if (at != NULL)
		begun = strtoull(at, NULL, 10) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	free(stat);
	if (begun == 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return UINT64_MAX;
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	return now_ms > begun ? now_ms - begun : 0;
}

bool
process_is_starting(const struct process *p)
{
	return strcmp(p->name, "tidepool") == 0 || age_of(p->pid) < YOUNG_MS;
}

static bool
is_in(uint64_t mask, int sig)
{
	return sig >= 1 && sig <= 64 && (mask >> (sig - 1) & 1) != 0;
}

bool
process_catches(const struct process *p, int sig)
{
	return is_in(p->caught, sig);
}

bool
process_ignores(const struct process *p, int sig)
{
	return is_in(p->ignored, sig);
}

static int
compare(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static bool
is_of_this_user(const char *pid)
{
	char path[64];
	struct stat folder;

	snprintf(path, sizeof path, "/proc/%.20s", pid);
	return stat(path, &folder) == 0 && (geteuid() == 0 || folder.st_uid == geteuid());
}

int *
process_list(size_t *count)
{
	DIR *proc = opendir("/proc");
	size_t room = 0;
	int *list = NULL;

	*count = 0;
	for (struct dirent *e; proc != NULL && (e = readdir(proc)) != NULL;) {
		int pid = verb_pid(e->d_name);

		if (pid == 0 || !is_of_this_user(e->d_name))
			continue;
		if (*count == room) {
			int *larger = realloc(list, (room = room * 2 + 64) * sizeof *list);

			if (larger == NULL)
				break;
			list = larger;
		}
		list[(*count)++] = pid;
	}
	if (proc != NULL)
		closedir(proc);
	if (list != NULL)
		qsort(list, *count, sizeof *list, compare);
	return list;
}
