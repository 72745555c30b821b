/* epoch: what nobody asks for is with jemalloc after two rotations, wherever it lay; and what brings a rotation forward. */
#include "demand.h"
#include "epoch.h"
#include "pool.h"
#include "plain.h"
#include "stats.h"
#include "unit.h"

static unsigned c; /* the pool of 64 bytes */

static bool
ready(void)
{
	return true;
}

bool (*pool_start_hook)(void) = ready;

static _Atomic unsigned asked;

static void
ask(void)
{
	asked++;
}

static void
start(const char *setting)
{
	unit_start(2, setting, NULL);
	budget_hook = ask;
	c = sizeclass_of(64);
	epoch_init();
}

static void
use(size_t size, unsigned n)
{
	void *p[4096];
	for (unsigned i = 0; i < n; i++)
		p[i] = pool_malloc(size);
	for (unsigned i = 0; i < n; i++)
		pool_free(p[i]);
}

static void
use_a_thousand(void)
{
	use(64, 1000);
}

static void
shards(uint64_t *young, uint64_t *victims)
{
	uint64_t objects;
	shard_figures(c, &objects, victims);
	*young = objects - *victims;
}

START_TEST(an_object_nobody_asks_for_is_with_jemalloc_after_two_rotations)
{
	struct unit_sleeper sleeper;
	uint64_t young, victims;
	struct epoch_figures figures;

	start(NULL);
	unit_sleeper_start(&sleeper, use_a_thousand, NULL);
	use_a_thousand();
	uint64_t held = backend_held_bytes();
	ck_assert_uint_ge(held, 1000 * 64);
	epoch_rotate(ROTATION_TIMER);
	shards(&young, &victims);
	ck_assert_uint_eq(young, 0);
	ck_assert_uint_eq(victims, held / 64); /* from the shared level, from our bins, and from the sleeping thread's */
	ck_assert_uint_eq(backend_held_bytes(), held);
	epoch_rotate(ROTATION_TIMER);
	shards(&young, &victims);
	ck_assert_uint_eq(young + victims, 0);
	ck_assert_uint_eq(backend_held_bytes(), 0);
	epoch_rotate(ROTATION_TIMER);
	ck_assert_uint_eq(budget_reserved(), 0); /* the magazines are dismantled too */
	epoch_figures(&figures);
	ck_assert_uint_eq(figures.released_objects, held / 64);
	ck_assert_uint_eq(figures.released_bytes, held);
	uint64_t released = 0;
	for (unsigned pool = 1; pool <= sizeclass_pools; pool++)
		released += stats_read(pool, released);
	ck_assert_uint_eq(released, held / 64);
	unit_sleeper_end(&sleeper);
}
END_TEST

/* A magazine that has just been used by a thousand. */
static const struct magazine *
used_magazine(void)
{
	start(NULL);
	use_a_thousand();
	return bin_loaded(&unit_self()->bins[c]);
}

START_TEST(where_nobody_asks_the_magazines_memory_is_with_the_kernel_after_two_rotations_too)
{
	const struct magazine *m = used_magazine();
	epoch_rotate(ROTATION_TIMER);
	ck_assert(unit_is_resident(m));
	epoch_rotate(ROTATION_TIMER);
	ck_assert(!unit_is_resident(m));
}
END_TEST

START_TEST(where_somebody_asks_the_magazines_memory_stays_a_rotation_longer)
{
	const struct magazine *m = used_magazine();
	epoch_rotate(ROTATION_TIMER);
	pool_malloc(128); /* another class: jemalloc is asked, and the program is at work */
	epoch_rotate(ROTATION_TIMER);
	ck_assert(unit_is_resident(m));
	epoch_rotate(ROTATION_TIMER);
	ck_assert(!unit_is_resident(m));
}
END_TEST

START_TEST(what_is_asked_for_between_rotations_stays)
{
	start(NULL);
	use(64, 1);
	for (unsigned i = 0; i < 10; i++) {
		void *p = pool_malloc(64);
		epoch_rotate(ROTATION_TIMER);
		pool_free(p);
	}
	ck_assert_uint_eq(stats_read(c, misses), 1); /* the first one */
}
END_TEST

START_TEST(every_rotation_is_counted_by_its_cause)
{
	struct epoch_figures figures;

	start(NULL);
	epoch_rotate(ROTATION_TIMER);
	epoch_rotate(ROTATION_PRESSURE);
	epoch_rotate(ROTATION_PRESSURE);
	epoch_rotate_now();
	epoch_figures(&figures);
	ck_assert_uint_eq(figures.number, 5);
	ck_assert_uint_eq(figures.rotations[ROTATION_TIMER], 1);
	ck_assert_uint_eq(figures.rotations[ROTATION_PRESSURE], 2);
	ck_assert_uint_eq(figures.rotations[ROTATION_MANUAL], 2);
	ck_assert_uint_eq(figures.rotations[ROTATION_BUDGET], 0);
}
END_TEST

static void
stop_inside(void)
{
	use_a_thousand();
	struct bin *b = &unit_self()->bins[c];
	atomic_fetch_add_explicit(&b->sequence, 1, memory_order_release);
}

