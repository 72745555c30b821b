/* boot: the order of start, what settings do to a whole process, and fork while everybody works. */
#include "background.h"
#include "boot.h"
#include "drain.h"
#include "epoch.h"
#include "pool.h"
#include "snapshot.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct snapshot s;

/* --- start ----------------------------------------------------------------------------------------------------------- */

static bool too_early, early_pooled, early_attached;
static void *early;

/* Before the library's own constructor: somebody allocates when the environment can't be read yet. */
static void __attribute__((constructor(101)))
begin_early(void)
{
	char **environment = environ;
	environ = NULL;
	too_early = boot();
	early = pool_malloc(64);
	early_pooled = pagemap_of(early) != 0;
	pool_free(early);
	early_attached = thread_self() != NULL; /* to a cache of which nobody knows yet how large it is */
	environ = environment;
}

/* The first 256 calls of a program need no pools, of which the constructor's is one; after them there are some. */
static bool
boot_after_the_first_calls(void)
{
	unsigned calls = 1;
	while (calls <= 256 && !boot())
		calls++;
	return calls > 250 && calls <= 256;
}

START_TEST(too_early_everything_falls_through)
{
	ck_assert(!too_early);
	ck_assert_ptr_nonnull(early);
	ck_assert(!early_pooled);
	ck_assert(!early_attached);
}
END_TEST

START_TEST(after_the_constructor_it_is_ready)
{
	ck_assert(boot_after_the_first_calls());
	ck_assert(boot());
	ck_assert_uint_gt(sizeclass_pools, 20);
	void *p = pool_malloc(64);
	ck_assert_uint_eq(pagemap_of(p), sizeclass_of(64));
	pool_free(p);
	ck_assert_uint_eq(options.epoch_ms, 1000);
	ck_assert_uint_eq(budget_cap(), options.cap.bytes);
	ck_assert_ptr_nonnull(budget_hook);
	ck_assert_ptr_nonnull(pool_tick_hook);
	ck_assert(!background_runs());
}
END_TEST

START_TEST(start_keeps_errno_and_leaves_one_thread)
{
	errno = 7;
	ck_assert(boot_after_the_first_calls());
	pool_free(pool_malloc(64));
	ck_assert_int_eq(errno, 7);
#ifndef UNIT_THREAD_SANITIZER /* which has a thread of its own */
	struct stat task;
	ck_assert_int_eq(stat("/proc/self/task", &task), 0);
	ck_assert_uint_eq(task.st_nlink, 3); /* ".", ".." and one */
#endif
}
END_TEST

/* --- settings, each in a process that starts with them --------------------------------------------------------------- */

START_TEST(nothing_is_pooled)
{
	ck_assert(boot_after_the_first_calls());
	void *p = pool_malloc(64);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(pagemap_of(p), 0);
	ck_assert_uint_eq(sizeclass_pools, 0);
	pool_free(p);
	ck_assert_uint_eq(epoch_rotate_now(), 0);
}
END_TEST

START_TEST(one_class_is_pooled)
{
	ck_assert(boot_after_the_first_calls());
	ck_assert_uint_eq(sizeclass_pools, 1);
	ck_assert_uint_ne(pagemap_of(pool_malloc(64)), 0);
	ck_assert_uint_eq(pagemap_of(pool_malloc(80)), 0);
}
END_TEST

START_TEST(there_are_objects_before_main)
{
	uint64_t objects, victims;
	ck_assert(boot_after_the_first_calls());
	shard_figures(sizeclass_of(64), &objects, &victims);
	ck_assert_uint_eq(objects, 1000);
	shard_figures(sizeclass_of(4096), &objects, &victims);
	ck_assert_uint_eq(objects, 64);
	pool_malloc(64);
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_eq(s.class[sizeclass_of(64) - 1].misses, 0);
}
END_TEST

START_TEST(freed_memory_is_overwritten)
{
	for (unsigned i = 0; i < 200; i++) {
		unsigned char *p = pool_malloc(64), expected = options.reset == RESET_ZERO ? 0 : 0xa5;
		if (i > 100) /* used before */
			for (unsigned k = 0; k < 64; k++)
				ck_assert_uint_eq(p[k], expected);
		memset(p, 0x11, 64);
		pool_free(p);
	}
}
END_TEST

START_TEST(the_cap_is_a_share_of_the_machine)
{
	uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	ck_assert_uint_ge(budget_cap(), machine / 100 * 9);
	ck_assert_uint_le(budget_cap(), machine / 100 * 11);
}
END_TEST

START_TEST(settings_choose_what_is_pooled)
{
	ck_assert(unit_again("nothing", "TIDEPOOL_DISABLE=on", NULL));
	ck_assert(unit_again("nothing", "TIDEPOOL_CLASSES=none", NULL));
	ck_assert(unit_again("nothing", "TIDEPOOL_CAP=0", NULL));
	ck_assert(unit_again("one class", "TIDEPOOL_CLASSES=64", NULL));
}
END_TEST

START_TEST(settings_reach_their_rooms)
{
	ck_assert(unit_again("prewarmed", "TIDEPOOL_PREWARM=64:1000,4K:64", NULL));
	ck_assert(unit_again("overwritten", "TIDEPOOL_RESET=zero", NULL));
	ck_assert(unit_again("overwritten", "TIDEPOOL_RESET=poison", NULL));
	ck_assert(unit_again("share", "TIDEPOOL_CAP=10%", NULL));
}
END_TEST

