/*
 * helper_thread - a program that frees a lot gets one helper: it is called tidepool, blocks every signal, and comes back in the
 * child of a fork.
 */
#include <pthread.h>
#include <signal.h>

#include "check.h"

static void *blocks[100000];

static void
work_a_lot(void)
{
	for (int i = 0; i < 100000; i++)
		check((blocks[i] = malloc(600)) != NULL);
	for (int i = 0; i < 100000; i++)
		free(blocks[i]);
}

/* The status of the thread called tidepool, if there is one; how many there are. */
static int
find_helpers(char *text, size_t size)
{
	int helpers = 0;
	DIR *tasks = opendir("/proc/self/task");
	check(tasks != NULL);
	struct dirent *entry;
	while ((entry = readdir(tasks)) != NULL) {
		char path[300], status[4096];
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		if (entry->d_name[0] == '.' || read_file(path, status, sizeof(status)) <= 0)
			continue;
		if (strncmp(status, "Name:\ttidepool\n", 15) == 0) {
			helpers++;
			snprintf(text, size, "%s", status);
		}
	}
	closedir(tasks);
	return helpers;
}

static void
there_is_a_helper_that_blocks_all_signals(void)
{
	char status[4096] = "";
	long end = now_ms() + 5000;
	int helpers;
	while ((helpers = find_helpers(status, sizeof(status))) == 0 && now_ms() < end) {
		work_a_lot();
		sleep_ms(5);
	}
	check(helpers == 1);
	const char *line = strstr(status, "\nSigBlk:");
	check(line != NULL);
	unsigned long long blocked = strtoull(line + 8, NULL, 16);
	/* SIGKILL and SIGSTOP can't be blocked; 32 and 33 are the C library's own */
	for (int s = 1; s <= 64; s++)
		if (s != SIGKILL && s != SIGSTOP && (s < 32 || s >= SIGRTMIN))
			check((blocked >> (s - 1) & 1) == 1);
}

int
main(void)
{
	/* it must not take over the mask of the thread that starts it either */
	sigset_t before, after;
	check(pthread_sigmask(SIG_SETMASK, NULL, &before) == 0);
	work_a_lot();
	there_is_a_helper_that_blocks_all_signals();
	check(pthread_sigmask(SIG_SETMASK, NULL, &after) == 0);
	for (int s = 1; s <= 64; s++)
		if (s < 32 || s >= SIGRTMIN)
			check(sigismember(&before, s) == sigismember(&after, s));

	pid_t pid = fork();
	if (pid == 0) {
		work_a_lot();
		there_is_a_helper_that_blocks_all_signals();
		_exit(0);
	}
	check_child(pid);
	return 0;
}
