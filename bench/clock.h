/* clock - the time of a workload, and its one line of output: nanoseconds for each object, to stdout. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

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
clock_report(double begun, double objects)
{
	printf("%.2f\n", (clock_ns() - begun) / objects);
}

/* Keeps the calling thread on one of the CPUs that it may run on; two threads otherwise often land on the same one. */
static inline void
clock_pin(unsigned nth)
{
	cpu_set_t allowed, one;
	unsigned seen = 0;
	if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
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

#endif
