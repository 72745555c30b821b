/*
 * idle_threads - the two-epoch promise: what threads have freed before they went to sleep for ever is back with the kernel after
 * three epochs, without any help of theirs.
 *
 * First each of them uses 1 MiB of mixed sizes, then some objects of every pooled size: what stays is at most 40 KB for each thread, its
 * stack included. No other allocator does this: under glibc and under jemalloc alone the program fails at the first bound.
 */
#include <pthread.h>
#include <semaphore.h>

#include "figures.h"

#define FIRST 50     /* with these comes what there is once for all, jemalloc's arenas for example … */
#define ONCE_KB 4096 /* … which is at most so much */
#define MEASURED 50
#define THREADS (FIRST + MEASURED)
#define KB_EACH 40

#define MOST 4000

static sem_t turn[THREADS], done;
static void *blocks[THREADS][MOST]; /* not on their stacks: these count */
static size_t sizes[256];
static unsigned size_count;

static void
use_1_mib_of_mixed_sizes(void **at, unsigned seed)
{
	unsigned n = 0;
	for (size_t used = 0; used < ((size_t)1 << 20) && n < MOST; n++) {
		size_t size = ((size_t)16 << (seed + n) % 9) + (seed + n) % 16;
		check((at[n] = malloc(size)) != NULL);
		memset(at[n], 1, size);
		used += size;
	}
	while (n > 0)
		free(at[--n]);
}

static void
use_every_pooled_size(void **at)
{
	for (unsigned i = 0; i < size_count; i++) {
		unsigned n = sizes[i] > 4096 ? 2 : 40;
		for (unsigned k = 0; k < n; k++) {
			check((at[k] = malloc(sizes[i])) != NULL);
			memset(at[k], 1, sizes[i]);
		}
		while (n > 0)
			free(at[--n]);
	}
}

static void *
worker(void *arg)
{
	unsigned i = (unsigned)(uintptr_t)arg;
	sem_post(&done);
	sem_wait(&turn[i]);
	use_1_mib_of_mixed_sizes(blocks[i], i);
	sem_post(&done);
	sem_wait(&turn[i]);
	use_every_pooled_size(blocks[i]);
	sem_post(&done);
	for (;;)
		sem_wait(&turn[i]);
	return NULL;
}

static void
wait_for(int n)
{
	while (n > 0)
		n -= sem_wait(&done) == 0;
}

/* All at the same time, so that every one of them has pages of its own. */
static void
let(int from, int to)
{
	for (int i = from; i < to; i++)
		check(sem_post(&turn[i]) == 0);
	wait_for(to - from);
}

/* Whole ones: what is under way at the call, or comes early, counts as none. A helper that has ended has found nothing for some epochs. */
static void
let_epochs_pass(unsigned n)
{
	if (tidepool_dump == NULL) {
		sleep_ms(2000);
		return;
	}
	uint64_t before = figure("epoch", "timer");
	check_within(30, figure("epoch", "timer") >= before + n + 1 || helper_task() == 0);
}

int
main(void)
{
	static pthread_t threads[THREADS];
	check(sem_init(&done, 0, 0) == 0);
	memset(blocks, 1, sizeof(blocks));
	size_count = pooled_sizes(sizes, sizeof(sizes) / sizeof(sizes[0]));
	check(size_count > 50 || tidepool_dump == NULL);
	for (uintptr_t i = 0; i < THREADS; i++) {
		check(sem_init(&turn[i], 0, 0) == 0);
		check(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	}
	wait_for(THREADS);
	long before = resident_kib();
	let(0, FIRST);
	let_epochs_pass(3);
	check_at_most(resident_kib() - before, FIRST * KB_EACH + ONCE_KB);
	let(0, FIRST);
	let_epochs_pass(3);

	before = resident_kib();
	let(FIRST, THREADS);
	let_epochs_pass(3);
	check_at_most(resident_kib() - before, MEASURED * KB_EACH);
	let(FIRST, THREADS);
	let_epochs_pass(3);
	check_at_most(resident_kib() - before, MEASURED * KB_EACH);
	return 0;
}
