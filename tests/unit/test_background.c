/* background: when there is a thread, what it is like, and who works while there is none. */
#include "background.h"
#include "epoch.h"
#include "pool.h"
#include "unit.h"

#include <dirent.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static bool
ready(void)
{
	return true;
}

bool (*pool_start_hook)(void) = ready;

static _Atomic unsigned served, pending;
static _Atomic int served_by;
static _Atomic bool asks_late; /* when everybody has ended: a request that comes right after the thread has looked */

static _Atomic uint64_t serve_next = UINT64_MAX; /* when it wants to be called again */

static uint64_t
serve(void)
{
	served++;
	served_by = gettid();
	pending = 0;
	if (asks_late && thread_live_count() == 0) {
		asks_late = false;
		pending = background_wake(); /* true: somebody will serve it */
	}
	return serve_next;
}

static void
start(const char *first, const char *second)
{
	if (first == NULL)
		unit_start(2, NULL);
	else
		unit_start(2, first, second, NULL);
	ck_assert(thread_init(background_last_end));
	budget_hook = background_hurry;
	background_init(serve);
	pool_tick_hook = background_tick;
	epoch_init();
}

/* Caches n objects of 4096 bytes in this thread and the shared level. */
static void
cache(unsigned n)
{
	void **p = pool_malloc(n * sizeof(void *));
	for (unsigned i = 0; i < n; i++)
		p[i] = pool_malloc(4096);
	for (unsigned i = 0; i < n; i++)
		pool_free(p[i]);
	pool_free(p);
}

/* Enough to be worth a thread: 4 MiB, and then the tick that finds it out. */
static void
start_thread(void)
{
	cache(1000);
	background_tick(true, true);
}

static unsigned
epoch_threads(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/task");
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char path[300], name[20] = "";
		snprintf(path, sizeof path, "/proc/self/task/%.200s/comm", e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		n += f != NULL && fgets(name, sizeof name, f) != NULL && strcmp(name, "tidepool\n") == 0;
		if (f != NULL)
			fclose(f);
	}
	closedir(d);
	return n;
}

/* The line of /proc/self/task/<the epoch thread>/status that begins with `key`; "" when there is no such thread. */
static const char *
status_line(const char *key)
{
	static char line[256];
	DIR *d = opendir("/proc/self/task");
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char path[300];
		snprintf(path, sizeof path, "/proc/self/task/%.200s/status", e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (f == NULL)
			continue;
		bool ours = fgets(line, sizeof line, f) != NULL && strcmp(line, "Name:\ttidepool\n") == 0;
		while (ours && fgets(line, sizeof line, f) != NULL)
			if (strncmp(line, key, strlen(key)) == 0) {
				fclose(f);
				closedir(d);
				return line + strlen(key);
			}
		fclose(f);
	}
	closedir(d);
	return "";
}

static uint64_t
rotations(enum rotation_cause cause)
{
	struct epoch_figures figures;
	epoch_figures(&figures);
	return figures.rotations[cause];
}

/* --- the thread ------------------------------------------------------------------------------------------------------ */

START_TEST(a_process_that_allocates_little_stays_alone)
{
	start(NULL, NULL);
	for (unsigned i = 0; i < 100; i++) {
		cache(20);
		background_tick(true, true);
	}
	ck_assert(!background_runs());
	ck_assert_uint_eq(epoch_threads(), 0);
	ck_assert(!background_wake());
}
END_TEST

START_TEST(what_is_worth_rotating_starts_it_once)
{
	start(NULL, NULL);
	start_thread();
	ck_assert(background_runs());
	for (unsigned i = 0; i < 10; i++)
		background_tick(true, true);
	ck_assert(unit_becomes(epoch_threads() == 1));
}
END_TEST

START_TEST(a_free_starts_no_thread)
{
	start(NULL, NULL);
	cache(1000);
	background_tick(false, true);
	ck_assert(!background_runs());
}
END_TEST

START_TEST(it_has_a_name_and_blocks_every_signal_and_has_no_cache)
{
	start(NULL, NULL);
	start_thread();
	ck_assert(unit_becomes(status_line("SigBlk:\t")[0] != '\0'));
	unsigned long long blocked = strtoull(status_line("SigBlk:\t"), NULL, 16);
	/* All but KILL, STOP, and the two that glibc keeps for itself. */
	ck_assert_uint_eq(blocked | 1ull << 8 | 1ull << 18 | 3ull << 31, ~0ull);
	ck_assert_uint_eq(thread_live_count(), 1);
	sigset_t ours;
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	ck_assert_int_eq(sigismember(&ours, SIGUSR1), 0); /* the mask of whoever started it is as it was */
}
END_TEST

