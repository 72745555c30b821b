/* dump_text: the page for a person, word for word. */
#include "dump.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "progname.h"

/* The threads of a dump are ours here: this definition takes the place of snapshot.c's. */
#define THREADS_MAX 64
static struct thread_figures threads[THREADS_MAX];
static unsigned thread_count;

bool
snapshot_thread(const void **cursor, struct thread_figures *out)
{
	const struct thread_figures *next = *cursor ? (const struct thread_figures *)*cursor + 1 : threads;

	if (next == threads + thread_count)
		return false;
	*cursor = next;
	*out = *next;
	return true;
}

static struct snapshot snapshot;
static char page[64 << 10];
static char expected[8 << 10];

static void
set_up(void)
{
	static char kettle[] = "kettle";

	options_load(NULL, false);
	memset(&snapshot, 0, sizeof(snapshot));
	thread_count = 0;
	progname = kettle;
}

static void
load(const char *first, const char *second)
{
	char a[100], b[100];

	snprintf(a, sizeof(a), "%s", first);
	snprintf(b, sizeof(b), "%s", second);
	options_load((char *const[]){ a, b, NULL }, false);
}

static const char *
text(const char *signal_state)
{
	struct writer w;

	writer_init(&w, page, sizeof(page), -1);
	dump_text(&w, &snapshot, signal_state);
	ck_assert(writer_terminate(&w));
	return page;
}

static void
add_thread(int tid, const char *name, uint64_t cached_bytes, uint64_t gets)
{
	struct thread_figures *t = &threads[thread_count++];

	*t = (struct thread_figures){ .tid = tid, .cached_bytes = cached_bytes, .gets = gets };
	snprintf(t->name, sizeof(t->name), "%s", name);
}

START_TEST(a_busy_process_on_one_page)
{
	load("TIDEPOOL_EPOCH=250ms", "TIDEPOOL_RESET=zero");
	snapshot.uptime_ms = 12307123;
	snapshot.classes = 3;
	snapshot.class[0] = (struct class_figures){ .size = 64, .gets = 1000, .puts = 980, .hits_private = 900, .hits_shared = 50,
		.hits_steal = 5, .hits_victim = 25, .misses = 20, .fetched = 200, .released = 100, .cached_objects = 80,
		.victim_objects = 16, .cached_bytes = 5120, .victim_bytes = 1024, .live_bytes = 1280 };
	snapshot.class[1] = (struct class_figures){ .size = 80 };
	snapshot.class[2] = (struct class_figures){ .size = 1048576, .gets = 3, .puts = 2, .misses = 3, .fetched = 3,
		.cached_objects = 2, .cached_bytes = 2097152, .live_bytes = 1048576, .passed_through = 1 };
	snapshot.total = (struct class_figures){ .gets = 1003, .puts = 982, .hits_private = 900, .hits_shared = 50,
		.hits_steal = 5, .hits_victim = 25, .misses = 23, .fetched = 203, .released = 100, .passed_through = 7,
		.cached_objects = 82, .victim_objects = 16, .cached_bytes = 2102272, .victim_bytes = 1024, .live_bytes = 1049856 };
	snapshot.epoch.number = 121;
	snapshot.epoch.rotations[ROTATION_TIMER] = 118;
	snapshot.epoch.rotations[ROTATION_BUDGET] = 2;
	snapshot.epoch.rotations[ROTATION_MANUAL] = 1;
	snapshot.epoch.released_objects = 96;
	snapshot.epoch.released_bytes = 6144;
	snapshot.epoch.skipped_bins = 4;
	snapshot.epoch.rotating_ns = 12345678;
	snapshot.total.private_bytes = 2000000;
	snapshot.total.shared_bytes = 5120;
	snapshot.total.cross_thread_puts = 121;
	snapshot.since = (struct snapshot_since){ .known = true, .ms = 4000, .gets = 1000, .puts = 801, .misses = 3, .released_bytes = 3072 };
	snapshot.epoch.idle_drain = true;
	snapshot.epoch.background = true;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.allocated = 210u << 20;
	snapshot.jemalloc.active = 220u << 20;
	snapshot.jemalloc.resident = 250u << 20;
	snapshot.jemalloc.mapped = 300u << 20;
	snapshot.jemalloc.retained = 1536;
	snapshot.jemalloc.age_ms = 3249;
	add_thread(70001, "kettle", 4096, 3);
	add_thread(70002, "spout", 2098176, 1000);

	snprintf(expected, sizeof(expected),
	    "tidepool " PACKAGE_VERSION " in kettle, pid %d, up 3h 25m 07s\n"
	    "\n"
	    "cached         2.0M   1K of it victims, the next to go back; 1.0M are in use by the program\n"
	    "                      private 1.9M, shared 5K, victim 1K\n"
	    "hit rate      97.7%%   private 900, shared 50, steal 5, victim 25; misses 23\n"
	    "given back       6K   96 objects in 121 rotations; idle threads are drained\n"
	    "lately           3K   given back since the last dump, 4s ago; 250 gets/s, 200 puts/s, 0 misses/s\n"
	    "\n"
	    "signal      SIGRTMIN+11\n"
	    "settings    TIDEPOOL_EPOCH=250ms\n"
	    "            TIDEPOOL_RESET=zero\n"
	    "epoch       number 121, one every 250ms; its thread runs\n"
	    "rotations   118 by the timer, 2 by the budget, 0 by pressure, 1 by hand; 4 bins skipped\n"
	    "            12.345 ms were spent rotating\n"
	    "\n"
	    "                                served by, in %% of the gets          bytes in pool  from/to jemalloc\n"
	    "   size        gets        puts private shared steal victim   misses cached victim  fetched released\n"
	    "     64        1000         980    90.0    5.0   0.5    2.5       20     5K     1K      200      100\n"
	    "1048576           3           2     0.0    0.0   0.0    0.0        3     2M      0        3        0\n"
	    "    all        1003         982    89.7    4.9   0.4    2.4       23   2.0M     1K      203      100\n"
	    "            2 of 3 pooled sizes were used; 7 calls went past the pools\n"
	    "            at least 12.3%% of the puts were of objects that another thread had got\n"
	    "\n"
	    "    tid thread            cached        gets\n"
	    "  70002 spout               2.0M        1000\n"
	    "  70001 kettle                4K           3\n"
	    "\n"
	    "jemalloc    allocated 210M, active 220M, resident 250M, mapped 300M, retained 1.5K\n"
	    "            sampled 3.2 s ago; fragmentation (active / allocated) 1.047\n",
	    (int)getpid());
	ck_assert_str_eq(text("SIGRTMIN+11"), expected);
}
END_TEST

