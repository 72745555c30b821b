/*
 * helper_life - the helper is there while there is something to rotate, and only then: it comes with load, goes when every pool has been
 * empty for a while, and comes again. It holds no descriptor, and between two epochs it does nothing at all. A process whose main
 * thread leaves by pthread_exit ends with its other threads, even while the helper sleeps for an hour.
 */
#include <pthread.h>

#include "figures.h"
#include "refuse.h"

#define BLOCKS 5000
static void *blocks[BLOCKS];

static void
use_and_free_many(void)
{
	for (int i = 0; i < BLOCKS; i++)
		check((blocks[i] = malloc(1000)) != NULL);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void
comes_and_goes(void)
{
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc(100)));
	sleep_ms(60);
	check(helper_task() == 0 && thread_count() == 1);
	int descriptors = descriptor_count();
	for (int round = 0; round < 3; round++) {
		check_within(20, (use_and_free_many(), helper_task() != 0));
		check(thread_count() == 2);
		check(descriptor_count() == descriptors);
		check_within(20, helper_task() == 0);
		check(thread_count() == 1);
		check(cached_objects(1000) == 0);
	}
	check(descriptor_count() == descriptors);
}

/* How often the task has left a processor, of its own will or not: it has run since if this has changed. */
static long
switches(int task)
{
	char path[64], text[4096];
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", task);
	check(read_file(path, text, sizeof(text)) > 0);
	const char *own = strstr(text, "\nvoluntary_ctxt_switches:"), *other = strstr(text, "\nnonvoluntary_ctxt_switches:");
	check(own != NULL && other != NULL);
	return atol(own + 25) + atol(other + 28);
}

/* The epoch is an hour. */
static void
rests(void)
{
	check_within(20, (use_and_free_many(), helper_task() != 0));
	int task = helper_task();
	for (long before = -1, now; (now = switches(task)) != before; before = now)
		sleep_ms(50); /* it settles */
	long before = switches(task);
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc(500)));
	sleep_ms(400);
	check(helper_task() == task && switches(task) == before);
}

static void *
last_one(void *unused)
{
	use_and_free_many();
	sleep_ms(100);
	use_and_free_many();
	return unused;
}

static void
main_leaves(void)
{
	pthread_t thread;
	check_within(20, (use_and_free_many(), helper_task() != 0));
	check(pthread_create(&thread, NULL, last_one, NULL) == 0);
	check(pthread_detach(thread) == 0);
	pthread_exit(NULL);
}

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	if (strcmp(part, "comes and goes") == 0)
		comes_and_goes();
	else if (strcmp(part, "rests") == 0)
		rests();
	else if (strcmp(part, "main leaves") == 0)
		main_leaves();
	if (*part != '\0')
		return 0;
	check(again_refused("comes and goes", REFUSE_CLONE, 0, "TIDEPOOL_EPOCH", "20ms") == 0);
	check(again_refused("rests", REFUSE_CLONE, 0, "TIDEPOOL_EPOCH", "1h") == 0);
	check(again_refused("main leaves", REFUSE_CLONE, 0, "TIDEPOOL_EPOCH", "1h") == 0);
	return 0;
}
