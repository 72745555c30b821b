/* dump: the signal, who writes, and that every request is answered. */
#include "dump.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "progname.h"
#include "request.h"

static char dir[] = "dump-XXXXXX";
static char path[PATH_MAX];
static char page[1 << 20]; /* a whole dump */

/* The settings of a test: where dumps go, and one more. (Once loaded they are read-only.) */
static void
set(const char *dump, const char *more)
{
	char where[100] = "TIDEPOOL_DUMP=", other[100];

	snprintf(where + strlen(where), sizeof(where) - strlen(where), "%s", dump);
	snprintf(other, sizeof(other), "%s", more);
	options_load((char *const[]){ where, other, NULL }, false);
}

static void
dump_to(const char *name)
{
	char pattern[60];

	snprintf(pattern, sizeof(pattern), "%s/%s", dir, name);
	set(pattern, "TIDEPOOL_FORMAT=text");
}

static void
set_up(void)
{
	static char program[] = "kettle";
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);

	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	progname = program;
	dump_to("%n");
	dump_fork_child(); /* with CK_FORK=no the numbers of the test before would go on */
	dump_wake_hook = NULL;
	signal(options.signal, SIG_DFL);
	umask(0);
}

/* Counts what lies in the directory; with `clear`, takes it away. */
static unsigned
entries(bool clear)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (clear)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return n;
}

static void
tear_down(void)
{
	entries(true);
	rmdir(dir);
}

static const char *
in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* The whole text of a file; false: there is none. */
static bool
read_file(const char *name)
{
	int fd = open(in_dir(name), O_RDONLY);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return false;
	while ((got = read(fd, page + n, sizeof(page) - 1 - n)) > 0)
		n += (size_t)got;
	page[n] = '\0';
	close(fd);
	return true;
}

static const char *
content(const char *name)
{
	ck_assert_msg(read_file(name), "there is no %s", path);
	return page;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool
has_line(const char *text, const char *begin)
{
	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (strncmp(text, begin, strlen(begin)) == 0)
			return true;
	return false;
}

static void
ask_by_signal(void)
{
	ck_assert_int_eq(raise(options.signal), 0);
}

/* --- stderr as a file or a pipe ----------------------------------------------------------------------------------------------- */

static int true_stderr;

static void
stderr_is(int fd)
{
	true_stderr = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

static void
stderr_is_itself_again(void)
{
	dup2(true_stderr, STDERR_FILENO);
	close(true_stderr);
}

/* --- a thread that is held up in the middle of writing a dump to a pipe ------------------------------------------------------- */

static char long_name[8 << 10]; /* of the program: makes every dump longer than the pipe takes at once */
static int slow[2];
static pthread_t writer;

static void *
write_slowly(void *unused)
{
	(void)unused;
	dump_write(NULL, SNAPSHOT_THREAD);
	return NULL;
}

/* Returns when the thread has begun to write: the first byte has come out. */
static void
start_slow_dump(void)
{
	ck_assert_int_eq(pipe(slow), 0);
	ck_assert_int_ge(fcntl(slow[1], F_SETPIPE_SZ, 4096), 4096);
	memset(long_name, 'k', sizeof(long_name) - 1);
	progname = long_name;
	set("stderr", "TIDEPOOL_FORMAT=text");
	stderr_is(slow[1]);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_slowly, NULL), 0);
	ck_assert_int_eq(read(slow[0], page, 1), 1);
}

/* Lets it write, and returns how many dumps have come out of the pipe until now. */
static unsigned
end_slow_dump(void)
{
	struct pollfd out = { .fd = slow[0], .events = POLLIN };
	size_t n = 1;
	unsigned dumps = 0;
	ssize_t got;
	bool done = false;

	while (poll(&out, 1, done ? 0 : 20) > 0 || !done) {
		if (out.revents & POLLIN) {
			got = read(slow[0], page + n, sizeof(page) - 1 - n);
			ck_assert_int_gt(got, 0);
			n += (size_t)got;
		} else {
			done = pthread_tryjoin_np(writer, NULL) == 0;
		}
		out.revents = 0;
	}
	stderr_is_itself_again();
	close(slow[0]);
	close(slow[1]);
	page[n] = '\0';
	for (const char *p = page; (p = strstr(p, "tidepool " PACKAGE_VERSION " in kkk")); p++)
		dumps++;
	return dumps;
}

