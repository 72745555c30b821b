/* cpu: one shard for each CPU that is allowed, whatever the mask looks like. */
#include "unit.h"

#include <string.h>
#include <sys/syscall.h>

/* The machine of a test: these stand in front of the C library's. */
static cpu_set_t allowed;
static bool refused, made_up;
static int now_on;

int
sched_getaffinity(pid_t pid, size_t size, cpu_set_t *mask)
{
	if (!made_up) {
		memset(mask, 0, size);
		return syscall(SYS_sched_getaffinity, pid, size, mask) < 0 ? -1 : 0;
	}
	if (refused) {
		errno = EINVAL;
		return -1;
	}
	memcpy(mask, &allowed, size);
	return 0;
}

int
sched_getcpu(void)
{
	unsigned cpu = 0;
	if (made_up)
		return now_on;
	return syscall(SYS_getcpu, &cpu, NULL, NULL) == 0 ? (int)cpu : -1;
}

static void
allow(unsigned first, unsigned count, unsigned step)
{
	made_up = true;
	CPU_ZERO(&allowed);
	for (unsigned i = 0; i < count; i++)
		CPU_SET(first + i * step, &allowed);
	cpu_init();
}

static unsigned
shard_on(int cpu)
{
	now_on = cpu;
	return cpu_shard();
}

START_TEST(every_allowed_cpu_has_a_shard_of_its_own)
{
	allow(3, 8, 5);
	ck_assert_uint_eq(cpu_shards, 8);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(shard_on(3 + i * 5), (unsigned)i);
}
END_TEST

START_TEST(a_cpu_that_is_not_allowed_shares_with_another)
{
	allow(3, 8, 5);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		ck_assert_uint_lt(shard_on(cpu), 8);
}
END_TEST

START_TEST(a_process_on_one_cpu_has_one_shard)
{
	allow(700, 1, 1);
	ck_assert_uint_eq(cpu_shards, 1);
	for (int cpu = -1; cpu < CPU_SETSIZE + 1; cpu++)
		ck_assert_uint_eq(shard_on(cpu), 0);
}
END_TEST

START_TEST(a_large_machine_shares_the_shards_evenly)
{
	unsigned cpus_of[CPU_SHARDS_MAX] = { 0 };

	allow(0, CPU_SHARDS_MAX * 3, 1);
	ck_assert_uint_eq(cpu_shards, CPU_SHARDS_MAX);
	for (int cpu = 0; cpu < CPU_SHARDS_MAX * 3; cpu++) {
		ck_assert_uint_lt(shard_on(cpu), CPU_SHARDS_MAX);
		cpus_of[shard_on(cpu)]++;
	}
	for (unsigned i = 0; i < CPU_SHARDS_MAX; i++)
		ck_assert_uint_eq(cpus_of[i], 3);
}
END_TEST

START_TEST(exactly_as_many_cpus_as_shards_have_one_each)
{
	bool seen[CPU_SHARDS_MAX] = { false };
	allow(0, CPU_SHARDS_MAX, 1);
	ck_assert_uint_eq(cpu_shards, CPU_SHARDS_MAX);
	for (int cpu = 0; cpu < CPU_SHARDS_MAX; cpu++) {
		ck_assert(!seen[shard_on(cpu)]);
		seen[shard_on(cpu)] = true;
	}
}
END_TEST

START_TEST(a_cpu_number_that_cannot_be_had_is_the_first_shard)
{
	allow(0, 4, 1);
	ck_assert_uint_eq(shard_on(2), 2);
	ck_assert_uint_eq(shard_on(-1), 0);
	ck_assert_uint_eq(shard_on(CPU_SETSIZE), 0);
	ck_assert_uint_eq(shard_on(1 << 20), 0);
}
END_TEST

START_TEST(a_mask_that_cannot_be_had_is_one_shard)
{
	refused = true;
	allow(0, 4, 1);
	ck_assert_uint_eq(cpu_shards, 1);
	ck_assert_uint_eq(shard_on(3), 0);
}
END_TEST

START_TEST(an_empty_mask_is_one_shard)
{
	allow(0, 0, 1);
	ck_assert_uint_eq(cpu_shards, 1);
	ck_assert_uint_eq(shard_on(3), 0);
}
END_TEST

START_TEST(the_machine_we_are_on_is_seen_as_it_is)
{
	cpu_set_t here;
	unsigned expected = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof here, &here), 0);
	cpu_init();
	ck_assert_uint_eq(cpu_shards, (unsigned)CPU_COUNT(&here) < CPU_SHARDS_MAX ? (unsigned)CPU_COUNT(&here) : CPU_SHARDS_MAX);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && expected < CPU_SHARDS_MAX; cpu++) {
		cpu_set_t one;
		if (!CPU_ISSET(cpu, &here))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
		ck_assert_uint_eq(cpu_shard(), expected++);
	}
}
END_TEST

int
main(void)
{
	TCase *masks = tcase_create("masks");

	tcase_add_test(masks, every_allowed_cpu_has_a_shard_of_its_own);
	tcase_add_test(masks, a_cpu_that_is_not_allowed_shares_with_another);
	tcase_add_test(masks, a_process_on_one_cpu_has_one_shard);
	tcase_add_test(masks, a_large_machine_shares_the_shards_evenly);
	tcase_add_test(masks, exactly_as_many_cpus_as_shards_have_one_each);
	tcase_add_test(masks, a_cpu_number_that_cannot_be_had_is_the_first_shard);
	tcase_add_test(masks, a_mask_that_cannot_be_had_is_one_shard);
	tcase_add_test(masks, an_empty_mask_is_one_shard);
	tcase_add_test(masks, the_machine_we_are_on_is_seen_as_it_is);
	return unit_run("cpu", masks, NULL);
}
