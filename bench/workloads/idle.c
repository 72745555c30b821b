/*
 * idle [THREADS] [BYTES] [EPOCH_MS] [LAST] - every thread allocates BYTES of mixed sizes, touches and frees them, and then sleeps for ever: the
 * worker pool of a server after its peak. Prints the resident set, in MiB above what it was when the threads were there and had
 * not allocated yet: at the peak, and after 0, 1, 2, 3, 5 and 10 epochs of sleep, or up to LAST.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>
#include <unistd.h>

static size_t bytes;
static pthread_barrier_t step; /* all threads: started, allocated, freed */

static double
resident_mib(void)
{
	long pages = 0, ignored;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f == NULL || fscanf(f, "%ld %ld", &ignored, &pages) != 2)
		exit(1);
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void *
peak_and_sleep(void *unused)
{
	static const size_t sizes[] = { 16, 48, 64, 96, 160, 256, 512, 1024, 2048, 4096, 8192, 16384 };
	enum { KINDS = sizeof sizes / sizeof *sizes };
	size_t most = bytes / sizes[0] + KINDS, n = 0;
	(void)unused;
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	char **all = malloc(most * sizeof *all);
	for (size_t have = 0; have < bytes && n < most; n++) {
		size_t size = sizes[n % KINDS];
		memset(all[n] = stamp_there(malloc(size)), (int)(n % 251), size);
		have += size;
	}
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	while (n-- > 0) {
		if (all[n][0] != (char)(n % 251) || all[n][sizes[n % KINDS] - 1] != (char)(n % 251))
			stamp_wrong("two objects overlap");
		free(all[n]);
	}
	free(all);
	pthread_barrier_wait(&step);
	for (;;)
		pause();
	return NULL;
}

int
main(int argc, char **argv)
{
	static const unsigned marks[] = { 0, 1, 2, 3, 5, 10 };
	size_t threads = clock_argument(argc, argv, 1, 200);
	bytes = clock_argument(argc, argv, 2, 1 << 20);
	size_t epoch_ms = clock_argument(argc, argv, 3, 1000);
	size_t last = clock_argument(argc, argv, 4, 10);
	pthread_t thread;
	pthread_barrier_init(&step, NULL, (unsigned)threads + 1);
	for (size_t i = 0; i < threads; i++)
		clock_start(&thread, peak_and_sleep, NULL);
	pthread_barrier_wait(&step);
	double start = resident_mib();
	pthread_barrier_wait(&step); /* allocate */
	pthread_barrier_wait(&step);
	printf("peak %.1f\n", resident_mib() - start);
	pthread_barrier_wait(&step); /* free */
	pthread_barrier_wait(&step);
	for (size_t i = 0, epoch = 0; i < sizeof marks / sizeof *marks && marks[i] <= last; i++) {
		usleep((useconds_t)((marks[i] - epoch) * epoch_ms * 1000 + (i == 0 ? 1000 : 0)));
		epoch = marks[i];
		printf("after-%u %.1f\n", marks[i], resident_mib() - start);
	}
	return 0;
}
