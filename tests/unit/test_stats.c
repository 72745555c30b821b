/* stats: every row of the table is counted on whatever CPU, and none of them twice. */
#include "stats.h"
#include "unit.h"

#include <sched.h>
#include <string.h>

START_TEST(each_row_is_counted_by_itself)
{
	uint64_t n = 10, rows = 0;
#define COUNTER(field, meaning) stats_count(3, field, n++), rows++;
#include "stats.def"
#undef COUNTER
	n = 10;
#define COUNTER(field, meaning)                                                                                                \
	ck_assert_uint_eq(stats_read(3, field), n++);                                                                          \
	ck_assert_uint_eq(stats_read(2, field), 0);                                                                            \
	ck_assert_uint_eq(stats_read(4, field), 0);
#include "stats.def"
#undef COUNTER
	stats_count(3, misses, 3);
	ck_assert_uint_eq(sizeof(struct counters), rows * sizeof(uint64_t));
}
END_TEST

START_TEST(a_figure_is_the_sum_of_all_cpus)
{
	cpu_shards = CPU_SHARDS_MAX;
	for (unsigned i = 0; i < cpu_shards; i++)
		atomic_store_explicit(&stats_sets[i].pool[1].misses, UINT64_C(1) << i, memory_order_relaxed);
	ck_assert_uint_eq(stats_read(1, misses), UINT64_MAX);
	ck_assert_uint_eq(stats_read(1, fetched), 0);
}
END_TEST

START_TEST(no_two_cpus_write_the_same_line)
{
	for (unsigned i = 0; i < CPU_SHARDS_MAX; i++)
		ck_assert_uint_eq((uintptr_t)&stats_sets[i] % CACHE_LINE, 0);
}
END_TEST

static void *
count(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 50000; i++) {
		stats_count(POOLS_MAX, released, 2);
		if (i % 1000 == 0)
			sched_yield(); /* and on another CPU, perhaps */
	}
	return NULL;
}

START_TEST(many_threads_count_without_loss)
{
	pthread_t threads[4];
	cpu_init();
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(count, NULL);
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert_uint_eq(stats_read(POOLS_MAX, released), 4 * 50000 * 2);
	ck_assert_uint_eq(stats_read(POOLS_MAX, fetched), 0);
}
END_TEST

START_TEST(every_row_has_a_name_of_its_own_and_a_meaning)
{
	static const char *names[] = {
#define COUNTER(field, meaning) #field,
#include "stats.def"
#undef COUNTER
	};
	static const char *meanings[] = {
#define COUNTER(field, meaning) meaning,
#include "stats.def"
#undef COUNTER
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		ck_assert_uint_gt(strlen(meanings[i]), 8);
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(meanings[i], meanings[j]);
	}
}
END_TEST

int
main(void)
{
	TCase *rows = tcase_create("rows");

	tcase_add_test(rows, each_row_is_counted_by_itself);
	tcase_add_test(rows, a_figure_is_the_sum_of_all_cpus);
	tcase_add_test(rows, no_two_cpus_write_the_same_line);
	tcase_add_test(rows, many_threads_count_without_loss);
	tcase_add_test(rows, every_row_has_a_name_of_its_own_and_a_meaning);
	return unit_run("stats", rows, NULL);
}
