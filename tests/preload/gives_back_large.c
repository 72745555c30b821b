/*
 * gives_back_large - what large blocks took is the kernel's again within three epochs after they were freed: by threads that then sleep, by a
 * program that has never had a reason for a helper, and without one (TIDEPOOL_BACKGROUND=off) while the program goes on allocating.
 */
#include <pthread.h>

#include "figures.h"

#define MIB ((size_t)1 << 20)
#define THREADS 4
#define EACH 6

static pthread_barrier_t hold, gone;
static int stop;

static void *
touched(size_t n)
{
	char *p = malloc(n);
	check(p != NULL);
	for (size_t i = 0; i < n; i += 4096)
		p[i] = 1;
	return p;
}

static size_t
size_of(int i)
{
	static const size_t some[EACH] = { 3 * MIB / 2, 2 * MIB, 3 * MIB, 5 * MIB, 9 * MIB, 12 * MIB };
	return some[i];
}

static void *
worker(void *unused)
{
	(void)unused;
	void *at[EACH];
	for (int round = 0; round < 3; round++) { /* so that some are made of what others have freed */
		for (int i = 0; i < EACH; i++)
			at[i] = touched(size_of((i + round) % EACH));
		if (round < 2)
			for (int i = 0; i < EACH; i++)
				free(at[i]);
	}
	pthread_barrier_wait(&hold);
	pthread_barrier_wait(&hold); /* main has looked */
	for (int i = 0; i < EACH; i++)
		free(at[i]);
	pthread_barrier_wait(&gone);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		sleep_ms(20);
	return NULL;
}

/* Small objects, enough of them for slow paths. Where there is a helper the program does nothing. */
static void
go_on(void)
{
	static void *many[2000];
	if (!setting_is("BACKGROUND", "off"))
		return;
	for (int i = 0; i < 2000; i++)
		check((many[i] = malloc((size_t)(i % 700) + 1)) != NULL);
	for (int i = 0; i < 2000; i++)
		free(many[i]);
}

int
main(void)
{
	/* One block, one thread, and not another call: nobody could come later. */
	long base = resident_kib();
	free(opaque(touched(100 * MIB)));
	check_within(5, resident_kib() <= base + 9 * 1024);

	pthread_t thread[THREADS];
	check(pthread_barrier_init(&hold, NULL, THREADS + 1) == 0 && pthread_barrier_init(&gone, NULL, THREADS + 1) == 0);
	for (int i = 0; i < THREADS; i++)
		check(pthread_create(&thread[i], NULL, worker, NULL) == 0);
	pthread_barrier_wait(&hold);
	check(resident_kib() >= base + 100 * 1024);
	pthread_barrier_wait(&hold);
	pthread_barrier_wait(&gone);
	uint64_t freed_in = figure("epoch", "number");
	check_within(20, (go_on(), resident_kib() <= base + 4 * 1024));
	check_at_most(figure("epoch", "number"), freed_in + 3);

	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(thread[i], NULL) == 0);
	return 0;
}
