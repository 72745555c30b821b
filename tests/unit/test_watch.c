/* epoch and pressure together: what a rotation room does about a memory limit that comes near. */
#include "epoch.h"
#include "pool.h"
#include "pressure.h"
#include "unit.h"

#include "fake_root.h"

#define GROUP "/sys/fs/cgroup/it/memory."

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
memory_used(uint64_t percent)
{
	put_number(GROUP "current", percent * MIB);
}

static void
set_up(void)
{
	make_fake_root();
	put("/proc/self/cgroup", "0::/it\n");
	put("/proc/self/mountinfo", "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put_number(GROUP "max", 100 * MIB);
	memory_used(10);
	unit_start(2, "TIDEPOOL_BUDGET=8M", "TIDEPOOL_EPOCH=8s", NULL);
	budget_hook = ask;
	pressure_init(fake_root);
	epoch_init();
}

/* So many bytes are cached afterwards, or a little less. */
static void
cache(size_t bytes)
{
	static void *p[4096];
	unsigned n = (unsigned)(bytes / 4096);
	for (unsigned i = 0; i < n; i++)
		p[i] = pool_malloc(4096);
	for (unsigned i = 0; i < n; i++)
		pool_free(p[i]);
}

static uint64_t
rotations(enum rotation_cause cause)
{
	struct epoch_figures figures;
	epoch_figures(&figures);
	return figures.rotations[cause];
}

static uint64_t
watch_a_little_later(void)
{
	unit_sleep(PRESSURE_LOOK_MS + 20);
	return epoch_watch();
}

START_TEST(far_from_the_limit_nothing_happens)
{
	cache(3 * MIB);
	uint64_t next = epoch_watch();
	ck_assert_uint_ge(next, PRESSURE_LOOK_MS);
	ck_assert_uint_le(next, 1000);
	watch_a_little_later();
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 0);
	ck_assert_uint_eq(epoch_length(), 8000);
	ck_assert_int_eq(epoch_timer_cause(), ROTATION_TIMER);
	ck_assert(!budget_pressed(1024));
}
END_TEST

START_TEST(under_some_pressure_a_quarter_of_the_budget_and_of_the_epoch_is_left)
{
	cache(3 * MIB);
	epoch_watch();
	memory_used(85);
	ck_assert_uint_eq(watch_a_little_later(), PRESSURE_LOOK_MS);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 1); /* 3M are over a quarter of 8M */
	ck_assert_uint_eq(epoch_length(), 2000);
	ck_assert_int_eq(epoch_timer_cause(), ROTATION_PRESSURE);
	ck_assert(!budget_pressed(1024));
	memory_used(50);
	cache(3 * MIB);
	watch_a_little_later();
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 1);
	ck_assert_uint_eq(epoch_length(), 8000);
}
END_TEST

START_TEST(less_than_a_quarter_of_the_budget_may_stay_under_some_pressure)
{
	cache(3 * MIB / 2);
	memory_used(85);
	epoch_watch();
	ck_assert_int_eq(pressure_now(), PRESSURE_SOME);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 0);
	asked = 0;
	cache(4 * MIB); /* but what comes to more than that asks */
	ck_assert_uint_ge(asked, 1);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 1);
	ck_assert_uint_eq(rotations(ROTATION_BUDGET), 0);
}
END_TEST

START_TEST(under_full_pressure_everything_goes_back_at_once)
{
	cache(3 * MIB);
	uint64_t held = backend_held_bytes();
	ck_assert_uint_ge(held, 5 * MIB / 2);
	memory_used(95);
	ck_assert_uint_eq(epoch_watch(), PRESSURE_LOOK_MS);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 2);
	ck_assert_uint_le(backend_held_bytes(), held / 20);
	ck_assert(budget_pressed(1024)); /* frees help */
}
END_TEST

START_TEST(when_nothing_is_left_the_watch_ends_and_a_mark_brings_it_back)
{
	cache(3 * MIB);
	memory_used(95);
	epoch_watch();
	ck_assert_uint_eq(watch_a_little_later(), EPOCH_NO_WATCH);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 2);
	ck_assert(!budget_pressed(1024));
	ck_assert_int_eq(pressure_now(), PRESSURE_NONE);
	asked = 0;
	cache(3 * MIB);
	ck_assert_uint_ge(asked, 1);
	epoch_rotate_over_budget();
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 4);
}
END_TEST

