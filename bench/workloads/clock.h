/*
 * clock - the time of a workload, where its threads run, and its output: a line `FIGURE VALUE` on stdout for each figure, nanoseconds
 * for each object unless the workload says otherwise.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double
clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline void
clock_report(const char *figure, double ns, double objects)
{
	printf("%s %.3f\n", figure, ns / objects);
}

/* Keeps the calling thread on one of the CPUs that it may run on; two threads otherwise often land on the same one. */
static inline void
clock_pin(unsigned nth)
{
	cpu_set_t allowed, one;
	unsigned seen = 0;
	static cpu_set_t at_start; /* the process's own, before its first thread was pinned */
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&once);
	if (CPU_COUNT(&at_start) == 0 && sched_getaffinity(0, sizeof at_start, &at_start) != 0)
		CPU_ZERO(&at_start);
	allowed = at_start;
	pthread_mutex_unlock(&once);
	if (CPU_COUNT(&allowed) == 0)
		return;
	nth %= (unsigned)CPU_COUNT(&allowed);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && seen++ == nth) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof one, &one);
			return;
		}
}

static inline size_t
clock_argument(int argc, char **argv, int i, size_t otherwise)
{
	return argc > i ? strtoull(argv[i], NULL, 0) : otherwise;
}

static inline void
clock_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	if (pthread_create(thread, NULL, run, argument) != 0) {
		fputs("bench: no thread\n", stderr);
		exit(1);
	}
}

#endif
