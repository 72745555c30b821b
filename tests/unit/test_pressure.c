/* Tests of the room pressure: the thresholds, the limits together, and how often is looked. */
#include "pressure.h"

#include <errno.h>

#include "fake_root.h"

#define MIB ((uint64_t)1 << 20)
#define V2 "/sys/fs/cgroup"
#define LIMIT (100 * MIB)

static uint64_t now;

/* A look that is long after the last one. */
static enum pressure
look(void)
{
	now += 1000;
	return pressure_look(now, false);
}

static void
set_up(void)
{
	make_fake_root();
	now = 5000000;
	pressure_init(fake_root);
	put("/proc/self/cgroup", "0::/outer/it\n");
	put("/proc/self/mountinfo", "41 31 0:38 / " V2 " rw - cgroup2 cgroup2 rw\n");
	put_number(V2 "/outer/it/memory.max", LIMIT);
	put_number(V2 "/outer/it/memory.current", MIB);
}

static void
use(uint64_t bytes)
{
	put_number(V2 "/outer/it/memory.current", bytes);
}

static const struct { uint64_t used; enum pressure is; uint64_t headroom; } marks[] = {
	{ 0, PRESSURE_NONE, LIMIT / 10 * 8 },
	{ LIMIT / 2, PRESSURE_NONE, LIMIT / 10 * 3 },
	{ LIMIT / 10 * 8 - 1, PRESSURE_NONE, 1 },
	{ LIMIT / 10 * 8, PRESSURE_SOME, LIMIT / 10 },
	{ LIMIT / 10 * 9 - 1, PRESSURE_SOME, 1 },
	{ LIMIT / 10 * 9, PRESSURE_FULL, LIMIT / 10 },
	{ LIMIT, PRESSURE_FULL, 0 },
	{ LIMIT * 2, PRESSURE_FULL, 0 },
	{ UINT64_MAX, PRESSURE_FULL, 0 },
};

START_TEST(some_begins_at_80_percent_and_full_at_90)
{
	use(marks[_i].used);
	ck_assert_int_eq(look(), marks[_i].is);
	ck_assert_int_eq(pressure_now(), marks[_i].is);
	ck_assert_uint_eq(pressure_headroom(), marks[_i].headroom);
}
END_TEST

START_TEST(it_goes_as_it_came)
{
	use(LIMIT / 100 * 95);
	ck_assert_int_eq(look(), PRESSURE_FULL);
	use(LIMIT / 100 * 85);
	ck_assert_int_eq(look(), PRESSURE_SOME);
	use(LIMIT / 100 * 20);
	ck_assert_int_eq(look(), PRESSURE_NONE);
}
END_TEST

START_TEST(pages_of_files_do_not_count)
{
	use(LIMIT);
	put(V2 "/outer/it/memory.stat", "anon 1\ninactive_file 10485760\nactive_file 5242880\n");
	ck_assert_int_eq(look(), PRESSURE_SOME); /* 85 */
	ck_assert_uint_eq(pressure_headroom(), 5 * MIB);
	put(V2 "/outer/it/memory.stat", "inactive_file 52428800\nactive_file 10485760\n");
	ck_assert_int_eq(look(), PRESSURE_NONE); /* 40 */
	ck_assert_uint_eq(pressure_headroom(), 40 * MIB);
	put(V2 "/outer/it/memory.stat", "inactive_file 99999999999999\nactive_file 0\n"); /* read a moment later */
	ck_assert_int_eq(look(), PRESSURE_NONE);
}
END_TEST

START_TEST(the_tightest_cgroup_decides)
{
	use(10 * MIB);
	put_number(V2 "/outer/memory.max", 200 * MIB);
	put_number(V2 "/outer/memory.current", 190 * MIB);
	ck_assert_int_eq(look(), PRESSURE_FULL);
	ck_assert_uint_eq(pressure_headroom(), 10 * MIB);
	put_number(V2 "/outer/memory.current", 170 * MIB);
	ck_assert_int_eq(look(), PRESSURE_SOME);
	ck_assert_uint_eq(pressure_headroom(), 10 * MIB);
	put_number(V2 "/outer/memory.current", 100 * MIB);
	ck_assert_int_eq(look(), PRESSURE_NONE);
	ck_assert_uint_eq(pressure_headroom(), 60 * MIB); /* of the outer one */
	use(60 * MIB);
	ck_assert_int_eq(look(), PRESSURE_NONE);
	ck_assert_uint_eq(pressure_headroom(), 20 * MIB); /* of the inner one */
	use(95 * MIB);
	put_number(V2 "/outer/memory.current", 170 * MIB);
	ck_assert_int_eq(look(), PRESSURE_FULL);
	ck_assert_uint_eq(pressure_headroom(), 5 * MIB); /* the outer one's milder answer has no say */
}
END_TEST

START_TEST(a_tenth_of_the_time_lost_is_some)
{
	put("/proc/pressure/memory", "some avg10=9.99 avg60=0.00 avg300=0.00 total=0\n");
	ck_assert_int_eq(look(), PRESSURE_NONE);
	put("/proc/pressure/memory", "some avg10=10.00 avg60=0.00 avg300=0.00 total=0\n");
	ck_assert_int_eq(look(), PRESSURE_SOME);
	put("/proc/pressure/memory", "some avg10=99.00 avg60=0.00 avg300=0.00 total=0\n");
	ck_assert_int_eq(look(), PRESSURE_SOME);
	use(LIMIT);
	ck_assert_int_eq(look(), PRESSURE_FULL);
	take_away("/proc/pressure/memory");
	use(MIB);
	ck_assert_int_eq(look(), PRESSURE_NONE);
}
END_TEST

