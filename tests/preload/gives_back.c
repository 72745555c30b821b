/*
 * gives_back - a thread that holds 1,000 objects of a size, frees them all, and from then on uses one at a time, without ever resting,
 * has given back at least 990 of them within three epochs.
 */
#include <pthread.h>

#include "figures.h"

#define HELD 1000

static size_t size;
static int holds_all, may_free, has_freed, stop;

static int
is_set(const int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void
set(int *flag, int value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void *
worker(void *unused)
{
	(void)unused;
	void *at[HELD];
	for (int i = 0; i < HELD; i++)
		check((at[i] = malloc(size)) != NULL);
	set(&holds_all, 1);
	while (!is_set(&may_free))
		free(opaque(malloc(size)));
	for (int i = 0; i < HELD; i++)
		free(at[i]);
	set(&has_freed, 1);
	while (!is_set(&stop))
		free(opaque(malloc(size)));
	return NULL;
}

static uint64_t
gets_so_far(void)
{
	struct tidepool_class_stats stats;
	check(tidepool_class_stats(size, &stats) == 0);
	return stats.gets;
}

/* And the thread has worked after the rotation, which a busy machine may keep it from. */
static void
let_an_epoch_pass(void)
{
	uint64_t number = figure("epoch", "number");
	check_within(20, figure("epoch", "number") > number);
	uint64_t had = gets_so_far();
	check_within(20, gets_so_far() > had + 1000);
}

/* The figure may be any while the thread is just changing a magazine: what lies there is seen by every look. */
static uint64_t
least_cached(void)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 5; i++, sleep_ms(1)) {
		uint64_t now = cached_objects(size);
		least = now < least ? now : least;
	}
	return least;
}

static void
try_size(size_t n)
{
	pthread_t thread;
	size = n;
	set(&holds_all, 0), set(&may_free, 0), set(&has_freed, 0), set(&stop, 0);
	check(pthread_create(&thread, NULL, worker, NULL) == 0);
	check_within(10, is_set(&holds_all));
	set(&may_free, 1);
	check_within(10, is_set(&has_freed));
	for (int i = 0; i < 4; i++) /* the rotation that is under way has perhaps been at our thread already */
		let_an_epoch_pass();
	check_at_most(least_cached(), 10);
	set(&stop, 1);
	check(pthread_join(thread, NULL) == 0);
}

int
main(void)
{
	/* something else is worth a helper all the time */
	static void *blocks[40000];
	for (int i = 0; i < 40000; i++)
		check((blocks[i] = malloc(1000)) != NULL);
	check_within(10, (free(malloc(300)), free(blocks[0]), (blocks[0] = malloc(1000)) != NULL && helper_task() != 0));
	static const size_t some[] = { 16, 64, 200, 1500, 5000, 30000 };
	for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		try_size(some[i]);
	return 0;
}
