/*
 * handler_allocates - a signal handler that calls malloc and free while the program is inside them. That is the program's sin (malloc
 * is not async-signal-safe), but with pooled sizes ours survives it: no block is given out twice, and none is lost.
 */
#include <signal.h>
#include <sys/time.h>

#include "check.h"

#define KEPT 64
static void *kept[KEPT]; /* the handler's own, from one signal to a later one */
static volatile unsigned handled;

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
	unsigned turn = handled++;
	for (unsigned i = 0; i < 8; i++) {
		unsigned slot = (turn * 8 + i) % KEPT;
		if (kept[slot] != NULL) {
			check(holds(kept[slot], size_of(slot), slot + 100));
			free(kept[slot]);
		}
		check((kept[slot] = malloc(size_of(slot))) != NULL);
		fill(kept[slot], size_of(slot), slot + 100);
	}
	errno = saved;
}

int
main(void)
{
	enum { N = 256 };
	static void *at[N];
	/* warm: the handler is not to start the library or fill a pool for the first time */
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < N; i++)
			check((at[i] = malloc(size_of(i))) != NULL);
		for (unsigned i = 0; i < N; i++)
			free(at[i]);
	}
	for (unsigned i = 0; i < N; i++) {
		check((at[i] = malloc(size_of(i))) != NULL);
		fill(at[i], size_of(i), i);
	}

	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	check(sigaction(SIGALRM, &action, NULL) == 0);
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	check(setitimer(ITIMER_REAL, &often, NULL) == 0);
	unsigned seed = 1;
	/* over before the first rotation: a refill after it would be interrupted inside jemalloc, whose locks a handler can only wait for (README, limits) */
	for (long end = now_ms() + 700; now_ms() < end;)
		for (int i = 0; i < 20000; i++) {
			seed = seed * 1103515245u + 12345u;
			unsigned slot = (seed >> 10) % N;
			/* the whole block at times, its ends always */
			if (i % 64 == 0)
				check(holds(at[slot], size_of(slot), slot));
			else
				check(holds(at[slot], 8, slot));
			free(at[slot]);
			check((at[slot] = malloc(size_of(slot))) != NULL);
			fill(at[slot], i % 8 == 0 ? size_of(slot) : 8, slot);
			if (i % 8 != 0)
				fill(at[slot], size_of(slot), slot);
		}
	check(setitimer(ITIMER_REAL, &never, NULL) == 0);
	check(handled > 100);
	for (unsigned i = 0; i < N; i++)
		check(holds(at[i], size_of(i), i));
	for (unsigned i = 0; i < KEPT; i++)
		check(kept[i] == NULL || holds(kept[i], size_of(i), i + 100));
	return 0;
}