START_TEST(a_rising_sum_says_it_before_the_average)
{
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7000000000\n");
	ck_assert_int_eq(look(), PRESSURE_NONE); /* the sum of the time before we looked says nothing */
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7000099999\n");
	ck_assert_int_eq(look(), PRESSURE_NONE); /* 99.999 ms of a second */
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7000199999\n");
	ck_assert_int_eq(look(), PRESSURE_SOME);
	ck_assert_int_eq(look(), PRESSURE_NONE);
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"); /* another boot, or nonsense */
	ck_assert_int_eq(look(), PRESSURE_NONE);
}
END_TEST

START_TEST(a_second_look_within_a_moment_opens_nothing)
{
	ck_assert_int_eq(look(), PRESSURE_NONE);
	use(LIMIT);
	ck_assert_int_eq(pressure_look(now, false), PRESSURE_NONE);
	ck_assert_int_eq(pressure_look(now + PRESSURE_LOOK_MS - 1, false), PRESSURE_NONE);
	ck_assert_int_eq(pressure_look(now + PRESSURE_GROWN_LOOK_MS - 1, true), PRESSURE_NONE);
	ck_assert_int_eq(pressure_look(now + PRESSURE_GROWN_LOOK_MS, true), PRESSURE_FULL);
	use(MIB);
	ck_assert_int_eq(pressure_look(now + PRESSURE_LOOK_MS, false), PRESSURE_FULL);
	ck_assert_int_eq(pressure_look(now + PRESSURE_GROWN_LOOK_MS + PRESSURE_LOOK_MS, false), PRESSURE_NONE);
}
END_TEST

START_TEST(the_nearer_the_limit_the_sooner_the_next_look)
{
	static const uint64_t large = (uint64_t)10 << 30;

	ck_assert_uint_eq(pressure_interval(), 0);
	put_number(V2 "/outer/it/memory.max", large);
	look();
	ck_assert_uint_eq(pressure_interval(), 1000);
	use(large / 10 * 8 - 128 * MIB);
	look();
	ck_assert_uint_eq(pressure_interval(), 512); /* at 256 KiB a millisecond it would be there then */
	use(large / 10 * 8 - MIB);
	look();
	ck_assert_uint_eq(pressure_interval(), PRESSURE_LOOK_MS);
	use(large);
	look();
	ck_assert_uint_eq(pressure_interval(), PRESSURE_LOOK_MS);
	put(V2 "/outer/it/memory.max", "max\n");
	look();
	ck_assert_uint_eq(pressure_interval(), 1000); /* a limit may be set */
}
END_TEST

START_TEST(where_nothing_can_be_read_it_never_looks_again)
{
	unsigned before = open_files();

	pressure_init("/nonexistent");
	errno = 1234;
	ck_assert_int_eq(look(), PRESSURE_NONE);
	ck_assert_uint_eq(pressure_interval(), PRESSURE_NEVER);
	ck_assert_uint_eq(pressure_headroom(), UINT64_MAX);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(look(), PRESSURE_NONE);
	ck_assert_int_eq(errno, 1234);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

START_TEST(limits_are_found_again_after_a_while_and_after_fork)
{
	put(V2 "/outer/it/memory.max", "max\n");
	use(LIMIT);
	ck_assert_int_eq(look(), PRESSURE_NONE);
	put_number(V2 "/outer/it/memory.max", LIMIT);
	ck_assert_int_eq(look(), PRESSURE_NONE);
	now += 10000;
	ck_assert_int_eq(look(), PRESSURE_FULL);

	put("/proc/self/cgroup", "0::/elsewhere\n");
	put_number(V2 "/elsewhere/memory.max", LIMIT);
	put_number(V2 "/elsewhere/memory.current", MIB);
	pressure_fork_child();
	ck_assert_int_eq(pressure_now(), PRESSURE_FULL);
	ck_assert_int_eq(pressure_look(now, false), PRESSURE_NONE); /* at once */
}
END_TEST

START_TEST(what_is_forgotten_does_not_hold)
{
	use(LIMIT);
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	ck_assert_int_eq(look(), PRESSURE_FULL);
	pressure_forget();
	ck_assert_int_eq(pressure_now(), PRESSURE_NONE);
	ck_assert_uint_eq(pressure_headroom(), UINT64_MAX);
	use(MIB);
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=999999999\n");
	ck_assert_int_eq(look(), PRESSURE_NONE); /* nobody knows when that was lost */
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pressure");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, remove_fake_root);
	tcase_add_loop_test(all, some_begins_at_80_percent_and_full_at_90, 0, (int)SIZE_OF(marks));
	tcase_add_test(all, it_goes_as_it_came);
	tcase_add_test(all, pages_of_files_do_not_count);
	tcase_add_test(all, the_tightest_cgroup_decides);
	tcase_add_test(all, a_tenth_of_the_time_lost_is_some);
	tcase_add_test(all, a_rising_sum_says_it_before_the_average);
	tcase_add_test(all, a_second_look_within_a_moment_opens_nothing);
	tcase_add_test(all, the_nearer_the_limit_the_sooner_the_next_look);
	tcase_add_test(all, where_nothing_can_be_read_it_never_looks_again);
	tcase_add_test(all, limits_are_found_again_after_a_while_and_after_fork);
	tcase_add_test(all, what_is_forgotten_does_not_hold);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