START_TEST(bins_that_are_left_alone_are_counted)
{
	struct unit_sleeper sleeper;
	struct epoch_figures figures;

	start(NULL);
	unit_sleeper_start(&sleeper, stop_inside, NULL);
	epoch_rotate(ROTATION_TIMER);
	epoch_rotate(ROTATION_TIMER);
	epoch_figures(&figures);
	ck_assert_uint_eq(figures.skipped_bins, 2);
	unit_sleeper_end(&sleeper);
}
END_TEST

START_TEST(the_time_spent_rotating_is_counted_and_no_other)
{
	struct epoch_figures before, after;
	struct timespec began, ended;

	start(NULL);
	use_a_thousand();
	epoch_figures(&before);
	clock_gettime(CLOCK_MONOTONIC, &began);
	epoch_rotate_now();
	clock_gettime(CLOCK_MONOTONIC, &ended);
	epoch_figures(&after);
	ck_assert_uint_gt(after.rotating_ns, before.rotating_ns);
	ck_assert_uint_le(after.rotating_ns - before.rotating_ns,
	    (uint64_t)(ended.tv_sec - began.tv_sec) * 1000000000 + (uint64_t)ended.tv_nsec - (uint64_t)began.tv_nsec);
	use_a_thousand();
	epoch_figures(&before);
	ck_assert_uint_eq(after.rotating_ns, before.rotating_ns);
}
END_TEST

START_TEST(rotate_now_releases_everything_and_says_how_much)
{
	start(NULL);
	use(64, 1000);
	use(4096, 1000);
	uint64_t held = backend_held_bytes();
	errno = 7;
	ck_assert_uint_eq(epoch_rotate_now(), held);
	ck_assert_int_eq(errno, 7);
	ck_assert_uint_eq(backend_held_bytes(), 0);
	ck_assert_uint_eq(epoch_rotate_now(), 0);
	ck_assert(!thread_set_busy(unit_self(), false));
	use(64, 1000);
	ck_assert_uint_gt(bin_objects(&unit_self()->bins[c]), 0); /* the caller's own slow paths work again */
}
END_TEST

static _Atomic int step;

static void *
hold_rotation(void *unused)
{
	epoch_fork_prepare();
	step = 1;
	while (step == 1)
		sched_yield();
	epoch_fork_release();
	return unused;
}

START_TEST(of_two_rotations_at_once_one_is_enough)
{
	struct epoch_figures figures;

	start(NULL);
	pthread_t t = unit_thread(hold_rotation, NULL);
	while (step == 0)
		sched_yield();
	epoch_rotate(ROTATION_TIMER); /* does not wait */
	epoch_figures(&figures);
	ck_assert_uint_eq(figures.number, 0);
	step = 2;
	unit_join(t);
	epoch_rotate(ROTATION_TIMER);
	epoch_figures(&figures);
	ck_assert_uint_eq(figures.number, 1);
}
END_TEST

/* --- what brings it forward ------------------------------------------------------------------------------------------ */

static uint64_t
budget_rotations(void)
{
	struct epoch_figures figures;
	epoch_figures(&figures);
	return figures.rotations[ROTATION_BUDGET];
}

START_TEST(over_a_budget_in_bytes_it_rotates)
{
	start("TIDEPOOL_BUDGET=64K");
	use(64, 500);
	epoch_rotate_over_budget(); /* 32K: a look, and no more */
	ck_assert_uint_eq(budget_rotations(), 0);
	use(4096, 100);
	ck_assert_uint_ge(asked, 1); /* what is reserved said that it is time to look */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 1);
}
END_TEST

START_TEST(a_share_is_one_of_what_is_live_and_small_processes_are_left_in_peace)
{
	void *live[1200];

	start("TIDEPOOL_BUDGET=10%");
	use(4096, 1000); /* 4M cached, nothing live */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 0);
	use(4096, 2200); /* 8.8M: over the least allowance */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 1);
	epoch_rotate_now();

	for (unsigned i = 0; i < 1200; i++)
		live[i] = pool_malloc(131072); /* 150M live: 15M may be cached */
	use(4096, 3000);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 1);
	for (unsigned i = 0; i < 1200; i++)
		pool_free(live[i]);
}
END_TEST

START_TEST(a_look_that_finds_too_little_sets_the_marks_anew)
{
	struct budget_marks marks = { .level = 1, .fuel = UINT64_MAX, .limit = UINT64_MAX };

	start("TIDEPOOL_BUDGET=1M");
	budget_set_marks(&marks);
	use(64, 10);
	ck_assert_uint_eq(asked, 1);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 0);
	use(64, 100);
	ck_assert_uint_eq(asked, 1); /* far from it */
	demand_expect(sizeclass_of(65536));
	use(65536, 40);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