START_TEST(a_process_that_has_done_nothing)
{
	snapshot.uptime_ms = 7;
	snapshot.classes = 1;
	snapshot.class[0].size = 8;
	snapshot.epoch.idle_drain_why = "membarrier was refused";
	snprintf(expected, sizeof(expected),
	    "tidepool " PACKAGE_VERSION " in kettle, pid %d, up 7ms\n"
	    "\n"
	    "cached            0   0 of it victims, the next to go back; 0 are in use by the program\n"
	    "                      private 0, shared 0, victim 0\n"
	    "hit rate          -   nothing has been asked for yet\n"
	    "given back        0   0 objects in 0 rotations; IDLE THREADS KEEP THEIRS: membarrier was refused\n"
	    "\n"
	    "signal      none\n"
	    "settings    all at their defaults\n"
	    "epoch       number 0, one every 1s; no thread runs for it\n"
	    "rotations   0 by the timer, 0 by the budget, 0 by pressure, 0 by hand; 0 bins skipped\n"
	    "            0.000 ms were spent rotating\n"
	    "\n"
	    "                                served by, in %% of the gets          bytes in pool  from/to jemalloc\n"
	    "   size        gets        puts private shared steal victim   misses cached victim  fetched released\n"
	    "    all           0           0       -      -     -      -        0      0      0        0        0\n"
	    "            0 of 1 pooled sizes were used; 0 calls went past the pools\n"
	    "            at least 0.0%% of the puts were of objects that another thread had got\n"
	    "\n"
	    "no thread holds anything\n"
	    "\n"
	    "jemalloc    not sampled yet\n",
	    (int)getpid());
	ck_assert_str_eq(text("none"), expected);
}
END_TEST

START_TEST(stepped_aside_it_says_so_first)
{
	snapshot.aside = "own has its\nown malloc";
	ck_assert_ptr_nonnull(strstr(text("none"), "\n\nASIDE       own has its?own malloc; nothing is pooled\ncached  "));
}
END_TEST

START_TEST(without_an_epoch_it_says_that_nothing_goes_back)
{
	load("TIDEPOOL_EPOCH=off", "TIDEPOOL_BACKGROUND=off");
	text("none");
	ck_assert_ptr_nonnull(strstr(page, "; NOTHING GOES BACK BY ITSELF: TIDEPOOL_EPOCH=off\n"));
	ck_assert_ptr_nonnull(strstr(page, "epoch       number 0; no thread runs for it\n"));
}
END_TEST

/* Digits of one column must not touch those of the next: twelve figures in each row of the table. */
START_TEST(the_largest_figures_do_not_run_together)
{
	const char *row;
	unsigned words = 0;

	snapshot.classes = 1;
	memset(&snapshot.class[0], 0xff, sizeof(snapshot.class[0]));
	memset(&snapshot.total, 0xff, sizeof(snapshot.total));
	text("none");
	row = strstr(page, "18446744073709551615 18446744073709551615 18446744073709551615");
	ck_assert_ptr_nonnull(row);
	while (*row != '\n') {
		words += *row != ' ' && (row[1] == ' ' || row[1] == '\n');
		row++;
	}
	ck_assert_uint_eq(words, 12);
}
END_TEST

