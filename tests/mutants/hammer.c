/*
 * hammer [SECONDS [LINES]] - owners whose stores linger, against rotations one after the other: what a missing membarrier shows in.
 *
 * Before each malloc and free a thread writes to LINES (24) cache lines that are far away. They fill the processor's store buffer, and the odd
 * number of the operation waits behind them while its loads go ahead: for most of a microsecond the drain can't see that
 * somebody is inside. With the membarrier nothing comes of it; without, the same object is soon handed out twice.
 *
 * With LINES = 0 the threads are inside an operation most of the time: that shows the look at the number missing.
 *
 * An object that somebody has carries a mark made of its address; a malloc that returns one with its mark has been given it twice. The
 * program ends with 1 as soon as that happens, and with 0 after SECONDS (5).
 */
#include "epoch.h"
#include "pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 3, OBJECTS = 16, SIZE = 64 };

#define FAR_BYTES ((size_t)64 << 20)
#define MARK ((uintptr_t)0x5bd1e995a5a5a5a5u)

static unsigned lines = 24;
static _Atomic bool stop;
static _Atomic uint64_t operations;

static void
linger(char *far_away, uint64_t *random)
{
	for (unsigned i = 0; i < lines; i++) {
		*random = *random * 6364136223846793005u + 1442695040888963407u;
		atomic_store_explicit((_Atomic char *)&far_away[(*random >> 20) % FAR_BYTES], 1, memory_order_relaxed);
	}
}

static _Atomic uintptr_t *
mark_of(void *p)
{
	return &((_Atomic uintptr_t *)p)[1];
}

static void
take(void *p)
{
	if (atomic_exchange_explicit(mark_of(p), MARK ^ (uintptr_t)p, memory_order_relaxed) != (MARK ^ (uintptr_t)p))
		return;
	static const char said[] = "hammer: an object was handed out twice\n";
	if (write(STDERR_FILENO, said, sizeof said - 1) < 0)
		_exit(2);
	_exit(1);
}

static void
give(void *p)
{
	if (p != NULL)
		atomic_store_explicit(mark_of(p), 0, memory_order_relaxed); /* the next owner finds it so, by whatever way it comes to him */
	pool_free(p);
}

static void *
work(void *unused)
{
	uint64_t random = (uint64_t)(uintptr_t)&unused, done = 0;
	char *far_away = malloc(FAR_BYTES);
	void *held[OBJECTS] = { NULL };

	if (far_away == NULL)
		abort();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		void **h = &held[done++ % OBJECTS];
		linger(far_away, &random);
		if (*h == NULL) {
			*h = pool_malloc(SIZE);
			take(*h);
		} else {
			give(*h);
			*h = NULL;
		}
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		give(held[i]);
	free(far_away);
	atomic_fetch_add(&operations, done);
	return unused;
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
	if (argc > 2)
		lines = (unsigned)atoi(argv[2]);
	uint64_t end = epoch_clock() + seconds * 1000, rotations = 0;
	pthread_t threads[THREADS];

	setenv("TIDEPOOL_CLASSES", "64", 1); /* one class, so that D1 and D3 are close together */
	pool_free(pool_malloc(1));
	for (unsigned i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			abort();
	for (; epoch_clock() < end; rotations++)
		epoch_rotate(ROTATION_MANUAL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("hammer: %llu operations, %llu rotations\n", (unsigned long long)operations, (unsigned long long)rotations);
	return 0;
}
