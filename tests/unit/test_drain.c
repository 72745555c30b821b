/* drain: threads that sleep, work, or stopped in the middle; and nothing that two have at once. */
#include "drain.h"
#include "pool.h"
#include "stats.h"
#include "unit.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static unsigned c; /* the pool of 64 bytes */

static bool
ready(void)
{
	return true;
}

bool (*pool_start_hook)(void) = ready;

/* What happens at the moment of the next barrier, between the revoking and the taking. This stands in front of the C library's. */
static void (*at_barrier)(void);

long
syscall(long number, ...)
{
	long (*next)(long, ...);
	long arguments[3];
	va_list list;

	va_start(list, number);
	for (unsigned i = 0; i < 3; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_membarrier && (int)arguments[0] == MEMBARRIER_CMD_PRIVATE_EXPEDITED && at_barrier != NULL) {
		void (*now)(void) = at_barrier;
		at_barrier = NULL;
		now();
	}
	*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, arguments[0], arguments[1], arguments[2]);
}

static void
start(void)
{
	unit_start(2, NULL);
	c = sizeclass_of(64);
}

static uint64_t
victims(void)
{
	uint64_t objects, n;
	shard_figures(c, &objects, &n);
	return n;
}

static struct thread_cache *_Atomic sleeping;

static uint64_t
in_bin(void)
{
	return bin_objects(&sleeping->bins[c]);
}

/* 100 objects are freed, so they lie in this thread's bin and in the shared level. */
static void
free_a_hundred(void)
{
	void *p[100];
	for (unsigned i = 0; i < 100; i++)
		p[i] = pool_malloc(64);
	for (unsigned i = 0; i < 100; i++)
		pool_free(p[i]);
	sleeping = thread_self();
}

static void *_Atomic got;

static void
get_one(void)
{
	got = pool_malloc(64);
}

/* --- one thread ------------------------------------------------------------------------------------------------------ */

