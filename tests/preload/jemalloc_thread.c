/*
 * jemalloc_thread - a program turns jemalloc's own background thread on (redis does): jemalloc calls pthread_create, which callocs, while it holds the lock
 * of its controls. On a CPU whose pools have no arena yet none may be asked for then.
 */
#include <dlfcn.h>
#include <sched.h>

#include "check.h"

/* The nth CPU that the process may use; of fewer the last. */
static void
go_to(int nth)
{
	static cpu_set_t all;
	cpu_set_t one;
	size_t cpu = 0;
	int seen = -1;
	if (CPU_COUNT(&all) == 0)
		check(sched_getaffinity(0, sizeof all, &all) == 0);
	for (size_t i = 0; i < CPU_SETSIZE && seen < nth; i++)
		if (CPU_ISSET(i, &all)) {
			cpu = i;
			seen++;
		}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check(sched_setaffinity(0, sizeof one, &one) == 0);
}

int
main(void)
{
	int (*control)(const char *, void *, size_t *, void *, size_t) = (int (*)(const char *, void *, size_t *, void *, size_t))dlsym(RTLD_DEFAULT, "mallctl");
	char on = 1;
	check(control != NULL);
	go_to(0);
	for (int i = 0; i < 2000; i++) /* what dlsym wants lies ready then; what pthread_create wants comes from jemalloc */
		free(opaque(malloc((size_t)(i % 200) + 1)));
	go_to(1);
	check(control("background_thread", NULL, NULL, &on, sizeof on) == 0);
	for (int i = 0; i < 2000; i++)
		free(opaque(malloc((size_t)(i % 1000) + 1)));
	return 0;
}