START_TEST(normal_figures_fit_in_100_columns)
{
	struct class_figures full = { .size = 33554432, .gets = 99999999999, .puts = 99999999999, .hits_private = 99999999999,
		.misses = 99999999, .fetched = 99999999, .released = 99999999, .cached_bytes = 1023u << 20, .victim_bytes = 1023u << 20,
		.live_bytes = (1023u << 20) - 12345 };

	snapshot.uptime_ms = UINT64_C(1000) * 86400 * 1000;
	snapshot.classes = 1;
	snapshot.total = snapshot.class[0] = full;
	snapshot.class[0].size = 1048576;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.allocated = snapshot.jemalloc.active = snapshot.jemalloc.resident = snapshot.jemalloc.mapped =
	    snapshot.jemalloc.retained = full.live_bytes;
	add_thread(4194304, "fifteen-letters", full.live_bytes, 99999999999);
	text("SIGRTMIN+11");
	for (const char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 100, "%zu columns: %s", strlen(line), line);
}
END_TEST

START_TEST(of_many_threads_the_five_with_most_are_shown)
{
	char line[100];
	const char *at = NULL;

	for (unsigned i = 0; i < THREADS_MAX; i++) /* 27 has no common divisor with 64: every amount from 0 to 63 KiB, mixed */
		add_thread(1000 + (int)(i * 27 % THREADS_MAX), "w", (uint64_t)(i * 27 % THREADS_MAX) << 10, i);
	text("none");
	for (unsigned kib = 63; kib >= 59; kib--) {
		snprintf(line, sizeof(line), "   %u w                    %uK", 1000 + kib, kib);
		const char *found = strstr(page, line);
		ck_assert_msg(found && found > at, "no line, or out of order: %s", line);
		at = found;
	}
	ck_assert_ptr_null(strstr(page, "\n   1058 "));
	ck_assert_ptr_nonnull(strstr(page, "\n        ... and 59 more with 1.7M\n")); /* 0 + 1 + … + 58 = 1711 K */
}
END_TEST

START_TEST(names_cannot_break_lines)
{
	static char program[] = "a\nb\033[31m";

	progname = program;
	add_thread(5, "x\ny\t\177", 1, 1);
	text("none");
	ck_assert_ptr_nonnull(strstr(page, " in a?b?[31m, pid "));
	ck_assert_ptr_nonnull(strstr(page, "      5 x?y??  "));
	ck_assert_ptr_null(strchr(page, '\033'));
}
END_TEST

static const struct { uint64_t ms; const char *text; } times[] = {
	{ 0, "up 0ms\n" }, { 999, "up 999ms\n" }, { 1000, "up 1s\n" }, { 59999, "up 59.999s\n" }, { 60000, "up 1m 00s\n" },
	{ 3599999, "up 59m 59s\n" }, { 3600000, "up 1h 00m 00s\n" }, { 86399999, "up 23h 59m 59s\n" },
	{ 86400000, "up 1d 00h 00m\n" }, { UINT64_C(86400000) * 12 + 11040000, "up 12d 03h 04m\n" },
};

START_TEST(the_uptime_has_the_units_of_a_person)
{
	snapshot.uptime_ms = times[_i].ms;
	ck_assert_ptr_nonnull(strstr(text("none"), times[_i].text));
}
END_TEST

START_TEST(a_hit_rate_is_never_rounded_up_to_all)
{
	snapshot.total = (struct class_figures){ .gets = 1000000, .hits_private = 999999, .misses = 1 };
	ck_assert_ptr_nonnull(strstr(text("none"), "hit rate      99.9%   private 999999,"));
	snapshot.total = (struct class_figures){ .gets = 1000000, .hits_private = 1000000 };
	ck_assert_ptr_nonnull(strstr(text("none"), "hit rate     100.0%   private 1000000,"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump_text");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_test(all, a_busy_process_on_one_page);
	tcase_add_test(all, a_process_that_has_done_nothing);
	tcase_add_test(all, stepped_aside_it_says_so_first);
	tcase_add_test(all, without_an_epoch_it_says_that_nothing_goes_back);
	tcase_add_test(all, the_largest_figures_do_not_run_together);
	tcase_add_test(all, normal_figures_fit_in_100_columns);
	tcase_add_test(all, of_many_threads_the_five_with_most_are_shown);
	tcase_add_test(all, names_cannot_break_lines);
	tcase_add_loop_test(all, the_uptime_has_the_units_of_a_person, 0, (int)(sizeof(times) / sizeof(times[0])));
	tcase_add_test(all, a_hit_rate_is_never_rounded_up_to_all);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