/* --- the handler -------------------------------------------------------------------------------------------------------------- */

START_TEST(a_signal_gives_a_file)
{
	struct stat file;
	char name[100];

	dump_to("%e.%p.%n");
	dump_install();
	errno = 77;
	ask_by_signal();
	ck_assert_int_eq(errno, 77);
	snprintf(name, sizeof(name), "kettle.%d.1", (int)getpid());
	content(name);
	ck_assert(has_line(page, "tidepool " PACKAGE_VERSION " in kettle, pid "));
	ck_assert(has_line(page, "signal      SIGRTMIN+11\n"));
	ck_assert_int_eq(stat(path, &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(each_request_has_its_number)
{
	dump_install();
	for (int i = 0; i < 3; i++)
		ask_by_signal();
	ck_assert_uint_eq(entries(false), 3);
	content("1");
	content("2");
	content("3");
}
END_TEST

START_TEST(the_format_is_the_one_that_is_set)
{
	set(in_dir("%n"), "TIDEPOOL_FORMAT=json");
	dump_install();
	ask_by_signal();
	ck_assert_int_eq(strncmp(content("1"), "{\"schema\":1,", 12), 0);
	ck_assert(ends_with(page, "}\n"));
}
END_TEST

START_TEST(of_several_formats_each_has_a_file_with_its_ending)
{
	struct stat file;

	set(in_dir("%n"), "TIDEPOOL_FORMAT=prometheus,text,json");
	dump_install();
	ask_by_signal();
	ck_assert(has_line(content("1.txt"), "tidepool " PACKAGE_VERSION " in kettle, pid "));
	ck_assert_int_eq(strncmp(content("1.json"), "{\"schema\":1,", 12), 0);
	ck_assert(has_line(content("1.prom"), "# HELP tidepool_gets_total "));
	ck_assert_int_eq(stat(path, &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0644); /* a collector is another user */
	ck_assert_int_eq(stat(in_dir("1.json"), &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert_uint_eq(entries(false), 3);
	ask_by_signal();
	ck_assert(read_file("2.txt") && read_file("2.json") && read_file("2.prom"));
	ck_assert_uint_eq(entries(false), 6);
}
END_TEST

START_TEST(an_ending_that_the_pattern_has_is_not_doubled)
{
	set(in_dir("it.prom"), "TIDEPOOL_FORMAT=prometheus,json");
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(read_file("it.prom") && read_file("it.json"));
	ck_assert(dump_write(in_dir("given"), SNAPSHOT_THREAD)); /* a path that is given has no other name for two files either */
	ck_assert(read_file("given.prom") && read_file("given.json"));
	ck_assert_uint_eq(entries(true), 4);
	set(in_dir("it.prom"), "TIDEPOOL_FORMAT=json");
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert_int_eq(content("it.prom")[0], '{'); /* one format: the path as it is */
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(a_format_that_cannot_be_written_does_not_keep_the_others_from_it)
{
	int null = open("/dev/null", O_WRONLY);

	set(in_dir("%n"), "TIDEPOOL_FORMAT=text,json,prometheus");
	ck_assert_int_eq(mkdir(in_dir("1.json"), 0700), 0);
	stderr_is(null);
	errno = 0;
	bool good = dump_write(NULL, SNAPSHOT_THREAD);
	int error = errno;
	stderr_is_itself_again();
	close(null);
	ck_assert(!good);
	ck_assert_int_eq(error, EISDIR);
	ck_assert(read_file("1.txt") && read_file("1.prom"));
	rmdir(in_dir("1.json"));
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(read_file("2.json")); /* some of it was there: the number is used */
}
END_TEST

START_TEST(a_dump_tells_what_has_happened_since_the_last_one)
{
	set(in_dir("%n"), "TIDEPOOL_FORMAT=json");
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "\"since_last_dump\":null"));
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("2"), "\"since_last_dump\":{\"seconds\":0.0"));
	dump_fork_child(); /* a child has not written a dump */
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "\"since_last_dump\":null"));
}
END_TEST

START_TEST(another_signal_can_be_set)
{
	set(in_dir("%n"), "TIDEPOOL_SIGNAL=USR2");
	dump_install();
	ask_by_signal();
	ck_assert(has_line(content("1"), "signal      SIGUSR2\n"));
}
END_TEST

START_TEST(the_handler_is_installed_as_promised)
{
	struct sigaction now;

	dump_install();
	ck_assert_int_eq(sigaction(options.signal, NULL, &now), 0);
	ck_assert_int_eq(now.sa_flags & (SA_RESTART | SA_ONSTACK | SA_SIGINFO), SA_RESTART | SA_ONSTACK | SA_SIGINFO);
	ck_assert_int_eq(now.sa_flags & (int)(SA_NODEFER | SA_RESETHAND), 0);
	ck_assert_int_eq(sigismember(&now.sa_mask, SIGALRM), 1);
	ck_assert_int_eq(sigismember(&now.sa_mask, SIGSEGV), 0);
}
END_TEST

START_TEST(without_a_signal_nothing_is_installed)
{
	struct sigaction now;
	int sig = options.signal;

	set(in_dir("%n"), "TIDEPOOL_SIGNAL=none");
	dump_install();
	ck_assert_int_eq(sigaction(sig, NULL, &now), 0);
	ck_assert(now.sa_handler == SIG_DFL);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "signal      none\n"));
}
END_TEST