/* What was in use at most may lie cached: it is what is held beyond that which brings a rotation. */
START_TEST(a_program_that_turns_to_another_class_rotates_and_one_that_goes_on_does_not)
{
	enum { N = 1200, MORE = 6000 };
	static void *live[N], *more[MORE];

	start("TIDEPOOL_BUDGET=10%");
	demand_expect(sizeclass_of(131072));
	for (unsigned i = 0; i < N; i++)
		live[i] = pool_malloc(131072); /* 150M */
	epoch_rotate_over_budget();
	for (unsigned i = 0; i < N; i++)
		pool_free(live[i]);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 0);
	for (unsigned i = 0; i < N; i++)
		live[i] = pool_malloc(131072);
	for (unsigned i = 0; i < N; i++)
		pool_free(live[i]);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 0);
	unsigned before = asked;
	for (unsigned i = 0; i < MORE; i++)
		more[i] = pool_malloc(4096); /* 23M more: over 110 % */
	ck_assert_uint_gt(asked, before); /* the fuel is used */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 1);
	for (unsigned i = 0; i < MORE; i++)
		pool_free(more[i]);
}
END_TEST

START_TEST(what_was_live_two_epochs_ago_is_forgotten)
{
	enum { N = 1200 };
	static void *live[N];

	start("TIDEPOOL_BUDGET=10%");
	for (unsigned i = 0; i < N; i++)
		live[i] = pool_malloc(131072);
	epoch_rotate_over_budget();
	for (unsigned i = 0; i < N; i++)
		pool_free(live[i]);
	for (unsigned i = 0; i < 3; i++)
		epoch_rotate(ROTATION_TIMER);
	use(4096, 3000); /* 12M */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(budget_rotations(), 1);
}
END_TEST

/* --- clock, sample, fork --------------------------------------------------------------------------------------------- */

START_TEST(the_clock_is_the_monotonic_one)
{
	uint64_t before = epoch_clock();
	ck_assert_uint_le(before, unit_ms());
	ck_assert_uint_ge(before + 1000, unit_ms());
	unit_sleep(60);
	ck_assert_uint_ge(epoch_clock(), before + 40);
}
END_TEST

START_TEST(jemallocs_figures_are_asked_for_once_a_second)
{
	struct control_figures figures;

	start(NULL);
	ck_assert_uint_eq(epoch_last_sample(&figures), 0);
	epoch_sample(EPOCH_SAMPLE_MS);
	ck_assert_uint_gt(epoch_last_sample(&figures), 0);
	ck_assert_uint_gt(figures.allocated, 0);
	uint64_t allocated = figures.allocated;
	void *p = plain_malloc(64 << 20);
	epoch_sample(EPOCH_SAMPLE_MS);
	epoch_last_sample(&figures);
	ck_assert_uint_eq(figures.allocated, allocated);
	unit_sleep(1100);
	epoch_sample(EPOCH_SAMPLE_MS);
	epoch_last_sample(&figures);
	ck_assert_uint_ge(figures.allocated, allocated + (64 << 20));
	plain_free(p);
}
END_TEST

START_TEST(a_child_can_rotate)
{
	start(NULL);
	use_a_thousand();
	epoch_fork_prepare();
	pid_t child = fork();
	if (child == 0) {
		epoch_fork_release();
		unit_child_assert(epoch_rotate_now() >= 64000);
		_exit(0);
	}
	epoch_fork_release();
	ck_assert_int_eq(unit_status(child), 0);
	ck_assert_uint_ge(epoch_rotate_now(), 64000);
}
END_TEST

int
main(void)
{
	TCase *rotations = tcase_create("rotations"), *forward = tcase_create("forward"), *around = tcase_create("around");

	tcase_add_test(rotations, an_object_nobody_asks_for_is_with_jemalloc_after_two_rotations);
	tcase_add_test(rotations, where_nobody_asks_the_magazines_memory_is_with_the_kernel_after_two_rotations_too);
	tcase_add_test(rotations, where_somebody_asks_the_magazines_memory_stays_a_rotation_longer);
	tcase_add_test(rotations, what_is_asked_for_between_rotations_stays);
	tcase_add_test(rotations, every_rotation_is_counted_by_its_cause);
	tcase_add_test(rotations, bins_that_are_left_alone_are_counted);
	tcase_add_test(rotations, the_time_spent_rotating_is_counted_and_no_other);
	tcase_add_test(rotations, rotate_now_releases_everything_and_says_how_much);
	tcase_add_test(rotations, of_two_rotations_at_once_one_is_enough);
	tcase_add_test(forward, over_a_budget_in_bytes_it_rotates);
	tcase_add_test(forward, a_share_is_one_of_what_is_live_and_small_processes_are_left_in_peace);
	tcase_add_test(forward, a_look_that_finds_too_little_sets_the_marks_anew);
	tcase_add_test(forward, a_program_that_turns_to_another_class_rotates_and_one_that_goes_on_does_not);
	tcase_add_test(forward, what_was_live_two_epochs_ago_is_forgotten);
	tcase_add_test(around, the_clock_is_the_monotonic_one);
	tcase_add_test(around, jemallocs_figures_are_asked_for_once_a_second);
	tcase_add_test(around, a_child_can_rotate);
	return unit_run("epoch", rotations, forward, around, NULL);
}
