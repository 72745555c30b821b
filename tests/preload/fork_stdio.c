/*
 * fork_stdio - forking while other threads are in fflush(NULL), fopen, popen and getline. One that reads a long line holds its stream and
 * wants memory; fflush holds stdio's list and wants the stream; fork holds the allocator's locks and wants the list: a
 * deadlock, unless the allocator's part of fork takes the list first.
 */
#include <pthread.h>

#include "check.h"

static int stop;

static void *
opener(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		FILE *file = fopen("/dev/null", "w");
		check(file != NULL);
		fputs("text", file);
		fclose(file);
	}
	return NULL;
}

static void *
flusher(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		fflush(NULL);
	return NULL;
}

static void *
piper(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		FILE *file = popen("exit 0", "r");
		check(file != NULL);
		pclose(file);
	}
	return NULL;
}

/* A line of 300,000 characters, whose buffer grows again each time while the stream is locked. */
static void *
reader(void *unused)
{
	(void)unused;
	static char text[300000]; /* a file's position would be shared with the children */
	memset(text, 'x', sizeof(text));
	FILE *file = fmemopen(text, sizeof(text), "r");
	check(file != NULL);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		char *line = NULL;
		size_t size = 0;
		rewind(file);
		check(getline(&line, &size, file) == 300000);
		free(line);
	}
	fclose(file);
	return NULL;
}

int
main(void)
{
	void *(*const work[])(void *) = { opener, reader, flusher, piper, reader };
	pthread_t threads[5];
	for (int i = 0; i < 5; i++)
		check(pthread_create(&threads[i], NULL, work[i], NULL) == 0);
	for (int i = 0; i < 80; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			FILE *file = fopen("/dev/null", "w");
			check(file != NULL && fputs("text", file) >= 0 && fclose(file) == 0);
			for (int k = 0; k < 50; k++)
				free(opaque(malloc(500)));
			fflush(NULL);
			_exit(0);
		}
		check_child(pid);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 5; i++)
		check(pthread_join(threads[i], NULL) == 0);
	return 0;
}