START_TEST(what_a_sleeping_thread_holds_becomes_victims)
{
	struct unit_sleeper sleeper;

	start();
	unit_sleeper_start(&sleeper, free_a_hundred, get_one);
	uint64_t held = in_bin();
	ck_assert_uint_gt(held, 0);
	ck_assert_uint_eq(drain_all(), 0);
	ck_assert_uint_eq(in_bin(), 0);
	ck_assert_uint_eq(victims(), held);
	ck_assert(!thread_armed(sleeping));
	ck_assert_uint_eq(drain_all(), 0);
	ck_assert_uint_eq(victims(), held);
	unit_sleeper_go_on(&sleeper); /* and it goes on */
	ck_assert_ptr_nonnull(got);
	ck_assert(bin_armed(&sleeping->bins[c]));
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(a_drained_bin_stays_revoked_until_its_owner_rearms_it)
{
	struct unit_sleeper sleeper;
	start();
	unit_sleeper_start(&sleeper, free_a_hundred, get_one);
	drain_all();
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(!bin_armed(&sleeping->bins[c]));
		drain_all();
	}
	unit_sleeper_go_on(&sleeper);
	ck_assert(bin_armed(&sleeping->bins[c]));
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(the_caller_is_drained_like_everybody)
{
	start();
	free_a_hundred();
	uint64_t held = in_bin();
	drain_all();
	ck_assert_uint_eq(in_bin(), 0);
	ck_assert_uint_eq(victims(), held);
}
END_TEST

static void
stop_inside(void)
{
	free_a_hundred();
	struct bin *b = &thread_self()->bins[c];
	atomic_fetch_add_explicit(&b->sequence, 1, memory_order_release);
}

static void
leave_and_pop(void)
{
	struct bin *b = &thread_self()->bins[c];
	atomic_fetch_sub_explicit(&b->sequence, 1, memory_order_release);
	got = pool_malloc(64);
}

START_TEST(a_stopped_owner_inside_an_operation_is_skipped_and_loses_nothing)
{
	struct unit_sleeper sleeper;

	start();
	unit_sleeper_start(&sleeper, stop_inside, leave_and_pop);
	uint64_t held = in_bin();
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(drain_all(), 1);
		ck_assert_uint_eq(in_bin(), held);
		ck_assert_uint_eq(victims(), 0);
	}
	unit_sleeper_go_on(&sleeper);
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(stats_read(c, misses) > 0, 1);
	ck_assert_uint_eq(in_bin(), 0); /* what was left alone three times is handed in at the first moment */
	ck_assert_uint_eq(victims(), held - 1);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(a_handler_inside_an_operation_may_go_on_and_loses_nothing_either)
{
	start();
	unsigned other = sizeclass_of(200);
	stop_inside();
	uint64_t held = in_bin();
	ck_assert_uint_eq(drain_all(), 1);
	ck_assert(sleeping->revoked);
	pool_free(pool_malloc(200)); /* the handler of the one who was interrupted */
	ck_assert(bin_armed(&sleeping->bins[other]));
	ck_assert(!sleeping->revoked); /* or the next drain would take what has been armed */
	ck_assert_uint_eq(in_bin(), held);
	leave_and_pop();
	ck_assert_uint_eq(in_bin(), held - 1);
	ck_assert_uint_eq(drain_all(), 0);
	ck_assert_uint_eq(victims(), held - 1);
}
END_TEST

static void
hold_the_lock(void)
{
	free_a_hundred();
	ck_assert(thread_enter_owner(thread_self()));
}

static void
give_the_lock(void)
{
	thread_leave_owner(thread_self());
}

START_TEST(a_thread_in_a_slow_path_is_skipped_and_nobody_waits)
{
	struct unit_sleeper sleeper;

	start();
	unit_sleeper_start(&sleeper, hold_the_lock, give_the_lock);
	uint64_t held = in_bin();
	ck_assert_uint_eq(drain_all(), 1);
	ck_assert_uint_eq(in_bin(), held);
	ck_assert(bin_armed(&sleeping->bins[c]));
	unit_sleeper_go_on(&sleeper);
	ck_assert_uint_eq(in_bin(), 0); /* handed in at the end of the slow path */
	ck_assert_uint_eq(victims(), held);
	ck_assert_uint_eq(drain_all(), 0);
	unit_sleeper_end(&sleeper);
}
END_TEST

static void
revoke_then_work(void)
{
	free_a_hundred();
	thread_revoke(thread_self());
}

START_TEST(an_owner_that_works_hands_in_by_itself_before_it_goes_on)
{
	struct unit_sleeper sleeper;

	start();
	unit_sleeper_start(&sleeper, revoke_then_work, get_one);
	uint64_t held = in_bin();
	ck_assert(sleeping->revoked);
	ck_assert_uint_eq(victims(), 0);
	unit_sleeper_go_on(&sleeper);
	ck_assert(!sleeping->revoked);
	ck_assert(bin_armed(&sleeping->bins[c]));
	/* All was handed in, and then one was asked for: from the shared level or, one at a time, from the victims. */
	ck_assert_uint_ge(victims() + 1, held);
	unit_sleeper_end(&sleeper);
}
END_TEST

static struct unit_sleeper awake;

static void
wake_it(void)
{
	unit_sleeper_go_on(&awake);
}

START_TEST(what_an_owner_has_armed_in_between_is_not_taken)
{
	start();
	unit_sleeper_start(&awake, free_a_hundred, get_one);
	uint64_t held = in_bin();
	at_barrier = wake_it; /* revoked; and now it hands in, arms its bin again, and is at work */
	drain_all();
	ck_assert_ptr_null(at_barrier);
	ck_assert(bin_armed(&sleeping->bins[c]));
	ck_assert_ptr_nonnull(bin_loaded(&sleeping->bins[c]));
	ck_assert(thread_armed(sleeping));
	ck_assert_uint_ge(victims() + 1, held);
	unit_sleeper_end(&awake);
}
END_TEST

START_TEST(a_thread_that_holds_nothing_is_left_in_peace)
{
	struct unit_sleeper sleeper;
	start();
	unit_sleeper_start(&sleeper, hold_the_lock, give_the_lock);
	atomic_store_explicit(&sleeping->armed, false, memory_order_relaxed);
	ck_assert_uint_eq(drain_all(), 0); /* its lock is not even tried */
	unit_sleeper_go_on(&sleeper);
	unit_sleeper_end(&sleeper);
}
END_TEST

/* --- without membarrier ---------------------------------------------------------------------------------------------- */

/* False: this machine does not let us refuse it. */
static bool
refuse_membarrier(int error)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

START_TEST(where_membarrier_is_refused_owners_hand_in_and_sleepers_keep)
{
	struct unit_sleeper sleeper;

	start();
	if (!refuse_membarrier(_i))
		return;
	ck_assert_ptr_null(drain_refused());
	unit_sleeper_start(&sleeper, free_a_hundred, get_one);
	uint64_t held = in_bin();
	errno = 7;
	drain_all();
	ck_assert_int_eq(errno, 7);
	ck_assert_ptr_nonnull(drain_refused());
	ck_assert_ptr_nonnull(strstr(drain_refused(), _i == ENOSYS ? "kernel" : "refused"));
	ck_assert_uint_eq(in_bin(), held);
	ck_assert_uint_eq(victims(), 0);
	drain_all();
	unit_sleeper_go_on(&sleeper);
	ck_assert_uint_ge(victims() + 1, held);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(switched_off_it_is_never_called)
{
	struct unit_sleeper sleeper;

	start();
	drain_init(true);
	ck_assert_ptr_null(drain_refused());
	drain_init(false);
	ck_assert_ptr_nonnull(strstr(drain_refused(), "TIDEPOOL_MEMBARRIER"));
	unit_sleeper_start(&sleeper, free_a_hundred, get_one);
	uint64_t held = in_bin();
	drain_all();
	ck_assert_uint_eq(in_bin(), held);
	unit_sleeper_go_on(&sleeper);
	ck_assert_uint_ge(victims() + 1, held);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(membarrier_that_is_forgotten_is_registered_again)
{
	struct unit_sleeper sleeper;
	start();
	unit_sleeper_start(&sleeper, free_a_hundred, NULL);
	drain_all();
	ck_assert_ptr_null(drain_refused());
	unit_sleeper_end(&sleeper);
	free_a_hundred();
	uint64_t before = victims(), held = in_bin();
	pid_t child = fork(); /* what a child inherits of it differs between kernels */
	if (child == 0) {
		drain_all();
		unit_child_assert(drain_refused() == NULL);
		unit_child_assert(victims() == before + held);
		_exit(0);
	}
	ck_assert_int_eq(unit_status(child), 0);
}
END_TEST

/* --- all at once ----------------------------------------------------------------------------------------------------- */

#define THREADS 3u
#define HELD 40u

static _Atomic bool stop, broken;

/* Every object that is out carries its owner's mark from end to end; a second owner would overwrite it. */
static void *
work(void *number)
{
	uint64_t *held[HELD] = { NULL }, mark = *(unsigned *)number, state = mark;
	while (!atomic_load_explicit(&stop, memory_order_relaxed) && !atomic_load_explicit(&broken, memory_order_relaxed)) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		uint64_t **h = &held[(state >> 33) % HELD];
		if (*h != NULL) {
			for (unsigned i = 0; i < 8; i++)
				if ((*h)[i] != mark + i)
					atomic_store_explicit(&broken, true, memory_order_relaxed);
			pool_free(*h);
			*h = NULL;
		} else {
			*h = pool_malloc(64);
			for (unsigned i = 0; i < 8; i++)
				(*h)[i] = mark + i;
		}
	}
	for (unsigned i = 0; i < HELD; i++)
		pool_free(held[i]);
	return NULL;
}

static unsigned marks[THREADS];

static void
start_work(pthread_t threads[THREADS])
{
	for (unsigned i = 0; i < THREADS; i++) {
		marks[i] = (i + 1) * 1000000;
		threads[i] = unit_thread(work, &marks[i]);
	}
}

START_TEST(owners_at_work_and_drains_never_have_the_same_object)
{
	pthread_t threads[THREADS];
	uint64_t drains = 0, moved = 0, objects, old;

	unit_start(0, "TIDEPOOL_MAGAZINE=4K", NULL);
	c = sizeclass_of(64);
	start_work(threads);
	for (uint64_t end = unit_ms() + 600; unit_ms() < end && !broken; drains++) {
		drain_all();
		moved += victims();
		for (unsigned shard = 0; shard < cpu_shards; shard++) /* what is old becomes young again, so that it goes round */
			for (struct magazine *m = shard_age(shard, c, false), *next; m != NULL; m = next) {
				next = m->next;
				shard_adopt(shard, c, m);
			}
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	for (unsigned i = 0; i < THREADS; i++)
		unit_join(threads[i]);
	ck_assert(!broken);
	ck_assert_uint_gt(drains, 20);
	ck_assert_uint_gt(moved, 0);
	shard_figures(c, &objects, &old);
	ck_assert_uint_eq(backend_held_bytes(), objects * 64); /* nobody is attached but nothing is lost */
}
END_TEST

/* --- fork ------------------------------------------------------------------------------------------------------------ */

/* Every object of the shared level once. */
static unsigned
distinct_in_shards(void)
{
	static void *seen[100000];
	unsigned n = 0;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned shard = 0; shard < cpu_shards; shard++)
			for (struct magazine *m = shard_age(shard, c, false); m != NULL; m = m->next)
				for (unsigned i = 0; i < magazine_count(m); i++)
					seen[n++] = m->slots[i];
	for (unsigned i = 0; i < n; i++) {
		if (pagemap_of(seen[i]) != c || *(char *)seen[i] == 'X')
			return 0;
		*(char *)seen[i] = 'X';
	}
	return n;
}

START_TEST(what_a_sleeping_thread_held_is_the_childs)
{
	struct unit_sleeper sleeper;

	start();
	free_a_hundred();
	unit_sleeper_start(&sleeper, free_a_hundred, get_one);
	uint64_t held = in_bin(), objects, old;
	shard_figures(c, &objects, &old);
	drain_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		uint64_t now;
		drain_fork_child();
		shard_figures(c, &now, &old);
		unit_child_assert(now == objects + held);
		unit_child_assert(distinct_in_shards() == now);
		unit_child_assert(pool_malloc(64) != NULL);
		_exit(0);
	}
	drain_fork_parent();
	ck_assert_int_eq(unit_status(child), 0);
	ck_assert_uint_eq(in_bin(), held); /* the parent's owner finds its own as it was */
	uint64_t passed = stats_read(c, passed_through);
	unit_sleeper_go_on(&sleeper);
	ck_assert_uint_eq(in_bin(), held - 1);
	ck_assert_uint_eq(stats_read(c, passed_through), passed);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(a_fork_does_not_wait_for_ever_for_a_stopped_owner)
{
	struct unit_sleeper sleeper;
	uint64_t objects, old;

	start();
	free_a_hundred();
	unit_sleeper_start(&sleeper, stop_inside, leave_and_pop);
	shard_figures(c, &objects, &old);
	drain_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		uint64_t now;
		drain_fork_child();
		shard_figures(c, &now, &old);
		unit_child_assert(now == objects); /* what it held is given up, not handed out while half done */
		unit_child_assert(thread_live_count() == 1);
		_exit(0);
	}
	drain_fork_parent();
	ck_assert_int_eq(unit_status(child), 0);
	unit_sleeper_go_on(&sleeper);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(from_the_barrier_to_the_end_of_a_fork_nobody_touches_his_bins)
{
	start();
	free_a_hundred();
	unit_sleeper_start(&awake, free_a_hundred, get_one);
	uint64_t held = in_bin(), passed = stats_read(c, passed_through);
	at_barrier = wake_it;
	drain_fork_prepare();
	ck_assert_ptr_null(at_barrier);
	ck_assert_ptr_nonnull(got); /* it was answered, past the pools */
	ck_assert_uint_eq(stats_read(c, passed_through), passed + 1);
	ck_assert_uint_eq(in_bin(), held);
	drain_fork_parent();
	unit_sleeper_end(&awake);
}
END_TEST

START_TEST(without_a_barrier_the_child_gives_up_what_others_held)
{
	uint64_t objects, old;

	start();
	if (!refuse_membarrier(EPERM))
		return;
	free_a_hundred();
	unit_sleeper_start(&awake, free_a_hundred, NULL);
	shard_figures(c, &objects, &old);
	drain_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		uint64_t now;
		drain_fork_child();
		shard_figures(c, &now, &old);
		unit_child_assert(now == objects);
		_exit(0);
	}
	drain_fork_parent();
	ck_assert_int_eq(unit_status(child), 0);
	unit_sleeper_end(&awake);
}
END_TEST

START_TEST(a_process_of_one_thread_forks_without_a_barrier)
{
	start();
	if (!refuse_membarrier(EPERM))
		return;
	free_a_hundred();
	drain_fork_prepare();
	drain_fork_parent();
	ck_assert_ptr_null(drain_refused());
	ck_assert(bin_armed(&sleeping->bins[c]));
}
END_TEST

START_TEST(children_of_a_process_at_work_find_every_object_once)
{
	pthread_t threads[THREADS];

	unit_start(0, NULL);
	c = sizeclass_of(64);
	start_work(threads);
	for (unsigned i = 0; i < 15; i++) {
		unit_sleep(2);
		drain_fork_prepare();
		pid_t child = fork();
		if (child == 0) {
			uint64_t now, old;
			drain_fork_child();
			shard_figures(c, &now, &old);
			unit_child_assert(distinct_in_shards() == now);
			_exit(0);
		}
		drain_fork_parent();
		ck_assert_int_eq(unit_status(child), 0);
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	for (unsigned i = 0; i < THREADS; i++)
		unit_join(threads[i]);
	ck_assert(!broken);
}
END_TEST

int
main(void)
{
	TCase *one = tcase_create("one thread"), *without = tcase_create("without membarrier"), *together = tcase_create("together"),
	      *forking = tcase_create("fork");

	tcase_add_test(one, what_a_sleeping_thread_holds_becomes_victims);
	tcase_add_test(one, a_drained_bin_stays_revoked_until_its_owner_rearms_it);
	tcase_add_test(one, the_caller_is_drained_like_everybody);
	tcase_add_test(one, a_stopped_owner_inside_an_operation_is_skipped_and_loses_nothing);
	tcase_add_test(one, a_handler_inside_an_operation_may_go_on_and_loses_nothing_either);
	tcase_add_test(one, a_thread_in_a_slow_path_is_skipped_and_nobody_waits);
	tcase_add_test(one, an_owner_that_works_hands_in_by_itself_before_it_goes_on);
	tcase_add_test(one, what_an_owner_has_armed_in_between_is_not_taken);
	tcase_add_test(one, a_thread_that_holds_nothing_is_left_in_peace);
	tcase_add_loop_test(without, where_membarrier_is_refused_owners_hand_in_and_sleepers_keep, EPERM, EPERM + 1);
	tcase_add_loop_test(without, where_membarrier_is_refused_owners_hand_in_and_sleepers_keep, ENOSYS, ENOSYS + 1);
	tcase_add_test(without, switched_off_it_is_never_called);
	tcase_add_test(without, membarrier_that_is_forgotten_is_registered_again);
	tcase_add_test(together, owners_at_work_and_drains_never_have_the_same_object);
	tcase_add_test(forking, what_a_sleeping_thread_held_is_the_childs);
	tcase_add_test(forking, a_fork_does_not_wait_for_ever_for_a_stopped_owner);
	tcase_add_test(forking, from_the_barrier_to_the_end_of_a_fork_nobody_touches_his_bins);
	tcase_add_test(forking, without_a_barrier_the_child_gives_up_what_others_held);
	tcase_add_test(forking, a_process_of_one_thread_forks_without_a_barrier);
	tcase_add_test(forking, children_of_a_process_at_work_find_every_object_once);
	return unit_run("drain", one, without, together, forking, NULL);
}
