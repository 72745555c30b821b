/* See ask.h. */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "executable.h"
#include "file.h"
#include "options.h"
#include "place.h"
#include "request.h"
#include "signame.h"
#include "table.h"

enum {
	AGAIN_MS = 700,    /* a lost question (another was pending, the answer was another's) is asked again after this */
	LAST_WAIT_MS = 300 /* for an answer that nobody wants any more */
};

static const char *const formats[] = { [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_PROMETHEUS] = "prometheus" };

uint64_t
ask_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
ask_pause(void)
{
	nanosleep(&(const struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* --- where the answer comes ---------------------------------------------------------------------------------------------- */

static uint64_t
time_of(const struct stat *file)
{
	return (uint64_t)file->st_mtim.tv_sec * 1000000000 + (uint64_t)file->st_mtim.tv_nsec;
}

static void
set_place(struct ask *a, unsigned i, const char *pattern)
{
	char path[PATH_MAX];
	struct stat file;

	if (!place_beside(&a->process, pattern, "", path))
		return;
	a->place[i].folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->place[i].folder >= 0 && fstatat(a->place[i].folder, a->name, &file, AT_SYMLINK_NOFOLLOW) == 0) {
		a->place[i].inode = file.st_ino;
		a->place[i].time = time_of(&file);
	}
}

/* The answer in one of its places; NULL: not there. Only a file of the process's own user, which is no link, is one. */
static char *
read_place(struct ask *a, unsigned i)
{
	int fd = a->place[i].folder < 0 ? -1 : openat(a->place[i].folder, a->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat file;
	char *text = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == a->process.uid &&
	    (file.st_ino != a->place[i].inode || time_of(&file) != a->place[i].time))
		text = file_read_descriptor(fd, NULL);
	close(fd);
	if (text != NULL)
		unlinkat(a->place[i].folder, a->name, 0);
	return text;
}

/* --- the signal ---------------------------------------------------------------------------------------------------------- */

static const char *
signal_text(int sig)
{
	static char name[SIGNAME_MAX];

	signame_text(sig, name);
	return name;
}

/* Another allocator that LD_PRELOAD names before us; NULL: none. Its name lives until the next call. */
static const char *
allocator_before_us(const struct process *p)
{
	static char one[PATH_MAX];
	const char *list = process_variable(p, "LD_PRELOAD");
	struct elffile file;

	for (size_t n; p->believed && *(list += strspn(list, " :")) != '\0'; list += n) {
		n = strcspn(list, " :");
		snprintf(one, sizeof one, "%.*s", (int)n, list);
		if (library_is(one))
			return NULL;
		if (elffile_known_allocator(one) != NULL || (elffile_read(one, &file) && file.has_malloc))
			return one;
	}
	return NULL;
}

/* The library is there and has no handler: it has stepped aside, when there is a reason for that. */
static bool
has_stepped_aside(struct ask *a)
{
	const struct process *p = &a->process;
	const char *before = p->sanitizer[0] != '\0' ? p->sanitizer : allocator_before_us(p);
	struct finding found[FINDINGS_MAX];
	struct executable e;
	char path[64];
	size_t count;

	snprintf(path, sizeof path, "/proc/%d/exe", p->pid);
	count = executable_at(path, &e) ? executable_findings(&e, found) : 0;
	for (size_t i = 0; i < count; i++)
		a->stepped_aside = a->stepped_aside || found[i].verdict == VERDICT_NO;
	a->stepped_aside = a->stepped_aside || before != NULL;
	if (a->stepped_aside)
		snprintf(a->why, WHY_MAX, "in process %d (%s) tidepool has stepped aside for %.200s: there is nothing to ask", p->pid, p->name,
		    before != NULL ? before : "a malloc of the program's own");
	return a->stepped_aside;
}

/* A stopped process gets no question: it would answer when it goes on, and nobody would take the answer away. */
static bool
is_running(struct ask *a)
{
	struct process *p = &a->process;

	if (!process_look_again(p))
		snprintf(a->why, WHY_MAX, "process %d (%s) has ended", p->pid, p->name);
	else if (process_is_stopped(p))
		snprintf(a->why, WHY_MAX, "process %d (%s) is stopped, and can't answer: not asked", p->pid, p->name);
	else
		return true;
	return false;
}

static bool
may_be_signalled(struct ask *a)
{
	struct process *p = &a->process;

	if (process_catches(p, a->signal))
		return true;
	if (has_stepped_aside(a))
		return false;
	a->too_early = !process_ignores(p, a->signal) && process_is_starting(p);
	if (process_ignores(p, a->signal))
		snprintf(a->why, WHY_MAX, "process %d (%s) ignores the signal %s, so it can't be asked", p->pid, p->name, signal_text(a->signal));
	else
		snprintf(a->why, WHY_MAX, "process %d (%s) does not catch the signal %s, and it would be ended by it: not asked%s", p->pid,
		    p->name, signal_text(a->signal),
		    a->how.signal == NULL && !p->believed
		        ? " (its environment can't be read any more; where TIDEPOOL_SIGNAL was set, --signal says what to)" : "");
	return false;
}

static bool
send_signal(struct ask *a)
{
	siginfo_t info = { .si_signo = a->signal, .si_code = SI_QUEUE };
	long done;

	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = a->value;
	done = a->pidfd < 0 ? -1 : syscall(SYS_pidfd_send_signal, a->pidfd, a->signal, &info, 0);
	if (done != 0 && (a->pidfd < 0 || errno == ENOSYS))
		done = sigqueue(a->process.pid, a->signal, info.si_value);
	if (done != 0 && errno != EAGAIN) { /* EAGAIN: its queue is full; asked again later */
		snprintf(a->why, WHY_MAX, errno == ESRCH ? "process %d (%s) has ended" : "process %d (%s) can't be signalled: %s", a->process.pid,
		    a->process.name, strerror(errno));
		return false;
	}
	return true;
}

/* For a process that no signal asks: its control file. */
static bool
send_file(struct ask *a)
{
	char line[32];

	snprintf(line, sizeof line, "%s\n", formats[a->format]);
	if (place_put(&a->process, a->control, line))
		return true;
	snprintf(a->why, WHY_MAX, "process %d (%s) can't be asked by its control file (%.300s): %s", a->process.pid, a->process.name,
	    strchr(a->control + 6, '/') + 5, strerror(errno));
	return false;
}

static bool
send(struct ask *a)
{
	a->sent_ms = ask_now_ms();
	if (!is_running(a))
		return false;
	if (a->signal != 0 && may_be_signalled(a))
		return send_signal(a);
	return a->control[0] != '\0' && send_file(a);
}

static int
signal_to_use(struct ask *a)
{
	if (a->how.signal != NULL)
		return signame_number(a->how.signal);
	return table_signal(a->process.believed ? process_variable(&a->process, "TIDEPOOL_SIGNAL") : NULL);
}

/* What the process was started with, as far as that can be known; NULL: by default. */
static const char *
setting_of(const struct ask *a, const char *told, const char *name)
{
	return told != NULL ? told : a->process.believed ? process_variable(&a->process, name) : NULL;
}

static bool
prepare(struct ask *a)
{
	struct process *p = &a->process;
	bool in_tmp = a->how.dump == NULL && !p->believed;
	const char *control = table_control(setting_of(a, a->how.control, "TIDEPOOL_CONTROL"));

	if (!p->carries) {
		a->too_early = process_is_starting(p);
		snprintf(a->why, WHY_MAX, "process %d (%s) does not carry " LIBRARY_NAME "; tidepool doctor %d says more", p->pid, p->name, p->pid);
		return false;
	}
	if (control != NULL && !place_of(p, control, a->control))
		a->control[0] = '\0';
	a->signal = signal_to_use(a);
	if (a->signal == 0)
		snprintf(a->why, WHY_MAX, "process %d (%s) was started with TIDEPOOL_SIGNAL=none: no signal asks it", p->pid, p->name);
	a->value = request_value(1u << a->format, in_tmp);
	snprintf(a->name, sizeof a->name, "tidepool.%d.answer.%s", p->inner_pid, formats[a->format]);
	set_place(a, 0, table_dump(setting_of(a, a->how.dump, "TIDEPOOL_DUMP")));
	set_place(a, 1, "/tmp/");
	return send(a);
}

bool
ask_begin(struct ask *a, int pid, unsigned format, const struct ask_how *how)
{
	*a = (struct ask){ .pidfd = -1, .how = *how, .format = format, .place = { { .folder = -1 }, { .folder = -1 } } };
	a->pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* before the look: it is the process that was looked at */
	if (process_look(pid, &a->process, a->why) && prepare(a)) {
		a->begun_ms = a->sent_ms;
		a->outstanding = true;
		return true;
	}
	ask_end(a);
	return false;
}

bool
ask_begin_when_up(struct ask *a, int pid, unsigned format, const struct ask_how *how)
{
	uint64_t first = ask_now_ms();

	while (!ask_begin(a, pid, format, how)) {
		if (!a->too_early || ask_now_ms() - first >= how->timeout_ms)
			return false;
		ask_pause();
	}
	return true;
}

static enum ask_state
give_up(struct ask *a)
{
	const struct process *p = &a->process;

	if (process_is_stopped(p))
		snprintf(a->why, WHY_MAX, "process %d (%s) is stopped, and answers when it goes on", p->pid, p->name);
	else
		snprintf(a->why, WHY_MAX, "process %d (%s) has not answered within %u.%u s: it blocks the signal, has given it to a handler of its "
		    "own, can't write to %s, or carries an older library", p->pid, p->name, a->how.timeout_ms / 1000, a->how.timeout_ms / 100 % 10,
		    (a->value & REQUEST_IN_TMP) ? "/tmp" : "the folder of TIDEPOOL_DUMP");
	return ASK_FAILED;
}

static char *
read_places(struct ask *a)
{
	char *text = read_place(a, 0);

	if (text == NULL)
		text = read_place(a, 1);
	if (text != NULL)
		a->outstanding = false;
	return text;
}

enum ask_state
ask_look(struct ask *a, char **text)
{
	uint64_t now = ask_now_ms();
	bool lives = process_look_again(&a->process); /* before the places: its last act may have been the answer */

	if ((*text = read_places(a)) != NULL)
		return ASK_ANSWERED;
	if (!lives) {
		a->outstanding = false;
		snprintf(a->why, WHY_MAX, "process %d (%s) has ended without an answer", a->process.pid, a->process.name);
		return ASK_FAILED;
	}
	if (now - a->begun_ms >= a->how.timeout_ms)
		return give_up(a);
	if (now - a->sent_ms >= AGAIN_MS && !process_is_stopped(&a->process) && !send(a))
		return ASK_FAILED;
	return ASK_WAITS;
}

void
ask_end(struct ask *a)
{
	uint64_t begun = ask_now_ms();

	while (a->outstanding && ask_now_ms() - begun < LAST_WAIT_MS) {
		free(read_places(a));
		ask_pause();
	}
	for (unsigned i = 0; i < 2; i++)
		if (a->place[i].folder >= 0) {
			close(a->place[i].folder);
			a->place[i].folder = -1;
		}
	process_forget(&a->process);
	if (a->pidfd >= 0)
		close(a->pidfd);
	a->pidfd = -1;
}

char *
ask_wait(int pid, unsigned format, const struct ask_how *how, char why[static WHY_MAX])
{
	enum ask_state state = ASK_FAILED;
	struct ask a;
	char *text = NULL;

	if (ask_begin_when_up(&a, pid, format, how)) {
		while ((state = ask_look(&a, &text)) == ASK_WAITS)
			ask_pause();
		ask_end(&a);
	}
	memcpy(why, a.why, WHY_MAX);
	return state == ASK_ANSWERED ? text : NULL;
}