START_TEST(it_rotates_at_the_end_of_every_epoch)
{
	start("TIDEPOOL_EPOCH=20ms", NULL);
	start_thread();
	ck_assert(background_runs());
	uint64_t before = rotations(ROTATION_TIMER), began = unit_ms();
	ck_assert(unit_becomes(rotations(ROTATION_TIMER) >= before + 3));
	ck_assert_uint_ge(unit_ms() - began, 2 * 20 - 8); /* not all at once; the clock is a coarse one */
	ck_assert(unit_becomes(backend_held_bytes() == 0)); /* although nobody has called us */
}
END_TEST

START_TEST(it_ends_when_nothing_is_cached)
{
	start("TIDEPOOL_EPOCH=5ms", NULL);
	start_thread();
	ck_assert(background_runs());
	ck_assert(unit_becomes(!background_runs()));
	ck_assert(unit_becomes(epoch_threads() == 0));
	ck_assert_uint_eq(budget_reserved(), 0);
	ck_assert(atomic_load_explicit(&pool_wants_ticks, memory_order_relaxed));
	start_thread(); /* and begins again */
	ck_assert(background_runs());
}
END_TEST

static void *
start_it(void *unused)
{
	start_thread();
	return unused;
}

START_TEST(it_ends_with_the_last_thread)
{
	start("TIDEPOOL_EPOCH=1h", NULL);
	unit_join(unit_thread(start_it, NULL)); /* the only one that was ever attached */
	ck_assert_uint_eq(thread_live_count(), 0);
	ck_assert(unit_becomes(!background_runs()));
}
END_TEST

START_TEST(while_somebody_lives_it_does_not_end)
{
	start("TIDEPOOL_EPOCH=1h", NULL);
	pool_free(pool_malloc(64));
	unit_join(unit_thread(start_it, NULL));
	unit_sleep(50);
	ck_assert(background_runs());
}
END_TEST

START_TEST(it_serves_what_it_is_woken_for)
{
	start("TIDEPOOL_EPOCH=1h", NULL);
	ck_assert(!background_wake());
	ck_assert_uint_eq(served, 0);
	start_thread();
	ck_assert(background_wake());
	ck_assert(unit_becomes(served >= 1));
	ck_assert_int_ne(served_by, gettid());
	ck_assert_uint_eq(rotations(ROTATION_TIMER), 0);
}
END_TEST

START_TEST(what_has_work_by_the_clock_gets_a_thread_that_stays)
{
	start("TIDEPOOL_EPOCH=20ms", NULL);
	background_stay();
	serve_next = 0; /* always at once */
	pool_free(pool_malloc(64));
	ck_assert(unit_becomes(background_runs() && served > 3));
	epoch_rotate_now();
	serve_next = UINT64_MAX;
	usleep(20 * 10 * 1000); /* ten epochs with nothing cached: five would be the end of another */
	ck_assert(background_runs());
	unsigned before = served;
	background_wake();
	ck_assert(unit_becomes(served > before));
}
END_TEST

START_TEST(rotations_go_on_while_it_serves_by_the_clock)
{
	start("TIDEPOOL_EPOCH=20ms", NULL);
	background_stay();
	serve_next = 0;
	cache(10);
	ck_assert(unit_becomes(rotations(ROTATION_TIMER) >= 3));
}
END_TEST

START_TEST(without_a_thread_slow_paths_serve_by_the_clock)
{
	start("TIDEPOOL_BACKGROUND=off", "TIDEPOOL_EPOCH=off");
	background_stay();
	serve_next = 0;
	background_tick(true, false);
	ck_assert_uint_eq(served, 0); /* the clock is looked at now and then only */
	background_tick(true, true);
	ck_assert_uint_eq(served, 1);
	ck_assert_int_eq(served_by, gettid());
	serve_next = UINT64_MAX;
	background_tick(false, true);
	ck_assert_uint_eq(served, 2);
	background_tick(false, true);
	ck_assert_uint_eq(served, 2);
	ck_assert_uint_eq(epoch_threads(), 0);
}
END_TEST

START_TEST(the_last_thing_it_does_is_to_serve)
{
	start("TIDEPOOL_EPOCH=1h", NULL);
	asks_late = true;
	unit_join(unit_thread(start_it, NULL));
	ck_assert(unit_becomes(!background_runs()));
	ck_assert(!asks_late);
	ck_assert(unit_becomes(pending == 0));
}
END_TEST

START_TEST(a_budget_that_is_reached_makes_it_look_at_once)
{
	start("TIDEPOOL_EPOCH=1h", "TIDEPOOL_BUDGET=8M");
	start_thread();
	ck_assert(background_runs());
	cache(3000);
	ck_assert(unit_becomes(rotations(ROTATION_BUDGET) >= 1));
	ck_assert_uint_eq(rotations(ROTATION_TIMER), 0);
}
END_TEST

/* --- without it ------------------------------------------------------------------------------------------------------ */