START_TEST(ten_times_a_second_are_enough)
{
	uint64_t began = unit_ms();
	memory_used(95);
	while (unit_ms() < began + 450) {
		cache(3 * MIB);
		epoch_watch();
		epoch_rotate_over_budget();
	}
	uint64_t most = (unit_ms() - began) / PRESSURE_LOOK_MS + 1;
	ck_assert_uint_ge(rotations(ROTATION_PRESSURE), 6);
	ck_assert_uint_le(rotations(ROTATION_PRESSURE), 2 * most);
	ck_assert_uint_eq(rotations(ROTATION_BUDGET), 0);
}
END_TEST

START_TEST(while_little_is_cached_no_file_is_opened)
{
	memory_used(95);
	cache(64 << 10);
	ck_assert_uint_eq(epoch_watch(), EPOCH_NO_WATCH);
	ck_assert_uint_eq(pressure_interval(), 0); /* never looked */
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 0);
}
END_TEST

START_TEST(growth_over_half_of_what_is_left_asks_for_a_look)
{
	void *live[1400];

	cache(3 * MIB);
	memory_used(70);
	epoch_rotate_over_budget(); /* the mark at which the watch begins was reached */
	epoch_watch();              /* 10M are left to 80 % */
	asked = 0;
	for (unsigned i = 0; i < 1000; i++)
		live[i] = pool_malloc(3072); /* 3M */
	ck_assert_uint_eq(asked, 0);
	for (unsigned i = 1000; i < 1400; i++)
		live[i] = pool_malloc(8192); /* and 3M more: fetched without filling what is cached */
	ck_assert_uint_ge(asked, 1);
	memory_used(95);
	unit_sleep(PRESSURE_GROWN_LOOK_MS + 10); /* no tenth of a second */
	epoch_rotate_over_budget();
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 2);
	ck_assert_uint_eq(rotations(ROTATION_BUDGET), 0);
	for (unsigned i = 0; i < 1400; i++)
		pool_free(live[i]);
}
END_TEST

START_TEST(growth_alone_is_no_reason_to_rotate)
{
	cache(3 * MIB);
	memory_used(70);
	epoch_watch();
	budget_fetched(9 * MIB);
	ck_assert(budget_fuel_used());
	epoch_rotate_over_budget();
	ck_assert_uint_eq(rotations(ROTATION_BUDGET), 0);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE), 0);
	ck_assert(!budget_fuel_used()); /* it looked, and goes on */
}
END_TEST

START_TEST(where_nothing_can_be_read_nobody_watches)
{
	pressure_init("/nonexistent");
	cache(3 * MIB);
	ck_assert_uint_eq(epoch_watch(), EPOCH_NO_WATCH);
	ck_assert_uint_eq(watch_a_little_later(), EPOCH_NO_WATCH);
	ck_assert_uint_eq(rotations(ROTATION_PRESSURE) + rotations(ROTATION_BUDGET), 0);
	budget_fetched(1000 * MIB);
	ck_assert(!budget_fuel_used());
}
END_TEST

int
main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, set_up, remove_fake_root);
	tcase_add_test(all, far_from_the_limit_nothing_happens);
	tcase_add_test(all, under_some_pressure_a_quarter_of_the_budget_and_of_the_epoch_is_left);
	tcase_add_test(all, less_than_a_quarter_of_the_budget_may_stay_under_some_pressure);
	tcase_add_test(all, under_full_pressure_everything_goes_back_at_once);
	tcase_add_test(all, when_nothing_is_left_the_watch_ends_and_a_mark_brings_it_back);
	tcase_add_test(all, ten_times_a_second_are_enough);
	tcase_add_test(all, while_little_is_cached_no_file_is_opened);
	tcase_add_test(all, growth_over_half_of_what_is_left_asks_for_a_look);
	tcase_add_test(all, growth_alone_is_no_reason_to_rotate);
	tcase_add_test(all, where_nothing_can_be_read_nobody_watches);
	return unit_run("watch", all, NULL);
}
