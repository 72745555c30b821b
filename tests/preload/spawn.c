/*
 * spawn - vfork, posix_spawn, system and popen from a process that has worked: the new program starts with the signal mask, the
 * ignored signals and the descriptors that its parent gave it, and nothing more.
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>

#include "check.h"

extern char **environ;

/* What a new program inherits, as text: blocked and ignored signals, and open descriptors. */
static void
describe(char *text, size_t size)
{
	char status[4096];
	unsigned long long blocked, ignored;
	const unsigned long long of_the_c_library = 3ull << 31; /* 32 and 33: posix_spawn has its own ways with them */
	check(read_file("/proc/self/status", status, sizeof(status)) > 0);
	check(sscanf(strstr(status, "\nSigBlk:"), "\nSigBlk: %llx", &blocked) == 1);
	check(sscanf(strstr(status, "\nSigIgn:"), "\nSigIgn: %llx", &ignored) == 1);
	unsigned long descriptors = 0;
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) != -1 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			descriptors = descriptors * 67 + (unsigned long)fd + 1;
	snprintf(text, size, "%llx/%llx/%lx", blocked & ~of_the_c_library, ignored & ~of_the_c_library, descriptors);
}

static void *
worker(void *unused)
{
	(void)unused;
	static void *at[30000];
	for (int i = 0; i < 30000; i++)
		check((at[i] = malloc(700)) != NULL);
	for (int i = 0; i < 30000; i++)
		free(at[i]);
	return NULL;
}

int
main(int argc, char **argv)
{
	char now[128];
	if (argc == 3 && strcmp(argv[1], "child") == 0) {
		describe(now, sizeof(now));
		if (strcmp(now, argv[2]) != 0) {
			dprintf(2, "spawn: a new program has %s, its parent had %s\n", now, argv[2]);
			return 1;
		}
		check(thread_count() == 1);
		free(opaque(malloc(100)));
		return 0;
	}

	/* signals that the program has its own wishes about */
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	check(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	check(signal(SIGHUP, SIG_IGN) != SIG_ERR);

	char before[128], command[512];
	describe(before, sizeof(before)); /* before anything of a helper can have started */
	worker(NULL);
	pthread_t thread;
	check(pthread_create(&thread, NULL, worker, NULL) == 0);
	check(pthread_join(thread, NULL) == 0);
	sleep_ms(50);

	char path[400];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	check(length > 0);
	path[length] = '\0';
	char child_word[] = "child";
	char *const arguments[] = { path, child_word, before, NULL };
	for (int i = 0; i < 10; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			execve(path, arguments, environ);
			_exit(127);
		}
		check_child(pid);
		check(posix_spawn(&pid, path, NULL, NULL, arguments, environ) == 0);
		check_child(pid);
		worker(NULL);
	}
	pid_t pid = fork();
	if (pid == 0) {
		worker(NULL);
		execve(path, arguments, environ);
		_exit(127);
	}
	check_child(pid);
	/* a shell may keep its own descriptors: only that it runs */
	snprintf(command, sizeof(command), "exit 7");
	int status = system(command);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	FILE *file = popen("echo word", "r");
	check(file != NULL && fgets(command, sizeof(command), file) != NULL && strcmp(command, "word\n") == 0);
	check(pclose(file) == 0);
	describe(now, sizeof(now));
	check(strcmp(now, before) == 0);
	return 0;
}