static volatile sig_atomic_t applications;

static void
of_the_application(int sig)
{
	(void)sig;
	applications++;
}

START_TEST(a_handler_that_was_there_before_is_left_alone)
{
	signal(options.signal, of_the_application);
	dump_install();
	applications = 0;
	ask_by_signal();
	ck_assert_int_eq(applications, 1);
	ck_assert_uint_eq(entries(false), 0);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "signal      taken by the application\n"));
}
END_TEST

START_TEST(a_signal_that_is_ignored_stays_ignored)
{
	signal(options.signal, SIG_IGN);
	dump_install();
	ask_by_signal();
	ck_assert_uint_eq(entries(false), 0);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "signal      taken by the application (ignored)\n"));
}
END_TEST

START_TEST(a_handler_that_comes_later_is_reported_until_it_goes)
{
	struct sigaction theirs = { .sa_handler = of_the_application }, ours;

	dump_install();
	ck_assert_int_eq(sigaction(options.signal, &theirs, &ours), 0);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("1"), "signal      taken by the application\n"));
	ck_assert_int_eq(sigaction(options.signal, &ours, NULL), 0);
	ask_by_signal();
	ck_assert(has_line(content("2"), "signal      SIGRTMIN+11\n"));
	signal(options.signal, SIG_DFL);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert(has_line(content("3"), "signal      taken by the application (set back: it would end the process)\n"));
}
END_TEST

static bool woken_gives;
static unsigned woken;

static bool
wake(void)
{
	woken++;
	errno = EOVERFLOW; /* as sem_post may */
	return woken_gives;
}