START_TEST(switched_off_slow_paths_rotate)
{
	start("TIDEPOOL_BACKGROUND=off", "TIDEPOOL_EPOCH=20ms");
	for (unsigned i = 0; i < 5; i++) {
		cache(1000);
		background_tick(true, true);
		unit_sleep(25);
	}
	ck_assert(!background_runs());
	ck_assert_uint_ge(rotations(ROTATION_TIMER), 3);
	ck_assert_uint_le(rotations(ROTATION_TIMER), 10);
}
END_TEST

START_TEST(without_an_epoch_nothing_rotates_and_nothing_starts)
{
	start("TIDEPOOL_EPOCH=off", NULL);
	for (unsigned i = 0; i < 5; i++) {
		start_thread();
		unit_sleep(10);
	}
	ck_assert(!background_runs());
	ck_assert_uint_eq(rotations(ROTATION_TIMER), 0);
}
END_TEST

START_TEST(switched_off_a_budget_that_is_reached_rotates_on_the_next_tick)
{
	start("TIDEPOOL_BACKGROUND=off", "TIDEPOOL_BUDGET=1M");
	background_tick(true, true); /* starts the clock */
	cache(3000);
	background_tick(true, true);
	ck_assert_uint_ge(rotations(ROTATION_BUDGET), 1);
}
END_TEST

/* False: this machine does not let us refuse threads. */
static bool
refuse_threads(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

START_TEST(a_thread_that_is_refused_leaves_the_work_to_slow_paths)
{
	start("TIDEPOOL_EPOCH=20ms", NULL);
	if (!refuse_threads())
		return;
	errno = 7;
	for (unsigned i = 0; i < 4; i++) {
		start_thread();
		unit_sleep(25);
	}
	ck_assert_int_eq(errno, 7);
	ck_assert(!background_runs());
	ck_assert_uint_ge(rotations(ROTATION_TIMER), 2);
	ck_assert(atomic_load_explicit(&pool_wants_ticks, memory_order_relaxed));
}
END_TEST

/* --- fork ------------------------------------------------------------------------------------------------------------ */

START_TEST(the_epoch_thread_comes_back_in_a_forked_child)
{
	start("TIDEPOOL_EPOCH=10ms", NULL);
	start_thread();
	ck_assert(background_runs());
	void *live = pool_malloc(4096);
	epoch_fork_prepare();
	thread_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		thread_fork_child(true);
		epoch_fork_release();
		background_fork_child();
		unit_child_assert(!background_runs());
		unit_child_assert(!background_wake());
		start_thread();
		unit_child_assert(background_runs());
		unit_child_assert(unit_becomes(served > 0 || rotations(ROTATION_TIMER) > 0));
		unit_child_assert(background_wake());
		unit_child_assert(unit_becomes(served > 0));
		unit_child_assert(unit_becomes(!background_runs())); /* nothing cached: it ends here as well */
		_exit(0);
	}
	thread_fork_parent();
	epoch_fork_release();
	ck_assert_int_eq(unit_status(child), 0);
	pool_free(live);
}
END_TEST

int
main(void)
{
	TCase *thread = tcase_create("thread"), *none = tcase_create("without"), *forking = tcase_create("fork");

	tcase_add_test(thread, a_process_that_allocates_little_stays_alone);
	tcase_add_test(thread, what_is_worth_rotating_starts_it_once);
	tcase_add_test(thread, a_free_starts_no_thread);
	tcase_add_test(thread, it_has_a_name_and_blocks_every_signal_and_has_no_cache);
	tcase_add_test(thread, it_rotates_at_the_end_of_every_epoch);
	tcase_add_test(thread, it_ends_when_nothing_is_cached);
	tcase_add_test(thread, it_ends_with_the_last_thread);
	tcase_add_test(thread, while_somebody_lives_it_does_not_end);
	tcase_add_test(thread, it_serves_what_it_is_woken_for);
	tcase_add_test(thread, what_has_work_by_the_clock_gets_a_thread_that_stays);
	tcase_add_test(thread, rotations_go_on_while_it_serves_by_the_clock);
	tcase_add_test(none, without_a_thread_slow_paths_serve_by_the_clock);
	tcase_add_test(thread, the_last_thing_it_does_is_to_serve);
	tcase_add_test(thread, a_budget_that_is_reached_makes_it_look_at_once);
	tcase_add_test(none, switched_off_slow_paths_rotate);
	tcase_add_test(none, without_an_epoch_nothing_rotates_and_nothing_starts);
	tcase_add_test(none, switched_off_a_budget_that_is_reached_rotates_on_the_next_tick);
	tcase_add_test(none, a_thread_that_is_refused_leaves_the_work_to_slow_paths);
	tcase_add_test(forking, the_epoch_thread_comes_back_in_a_forked_child);
	return unit_run("background", thread, none, forking, NULL);
}
