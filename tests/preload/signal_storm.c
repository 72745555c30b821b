/*
 * signal_storm - 100,000 requests for a dump while a process allocates in three threads, forks, and its children end by exit: nobody hangs
 * or crashes, whoever looks at a file sees a whole one, no half of one is left, and the last request is answered.
 *
 * The storm goes to the process group, so forked children get it in the middle of the fork, of their work and of their exit.
 * Settings: TIDEPOOL_DUMP=/tmp/tidepool-storm/%p, TIDEPOOL_FORMAT=json
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "check.h"

#define FOLDER "/tmp/tidepool-storm"
#define SIGNALS 100000
#define THREADS 3

static int stop;

static void
use_some(unsigned seed)
{
	void *at[100];
	for (unsigned i = 0; i < 100; i++) {
		size_t n = (seed + i * 2654435761u) % 9000 + 1;
		check((at[i] = opaque(malloc(n))) != NULL);
		fill(at[i], n < 64 ? n : 64, i);
	}
	for (unsigned i = 0; i < 100; i++) {
		size_t n = (seed + i * 2654435761u) % 9000 + 1;
		check(holds(at[i], n < 64 ? n : 64, i));
		free(at[i]);
	}
}

static void *
allocate(void *arg)
{
	for (unsigned seed = (unsigned)(uintptr_t)arg; !__atomic_load_n(&stop, __ATOMIC_RELAXED); seed++)
		use_some(seed);
	return NULL;
}

/* The process in the storm: it forks until it is told to stop, and then ends by exit; at once: while its threads are at work. */
static void
suffer(int told, int at_once)
{
	pthread_t threads[THREADS];
	char answer;

	alarm(100);
	for (uintptr_t i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, allocate, (void *)i) == 0);
	check(fcntl(told, F_SETFL, O_NONBLOCK) == 0);
	while (read(told, &answer, 1) < 0) {
		pid_t child = fork();
		check(child >= 0);
		if (child == 0) {
			use_some((unsigned)getpid());
			exit(7);
		}
		int status;
		while (waitpid(child, &status, 0) < 0)
			check(errno == EINTR);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
	if (at_once)
		exit(0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	exit(0);
}

static char text[1 << 17];

/* 1: the file is there, and whole. */
static int
look(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), FOLDER "/%d", (int)pid);
	ssize_t n = read_file(path, text, sizeof(text));
	if (n <= 0)
		return 0;
	check((size_t)n < sizeof(text) - 1);
	check(strncmp(text, "{\"schema\":1,", 12) == 0);
	check(strcmp(text + strlen(text) - 3, "}}\n") == 0);
	return 1;
}

/* One signal to the group; false: there is no such process any more. A full queue of signals is no error: it empties. */
static int
ask(pid_t group)
{
	while (kill(-group, SIGRTMIN + 11) != 0) {
		if (errno == ESRCH)
			return 0;
		check(errno == EAGAIN);
		sched_yield();
	}
	return 1;
}

static pid_t
start(int *tell, int at_once)
{
	int ends[2];
	check(pipe(ends) == 0);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		close(ends[1]);
		suffer(ends[0], at_once);
	}
	setpgid(pid, pid);
	close(ends[0]);
	*tell = ends[1];
	return pid;
}

static void
end(pid_t pid)
{
	int status;
	check(waitpid(pid, &status, 0) == pid);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Takes everything away; what is there must be whole dumps, or nothing. */
static void
clean_up(int strictly)
{
	DIR *d = opendir(FOLDER);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		if (strictly)
			check(strstr(e->d_name, ".tmp") == NULL && look(atoi(e->d_name)));
		unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
}

int
main(void)
{
	int tell, looks = 0;

	mkdir(FOLDER, 0700);
	clean_up(0);
	pid_t pid = start(&tell, 0);
	for (int i = 0; i < SIGNALS; i++) {
		check(ask(pid));
		if (i % 100 == 0)
			looks += look(pid);
		if (i % 500 == 0)
			sleep_ms(2); /* time to fork in */
	}
	check(looks > 0 || !under_tidepool());

	/* The last request of a storm is answered: this one, after the file has been taken away and all that were queued are through. */
	char path[64];
	snprintf(path, sizeof(path), FOLDER "/%d", (int)pid);
	if (under_tidepool()) {
		sleep_ms(500);
		unlink(path);
		check(kill(pid, SIGRTMIN + 11) == 0);
		for (int i = 0; i < 2000 && !look(pid); i++)
			sleep_ms(10);
		check(look(pid));
	}
	check(write(tell, "", 1) == 1);
	end(pid);
	close(tell);

	/* And while processes end: each in the middle of another storm. */
	for (int round = 0; round < 50; round++) {
		pid = start(&tell, 1);
		for (int i = 0; i < 20 + round; i++)
			ask(pid);
		check(write(tell, "", 1) == 1);
		for (int i = 0; i < 300 && ask(pid); i++)
			;
		end(pid);
		close(tell);
	}
	clean_up(1);
	check(rmdir(FOLDER) == 0);
	return 0;
}
