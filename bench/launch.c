/*
 * launch [-n TIMES] [-c CPU] [-e NAME=VALUE]... -o FILE COMMAND [ARGUMENT]... - runs the command TIMES times (1), one after the other, kept on one of the CPUs
 * if wanted, and writes to FILE what it took:
 *
 *     wall-ns cpu-ns peak-KiB minor-faults major-faults status
 *
 * in sum, but for the peak, which is the largest, and the status, which is the last, or the first that was not 0; 128 + N for signal N. A process that is
 * made from a large one is charged with the large one's resident set until its exec: so the runner, in Python, does not start what it
 * measures itself. LD_PRELOAD goes in by -e, and so never into this program. A command that can't be started gives 127.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SETTINGS = 64 };

static double
seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
become(char **command, char *const *settings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		putenv(settings[i]);
	execvp(command[0], command);
	_exit(127);
}

int
main(int argc, char **argv)
{
	const char *to = NULL;
	char *settings[MOST_SETTINGS];
	size_t set = 0;
	long times = 1;
	int option, status = 0;
	double wall = 0, cpu = 0;
	long peak = 0, minor = 0, major = 0;
	while ((option = getopt(argc, argv, "+n:c:e:o:")) != -1)
		switch (option) {
		case 'n':
			times = atol(optarg);
			break;
		case 'c': {
			cpu_set_t one;
			CPU_ZERO(&one);
			CPU_SET((size_t)atol(optarg), &one);
			if (sched_setaffinity(0, sizeof one, &one) != 0)
				perror("launch: the CPU");
			break;
		}
		case 'e':
			if (set == MOST_SETTINGS)
				return 2;
			settings[set++] = optarg;
			break;
		case 'o':
			to = optarg;
			break;
		default:
			return 2;
		}
	if (to == NULL || optind >= argc)
		return 2;
	for (long i = 0; i < times && status == 0; i++) {
		struct rusage used;
		int how = 0;
		double begun = seconds_now();
		pid_t child = fork();
		if (child == 0)
			become(argv + optind, settings, set);
		if (child < 0 || wait4(child, &how, 0, &used) != child)
			return 1;
		wall += seconds_now() - begun;
		cpu += seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
		if (used.ru_maxrss > peak)
			peak = used.ru_maxrss;
		minor += used.ru_minflt;
		major += used.ru_majflt;
		status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	}
	FILE *out = fopen(to, "w");
	if (out == NULL)
		return 1;
	fprintf(out, "%.0f %.0f %ld %ld %ld %d\n", wall * 1e9, cpu * 1e9, peak, minor, major, status);
	return fclose(out) == 0 ? 0 : 1;
}
