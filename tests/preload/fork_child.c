/* fork_child - a child frees its parent's memory, allocates, makes threads and forks again; a daemon forks twice and lets go of all. */
#include <pthread.h>
#include <sys/resource.h>

#include "check.h"

#define BLOCKS 3000
static void *blocks[BLOCKS];

static size_t
size_of(unsigned i)
{
	return (size_t)(i * 2654435761u >> 19) % 6000 + 1;
}

static void
get_all(void)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		check((blocks[i] = malloc(size_of(i))) != NULL);
		fill(blocks[i], size_of(i), i);
	}
}

static void
put_all(void)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		check(holds(blocks[i], size_of(i), i));
		free(blocks[i]);
	}
}

static void *
worker(void *unused)
{
	(void)unused;
	void *at[300];
	for (int round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 300; i++)
			check((at[i] = opaque(malloc(size_of(i)))) != NULL);
		for (unsigned i = 0; i < 300; i++)
			free(at[i]);
	}
	return NULL;
}

static void
make_threads(void)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		check(pthread_create(&threads[i], NULL, worker, NULL) == 0);
	for (int i = 0; i < 3; i++)
		check(pthread_join(threads[i], NULL) == 0);
}

static void
generation(int deeper)
{
	put_all(); /* the parent's */
	get_all();
	make_threads();
	if (deeper > 0) {
		pid_t pid = fork();
		if (pid == 0) {
			generation(deeper - 1);
			_exit(0);
		}
		check_child(pid);
	}
	put_all();
	get_all();
}

/* Two forks, no descriptor, another directory: the last child reports by its exit status alone. */
static void
daemon_process(void)
{
	int ends[2];
	check(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		check(setsid() > 0);
		if (fork() != 0)
			_exit(0);
		check(chdir("/") == 0);
		for (int fd = 0; fd < 100; fd++)
			if (fd != ends[1])
				close(fd);
		generation(1);
		sleep_ms(20);
		worker(NULL);
		_exit(write(ends[1], "k", 1) == 1 ? 0 : 1);
	}
	check_child(pid);
	close(ends[1]);
	char answer = 0;
	check(read(ends[0], &answer, 1) == 1 && answer == 'k');
	close(ends[0]);
}

int
main(void)
{
	get_all();
	make_threads();
	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			generation(3);
			exit(0);
		}
		check_child(pid);
		generation(0);
	}
	daemon_process();
	put_all();
	return 0;
}
