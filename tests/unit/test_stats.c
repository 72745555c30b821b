/* stats: every row of the table is counted, moved and added, and none of them twice. */
#include "stats.h"
#include "unit.h"

#include <string.h>

static struct counters mine, sum;

/* A different figure for each row. */
static void
fill(struct counters *c, uint64_t from)
{
#define COUNTER(field, meaning) stats_count_owner(c, field, from++);
#include "stats.def"
#undef COUNTER
}

START_TEST(each_row_is_counted_by_itself)
{
	uint64_t n = 10;
	fill(&mine, 10);
#define COUNTER(field, meaning) ck_assert_uint_eq(stats_read(&mine, field), n++);
#include "stats.def"
#undef COUNTER
	stats_count_owner(&mine, misses, 3);
	ck_assert_uint_eq(sizeof mine, (n - 10) * sizeof(uint64_t));
}
END_TEST

START_TEST(a_retired_thread_is_in_the_figures_of_the_process_and_nowhere_else)
{
	uint64_t n = 107;
	fill(&stats_process[3], 100);
	fill(&mine, 7);
	stats_retire(3, &mine);
#define COUNTER(field, meaning)                                                                                                \
	ck_assert_uint_eq(stats_read(&stats_process[3], field), n);                                                            \
	ck_assert_uint_eq(stats_read(&stats_process[2], field), 0);                                                            \
	ck_assert_uint_eq(stats_read(&mine, field), 0);                                                                        \
	n += 2;
#include "stats.def"
#undef COUNTER
	stats_retire(3, &mine); /* nothing is left to count twice */
	ck_assert_uint_eq(stats_read(&stats_process[3], gets_spare), 107);
}
END_TEST

START_TEST(a_sum_has_every_row_and_leaves_its_parts)
{
	uint64_t n = 0;
	fill(&sum, 1000);
	fill(&mine, 5);
	stats_add(&sum, &mine);
#define COUNTER(field, meaning)                                                                                                \
	ck_assert_uint_eq(stats_read(&sum, field), 1005 + 2 * n);                                                              \
	ck_assert_uint_eq(stats_read(&mine, field), 5 + n);                                                                    \
	n++;
#include "stats.def"
#undef COUNTER
}
END_TEST

static void *
count(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 50000; i++)
		stats_count(POOLS_MAX, released, 2);
	return NULL;
}

START_TEST(many_threads_count_in_the_process_without_loss)
{
	pthread_t threads[4];
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(count, NULL);
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert_uint_eq(stats_read(&stats_process[POOLS_MAX], released), 4 * 50000 * 2);
	ck_assert_uint_eq(stats_read(&stats_process[POOLS_MAX], fetched), 0);
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
	tcase_add_test(rows, a_retired_thread_is_in_the_figures_of_the_process_and_nowhere_else);
	tcase_add_test(rows, a_sum_has_every_row_and_leaves_its_parts);
	tcase_add_test(rows, many_threads_count_in_the_process_without_loss);
	tcase_add_test(rows, every_row_has_a_name_of_its_own_and_a_meaning);
	return unit_run("stats", rows, NULL);
}
