/*
 * timers_allocate - four threads that allocate all the time, each with a timer signal of its own at full rate whose handler frees and
 * allocates, while the pools rotate every millisecond: no block is given out twice, none is lost, and nobody hangs.
 */
#include <pthread.h>
#include <signal.h>

#include "check.h"

#define THREADS 4
#define HELD 128
#define KEPT 32

static __thread void *kept[KEPT]; /* the handler's own, from one signal to a later one */
static __thread unsigned turns, mark;
static unsigned handled;
static int stop;

static size_t
size_of(unsigned i)
{
	return (size_t)16 << (i % 7); /* 16 … 1024 */
}

static void
handler(int signal_number)
{
	(void)signal_number;
	int saved = errno;
	for (unsigned i = 0; i < 4; i++) {
		unsigned slot = turns++ % KEPT;
		if (kept[slot] != NULL) {
			check(holds(kept[slot], size_of(slot), mark + slot));
			free(kept[slot]);
		}
		check((kept[slot] = malloc(size_of(slot))) != NULL);
		fill(kept[slot], size_of(slot), mark + slot);
	}
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	errno = saved;
}

static void
start_timer(timer_t *timer)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	event._sigev_un._tid = gettid();
	check(timer_create(CLOCK_MONOTONIC, &event, timer) == 0);
	struct itimerspec often = { { 0, 100000 }, { 0, 100000 } };
	check(timer_settime(*timer, 0, &often, NULL) == 0);
}

static void *
worker(void *arg)
{
	void *at[HELD] = { NULL };
	unsigned own = (unsigned)(uintptr_t)arg * 61, seed = own + 1;
	timer_t timer;
	mark = own + 31;
	for (unsigned i = 0; i < HELD; i++) {
		check((at[i] = malloc(size_of(i))) != NULL);
		fill(at[i], size_of(i), own + i);
	}
	start_timer(&timer);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		seed = seed * 1103515245u + 12345u;
		unsigned slot = (seed >> 10) % HELD;
		check(holds(at[slot], size_of(slot), own + slot));
		free(at[slot]);
		check((at[slot] = malloc(size_of(slot))) != NULL);
		fill(at[slot], size_of(slot), own + slot);
	}
	check(timer_delete(timer) == 0);
	for (unsigned i = 0; i < HELD; i++) {
		check(holds(at[i], size_of(i), own + i));
		free(at[i]);
	}
	for (unsigned i = 0; i < KEPT; i++)
		check(kept[i] == NULL || holds(kept[i], size_of(i), mark + i));
	return NULL;
}

int
main(void)
{
	pthread_t threads[THREADS];
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	check(sigaction(SIGUSR1, &action, NULL) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	for (long end = now_ms() + 30000; __atomic_load_n(&handled, __ATOMIC_RELAXED) < 8000 && now_ms() < end;)
		sleep_ms(5);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(handled >= 8000);
	return 0;
}