START_TEST(who_was_woken_writes_and_one_dump_answers_all)
{
	dump_wake_hook = wake;
	woken_gives = true;
	woken = 0;
	dump_install();
	errno = 77;
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(raise(options.signal), 0);
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(woken, 5);
	ck_assert_uint_eq(entries(false), 0);
	errno = 77;
	dump_serve(SNAPSHOT_THREAD);
	dump_serve(SNAPSHOT_THREAD);
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(when_nobody_can_be_woken_the_handler_writes)
{
	dump_wake_hook = wake;
	woken_gives = false;
	dump_install();
	ask_by_signal();
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(signals_that_are_queued_are_one_request)
{
	sigset_t one;

	dump_install();
	sigemptyset(&one);
	sigaddset(&one, options.signal);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	for (int i = 0; i < 500; i++)
		ask_by_signal();
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

/* --- requests with a value: answers ------------------------------------------------------------------------------------------- */

static void
queue(int value)
{
	ck_assert_int_eq(sigqueue(getpid(), options.signal, (union sigval){ .sival_int = value }), 0);
}

static const char *
answer(const char *ending)
{
	static char name[60];

	snprintf(name, sizeof(name), "tidepool.%d.answer.%s", (int)getpid(), ending);
	return name;
}

START_TEST(a_value_asks_for_formats_and_costs_no_number)
{
	dump_install();
	queue(request_value(1u << FORMAT_JSON, false));
	ck_assert_int_eq(strncmp(content(answer("json")), "{\"schema\":1,", 12), 0);
	ck_assert_uint_eq(entries(true), 1);
	queue(request_value(1u << FORMAT_JSON | 1u << FORMAT_TEXT, false));
	ck_assert(ends_with(content(answer("json")), "}\n"));
	ck_assert(has_line(content(answer("text")), "signal      SIG"));
	ck_assert_uint_eq(entries(true), 2);
	ask_by_signal();
	ck_assert(has_line(content("1"), "signal      SIG"));
}
END_TEST

START_TEST(an_answer_may_be_asked_for_in_tmp)
{
	char there[80];

	snprintf(there, sizeof(there), "/tmp/%s", answer("text"));
	unlink(there);
	dump_install();
	queue(request_value(1u << FORMAT_TEXT, true));
	ck_assert_uint_eq(entries(false), 0);
	ck_assert_int_eq(unlink(there), 0);
	set("stderr", "");
	queue(request_value(1u << FORMAT_TEXT, false));
	ck_assert_int_eq(unlink(there), 0);
}
END_TEST

START_TEST(a_value_of_somebody_else_is_a_plain_request)
{
	static const int foreign[] = { 0, 1, -1, 0x7fffffff, REQUEST_MARK, REQUEST_MARK + 0x200 + 1, REQUEST_MARK - 0x200 + 1 };

	dump_install();
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		char number[12];

		queue(foreign[i]);
		snprintf(number, sizeof(number), "%zu", i + 1);
		content(number);
		ck_assert_uint_eq(entries(false), (unsigned)i + 1);
	}
}
END_TEST

START_TEST(queued_requests_of_every_kind_are_answered_once)
{
	sigset_t one;

	dump_install();
	sigemptyset(&one);
	sigaddset(&one, options.signal);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
#ifdef __SANITIZE_THREAD__
	pthread_sigmask(SIG_UNBLOCK, &one, NULL); /* ThreadSanitizer keeps one signal of a number for its handler, and drops what others say */
#endif
	for (int i = 0; i < 100; i++) {
		ask_by_signal();
		queue(request_value(1u << FORMAT_JSON, false));
		queue(request_value(1u << FORMAT_TEXT, false));
	}
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	content("1");
	content(answer("json"));
	content(answer("text"));
#ifndef __SANITIZE_THREAD__
	ck_assert_uint_eq(entries(false), 3);
#endif
}
END_TEST

START_TEST(a_dump_of_the_program_answers_questions_too)
{
	dump_install();
	dump_wake_hook = NULL;
	start_slow_dump();
	queue(request_value(1u << FORMAT_JSON, true)); /* goes to /tmp: the slow dump's place is a pipe */
	end_slow_dump();
	snprintf(path, sizeof(path), "/tmp/%s", answer("json"));
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* --- requests while a dump is written ----------------------------------------------------------------------------------------- */

START_TEST(requests_during_a_dump_are_one_more_dump)
{
	dump_install();
	start_slow_dump();
	for (int i = 0; i < 5; i++) /* handled on this thread, which must not wait */
		ask_by_signal();
	ck_assert_uint_eq(end_slow_dump(), 2);
	dump_serve(SNAPSHOT_THREAD); /* nothing is left */
	ck_assert_uint_eq(entries(false), 0);
}
END_TEST

START_TEST(the_writing_thread_may_be_asked_too)
{
	dump_install();
	start_slow_dump();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(pthread_kill(writer, options.signal), 0);
	ck_assert_uint_eq(end_slow_dump(), 2);
}
END_TEST

START_TEST(without_a_request_one_dump_is_one)
{
	start_slow_dump();
	ck_assert_uint_eq(end_slow_dump(), 1);
}
END_TEST

START_TEST(in_a_handler_nobody_waits_for_another_dump)
{
	struct timespec before, after;

	start_slow_dump();
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert(!dump_write(in_dir("it"), SNAPSHOT_HANDLER));
	ck_assert_int_eq(errno, EBUSY);
	errno = 0;
	ck_assert(!dump_write(NULL, SNAPSHOT_HANDLER));
	ck_assert_int_eq(errno, EBUSY);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_lt(after.tv_sec - before.tv_sec, 2); /* two threads would have waited four seconds */
	ck_assert_uint_eq(end_slow_dump(), 2); /* what had no path was left with the other one */
	ck_assert_uint_eq(entries(false), 0);
}
END_TEST

static void *
write_it(void *good)
{
	*(bool *)good = dump_write(in_dir("it"), SNAPSHOT_THREAD);
	return NULL;
}

START_TEST(a_thread_waits_for_another_dump)
{
	pthread_t second;
	bool good = false;

	start_slow_dump();
	ck_assert_int_eq(pthread_create(&second, NULL, write_it, &good), 0);
	ck_assert_uint_eq(end_slow_dump(), 1);
	pthread_join(second, NULL);
	ck_assert(good);
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(a_child_forgets_requests_and_the_dump_under_way)
{
	int status;
	pid_t child;

	dump_install();
	ck_assert(dump_write(in_dir("it"), SNAPSHOT_THREAD)); /* so the parent is at number 1 */
	start_slow_dump();
	ask_by_signal();
	child = fork();
	if (child == 0) {
		dump_fork_child();
		dump_to("child.%p.%n");
		dump_serve(SNAPSHOT_THREAD);
		unsigned none = entries(false);
		bool good = dump_write(NULL, SNAPSHOT_THREAD);
		char first[100];
		snprintf(first, sizeof(first), "child.%d.1", (int)getpid());
		_exit(none == 1 && good && read_file(first) && entries(false) == 2 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(end_slow_dump(), 2);
}
END_TEST

START_TEST(at_the_end_a_dump_under_way_is_waited_for_and_none_is_begun)
{
	int status;
	pid_t child;

	dump_install();
	child = fork();
	if (child == 0) {
		pthread_t ending;
		start_slow_dump();
		if (pthread_create(&ending, NULL, (void *(*)(void *))(void (*)(void))dump_end, NULL) != 0)
			_exit(2);
		unsigned dumps = end_slow_dump();
		pthread_join(ending, NULL);
		dump_to("%n");
		ask_by_signal(); /* does not wait, and does not write */
		_exit(dumps == 1 && entries(false) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* --- what goes wrong ---------------------------------------------------------------------------------------------------------- */

START_TEST(a_dump_that_has_no_place_is_one_line_and_keeps_errno)
{
	FILE *lines = tmpfile();
	char expected[100];

	ck_assert_ptr_nonnull(lines);
	dump_to("none/%n");
	dump_install();
	stderr_is(fileno(lines));
	errno = 77;
	ask_by_signal();
	int error = errno;
	stderr_is_itself_again();
	ck_assert_int_eq(error, 77);
	rewind(lines);
	page[fread(page, 1, sizeof(page) - 1, lines)] = '\0';
	fclose(lines);
	snprintf(expected, sizeof(expected), "tidepool: no dump in \"%s/none/1\": ENOENT\n", dir);
	ck_assert_str_eq(page, expected);
	dump_to("%n");
	ask_by_signal();
	content("1"); /* what was not written has no number */
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

/* Calls dump_write with stderr out of sight; returns its errno, or 0 when it was good. */
static int
error_of(const char *where)
{
	int null = open("/dev/null", O_WRONLY);

	stderr_is(null);
	errno = 77;
	bool good = dump_write(where, SNAPSHOT_THREAD);
	int error = errno;
	stderr_is_itself_again();
	close(null);
	if (good)
		ck_assert_int_eq(error, 77);
	return good ? 0 : error;
}

START_TEST(dump_write_says_by_errno_what_went_wrong)
{
	char too_long[PATH_MAX + 1];

	memset(too_long, 'x', PATH_MAX);
	too_long[PATH_MAX] = '\0';
	ck_assert_int_eq(error_of(too_long), ENAMETOOLONG);
	ck_assert_int_eq(error_of(""), ENOENT);
	ck_assert_int_eq(error_of(in_dir("none/it")), ENOENT);
	ck_assert_int_eq(error_of(dir), EISDIR);
	unlink(in_dir("it"));
	ck_assert_uint_eq(entries(false), 0);
	ck_assert_int_eq(error_of(in_dir("100%p")), 0); /* a path is taken as it is */
	content("100%p");
	ck_assert_int_eq(error_of(path), 0); /* and what is there is replaced */
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

/* SIGXFSZ would end the process. In a child, where nothing else writes a file. */
START_TEST(a_file_that_may_not_grow_is_an_error_not_the_end)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit little;
		close(STDERR_FILENO);
		getrlimit(RLIMIT_FSIZE, &little);
		little.rlim_cur = 100;
		setrlimit(RLIMIT_FSIZE, &little);
		_exit(!dump_write(in_dir("it"), SNAPSHOT_THREAD) && errno == EFBIG ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(entries(false), 0);
}
END_TEST

START_TEST(a_full_device_is_an_error)
{
	int full = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(full, 0);
	set("stderr", "TIDEPOOL_FORMAT=text");
	stderr_is(full);
	errno = 0;
	bool good = dump_write(NULL, SNAPSHOT_THREAD);
	int error = errno;
	stderr_is_itself_again();
	close(full);
	ck_assert(!good);
	ck_assert_int_eq(error, ENOSPC);
}
END_TEST

START_TEST(the_masks_of_the_caller_come_back)
{
	sigset_t before, after;
	int cancel;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		ck_assert_int_eq(sigismember(&after, sig), sig == SIGUSR1);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	ck_assert_int_eq(cancel, PTHREAD_CANCEL_ENABLE);
}
END_TEST

static void *
write_when_cancelled(void *good)
{
	pthread_cancel(pthread_self());
	*(bool *)good = dump_write(NULL, SNAPSHOT_THREAD);
	pthread_testcancel();
	return NULL;
}

START_TEST(a_cancelled_thread_finishes_its_dump_first)
{
	pthread_t thread;
	bool good = false;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, write_when_cancelled, &good), 0);
	pthread_join(thread, &result);
	ck_assert(good);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert(dump_write(NULL, SNAPSHOT_THREAD));
	ck_assert_uint_eq(entries(false), 2);
}
END_TEST

/* --- a storm ------------------------------------------------------------------------------------------------------------------ */

#define STORM 10000
static atomic_bool over, refused; /* Check's assertions belong to the main thread */

static void
block_ours(void)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, options.signal);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
}

static void *
send_storm(void *unused)
{
	block_ours();
	for (int i = 0; i < STORM; i++)
		if (kill(getpid(), options.signal) != 0)
			atomic_store_explicit(&refused, true, memory_order_relaxed); /* sync: none; joined before it is read */
	atomic_store_explicit(&over, true, memory_order_release); /* sync: none; the test's own end */
	return unused;
}

/* Takes the signals, and allocates between them. */
static void *
suffer_storm(void *unused)
{
	for (size_t n = 1; !atomic_load_explicit(&over, memory_order_acquire); n = n * 5 % 4999 + 1) { /* sync: none; the test's own end */
		char *volatile p = malloc(n);
		if (p)
			memset(p, 1, n);
		else
			atomic_store_explicit(&refused, true, memory_order_relaxed); /* sync: none; joined before it is read */
		free(p);
	}
	return unused;
}

START_TEST(in_a_storm_no_reader_sees_half_a_dump)
{
	pthread_t sender, sufferer[2];
	unsigned looks = 0;

	set(in_dir("same"), "TIDEPOOL_FORMAT=json");
	dump_install();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&sufferer[i], NULL, suffer_storm, NULL), 0);
	block_ours();
	ck_assert_int_eq(pthread_create(&sender, NULL, send_storm, NULL), 0);
	while (!atomic_load_explicit(&over, memory_order_acquire) || looks == 0) { /* sync: none; the test's own end */
		if (!read_file("same"))
			continue;
		looks++;
		ck_assert_msg(strncmp(page, "{\"schema\":1,", 12) == 0 && ends_with(page, "}}\n"), "torn: %s", page);
	}
	pthread_join(sender, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(sufferer[i], NULL);
	ck_assert(!atomic_load_explicit(&refused, memory_order_relaxed)); /* sync: none; all have been joined */
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(after_a_storm_the_last_request_is_answered)
{
	char name[20];
	unsigned dumps;

	dump_install();
	for (int round = 0; round < 20; round++) {
		start_slow_dump(); /* and requests arrive around the end of it */
		for (int i = 0; i < 20; i++)
			ask_by_signal();
		dumps = end_slow_dump();
		ck_assert_uint_eq(dumps, 2);
	}
	dump_to("%n");
	ask_by_signal();
	snprintf(name, sizeof(name), "%d", 20 * 2 + 1);
	content(name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump");
	TCase *handler = tcase_create("handler"), *during = tcase_create("during"), *wrong = tcase_create("wrong"), *storm = tcase_create("storm");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(handler, set_up, tear_down);
	tcase_add_test(handler, a_signal_gives_a_file);
	tcase_add_test(handler, each_request_has_its_number);
	tcase_add_test(handler, the_format_is_the_one_that_is_set);
	tcase_add_test(handler, of_several_formats_each_has_a_file_with_its_ending);
	tcase_add_test(handler, an_ending_that_the_pattern_has_is_not_doubled);
	tcase_add_test(handler, a_format_that_cannot_be_written_does_not_keep_the_others_from_it);
	tcase_add_test(handler, a_dump_tells_what_has_happened_since_the_last_one);
	tcase_add_test(handler, another_signal_can_be_set);
	tcase_add_test(handler, the_handler_is_installed_as_promised);
	tcase_add_test(handler, without_a_signal_nothing_is_installed);
	tcase_add_test(handler, a_handler_that_was_there_before_is_left_alone);
	tcase_add_test(handler, a_signal_that_is_ignored_stays_ignored);
	tcase_add_test(handler, a_handler_that_comes_later_is_reported_until_it_goes);
	tcase_add_test(handler, who_was_woken_writes_and_one_dump_answers_all);
	tcase_add_test(handler, when_nobody_can_be_woken_the_handler_writes);
	tcase_add_test(handler, signals_that_are_queued_are_one_request);
	tcase_add_test(handler, a_value_asks_for_formats_and_costs_no_number);
	tcase_add_test(handler, an_answer_may_be_asked_for_in_tmp);
	tcase_add_test(handler, a_value_of_somebody_else_is_a_plain_request);
	tcase_add_test(handler, queued_requests_of_every_kind_are_answered_once);
	tcase_add_test(handler, a_dump_of_the_program_answers_questions_too);
	suite_add_tcase(suite, handler);
	tcase_add_checked_fixture(during, set_up, tear_down);
	tcase_set_timeout(during, 60);
	tcase_add_test(during, requests_during_a_dump_are_one_more_dump);
	tcase_add_test(during, the_writing_thread_may_be_asked_too);
	tcase_add_test(during, without_a_request_one_dump_is_one);
	tcase_add_test(during, in_a_handler_nobody_waits_for_another_dump);
	tcase_add_test(during, a_thread_waits_for_another_dump);
	tcase_add_test(during, a_child_forgets_requests_and_the_dump_under_way);
	tcase_add_test(during, at_the_end_a_dump_under_way_is_waited_for_and_none_is_begun);
	suite_add_tcase(suite, during);
	tcase_add_checked_fixture(wrong, set_up, tear_down);
	tcase_add_test(wrong, a_dump_that_has_no_place_is_one_line_and_keeps_errno);
	tcase_add_test(wrong, dump_write_says_by_errno_what_went_wrong);
	tcase_add_test(wrong, a_file_that_may_not_grow_is_an_error_not_the_end);
	tcase_add_test(wrong, a_full_device_is_an_error);
	tcase_add_test(wrong, the_masks_of_the_caller_come_back);
	tcase_add_test(wrong, a_cancelled_thread_finishes_its_dump_first);
	suite_add_tcase(suite, wrong);
	tcase_add_checked_fixture(storm, set_up, tear_down);
	tcase_set_timeout(storm, 120);
	tcase_add_test(storm, in_a_storm_no_reader_sees_half_a_dump);
	tcase_add_test(storm, after_a_storm_the_last_request_is_answered);
	suite_add_tcase(suite, storm);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
