/* fork_storm - hundreds of forks from several threads at once, while others allocate: nobody hangs, and every child can work. */
#include <pthread.h>

#include "check.h"

#define FORKERS 4
#define FORKS 75
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

static void *
fork_often(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < FORKS; i++) {
		void *mine = malloc(200);
		fill(mine, 200, i);
		pid_t pid = fork();
		if (pid == 0) {
			check(holds(mine, 200, i));
			free(mine);
			use_some(i);
			if (i % 10 == 0) {
				pthread_t thread;
				__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
				check(pthread_create(&thread, NULL, allocate, NULL) == 0);
				check(pthread_join(thread, NULL) == 0);
			}
			_exit(0);
		}
		free(mine);
		check_child(pid);
	}
	return NULL;
}

int
main(void)
{
	pthread_t allocators[2], forkers[FORKERS];
	for (uintptr_t i = 0; i < 2; i++)
		check(pthread_create(&allocators[i], NULL, allocate, (void *)(i * 1000)) == 0);
	for (int i = 0; i < FORKERS; i++)
		check(pthread_create(&forkers[i], NULL, fork_often, NULL) == 0);
	for (int i = 0; i < FORKERS; i++)
		check(pthread_join(forkers[i], NULL) == 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		check(pthread_join(allocators[i], NULL) == 0);
	return 0;
}