START_TEST(a_wrong_setting_ends_a_strict_process_with_2)
{
	static char program[] = "/proc/self/exe";
	pid_t child = fork();
	if (child == 0) {
		close(STDERR_FILENO);
		setenv("TIDEPOOL_STRICT", "on", 1);
		setenv("TIDEPOOL_EPOCH", "soon", 1);
		execv(program, (char *[]){ program, NULL });
		_exit(127);
	}
	int status = unit_status(child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

START_TEST(nothing_happens)
{
}
END_TEST

START_TEST(a_dump_is_written_at_the_end_when_asked_for)
{
	char setting[] = "TIDEPOOL_DUMP=boot-test-dump.%p", name[64];
	struct stat file;
	unsigned found = 0;
	pid_t child = fork(); /* a process that knows the number of the one it becomes */
	if (child == 0) {
		static char program[] = "/proc/self/exe";
		setenv("CK_RUN_CASE", "nothing happens", 1);
		setenv("CK_FORK", "no", 1);
		setenv("TIDEPOOL_TEST_AGAIN", "1", 1);
		setenv("TIDEPOOL_DUMP_AT_EXIT", "on", 1);
		putenv(setting);
		execv(program, (char *[]){ program, NULL });
		_exit(127);
	}
	ck_assert_int_eq(unit_status(child), 0);
	snprintf(name, sizeof name, "boot-test-dump.%d", (int)child);
	found = stat(name, &file) == 0 && file.st_size > 100;
	unlink(name);
	ck_assert_uint_eq(found, 1);
}
END_TEST

/* --- fork ------------------------------------------------------------------------------------------------------------ */

static _Atomic bool stop;

static void *
allocate(void *unused)
{
	void *held[50] = { NULL };
	for (unsigned i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		pool_free(held[i % 50]);
		held[i % 50] = pool_malloc(i * 37 % 2000);
	}
	for (unsigned i = 0; i < 50; i++)
		pool_free(held[i]);
	return unused;
}

static void *
open_files(void *unused)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		FILE *f = fopen("/dev/null", "re");
		if (f != NULL)
			fclose(f);
		fflush(NULL);
	}
	return unused;
}

static void *
rotate(void *unused)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		epoch_rotate(ROTATION_PRESSURE);
		sched_yield();
	}
	return unused;
}

START_TEST(children_of_a_process_at_work_can_do_everything)
{
	pthread_t threads[5];

	for (unsigned i = 0; i < 3; i++)
		threads[i] = unit_thread(allocate, NULL);
	threads[3] = unit_thread(open_files, NULL);
	threads[4] = unit_thread(rotate, NULL);
	for (unsigned i = 0; i < 25; i++) {
		unit_sleep(1);
		pid_t child = fork(); /* our own handlers, as registered by boot */
		if (child == 0) {
			void *p[500];
			for (unsigned k = 0; k < 500; k++)
				unit_child_assert((p[k] = pool_malloc(k * 13)) != NULL);
			for (unsigned k = 0; k < 500; k++)
				pool_free(p[k]);
			unit_child_assert(thread_live_count() == 1);
			epoch_rotate_now();
			FILE *f = fopen("/dev/null", "re");
			unit_child_assert(f != NULL);
			fclose(f);
			snapshot_take(&s, SNAPSHOT_THREAD);
			unit_child_assert(s.total.cached_bytes == 0);
			_exit(0);
		}
		ck_assert_int_eq(unit_status(child), 0);
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	for (unsigned i = 0; i < 5; i++)
		unit_join(threads[i]);
	epoch_rotate_now();
	snapshot_take(&s, SNAPSHOT_THREAD);
	ck_assert_uint_eq(s.total.gets, s.total.puts); /* and the parent has lost nothing */
	ck_assert_uint_eq(s.total.fetched, s.total.released);
}
END_TEST

START_TEST(a_child_forks_too)
{
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		if (grandchild == 0) {
			pool_free(pool_malloc(64));
			_exit(5);
		}
		pool_free(pool_malloc(64));
		int status = 0;
		unit_child_assert(waitpid(grandchild, &status, 0) == grandchild);
		_exit(WEXITSTATUS(status));
	}
	int status = unit_status(child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 5);
}
END_TEST

START_TEST(fork_keeps_errno)
{
	errno = 7;
	pid_t child = fork();
	if (child == 0)
		_exit(errno == 7 ? 0 : 1);
	ck_assert_int_eq(errno, 7);
	ck_assert_int_eq(unit_status(child), 0);
}
END_TEST

static TCase *
one_test(const char *name, const TTest *test)
{
	TCase *c = tcase_create(name);
	tcase_add_test(c, test);
	return c;
}

int
main(void)
{
	TCase *starting = tcase_create("start"), *settings = tcase_create("settings"), *forking = tcase_create("fork");

	if (unit_is_again())
		return unit_run("boot again", one_test("nothing", nothing_is_pooled), one_test("one class", one_class_is_pooled),
		    one_test("prewarmed", there_are_objects_before_main), one_test("overwritten", freed_memory_is_overwritten),
		    one_test("share", the_cap_is_a_share_of_the_machine), one_test("nothing happens", nothing_happens), NULL);
	tcase_add_test(starting, too_early_everything_falls_through);
	tcase_add_test(starting, after_the_constructor_it_is_ready);
	tcase_add_test(starting, start_keeps_errno_and_leaves_one_thread);
	tcase_add_test(settings, settings_choose_what_is_pooled);
	tcase_add_test(settings, settings_reach_their_rooms);
	tcase_add_test(settings, a_wrong_setting_ends_a_strict_process_with_2);
	tcase_add_test(settings, a_dump_is_written_at_the_end_when_asked_for);
	tcase_add_test(forking, children_of_a_process_at_work_can_do_everything);
	tcase_add_test(forking, a_child_forks_too);
	tcase_add_test(forking, fork_keeps_errno);
	return unit_run("boot", starting, settings, forking, NULL);
}
