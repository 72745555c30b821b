/* dump_prometheus: the exposition format, line by line, for a strict reader; what a collector makes of it is tests/preload/prometheus's. */
#include "dump.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "progname.h"

/* The threads of a dump are ours here: this definition takes the place of snapshot.c's. */
static struct thread_figures threads[8];
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
static char page[256 << 10];

static void
set_up(void)
{
	static char kettle[] = "kettle";

	options_load((char *const[]){ (char[]){ "TIDEPOOL_DUMP=/x/tidepool.prom" }, NULL }, false);
	memset(&snapshot, 0, sizeof(snapshot));
	thread_count = 0;
	progname = kettle;
}

static void
dump(void)
{
	struct writer w;

	writer_init(&w, page, sizeof(page), -1);
	dump_prometheus(&w, &snapshot, "none");
	ck_assert(writer_terminate(&w));
}

static void
expect_line(const char *line)
{
	char with_ends[300];

	snprintf(with_ends, sizeof(with_ends), "\n%s\n", line);
	ck_assert_msg(strstr(page, with_ends) != NULL, "no line %s in:\n%s", line, page);
}

/* --- a strict reader ------------------------------------------------------------------------------------------------------ */

#define FAMILIES_MAX 64
static char family[FAMILIES_MAX][64];
static unsigned families;

static size_t
name_length(const char *s)
{
	size_t n = 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* `# HELP name text` and `# TYPE name kind`, of one family that was not there before. */
static const char *
read_family(const char *at)
{
	const char *name = at + strlen("# HELP ");
	size_t n = name_length(name);
	char type[200];

	ck_assert_msg(strncmp(at, "# HELP tidepool_", 16) == 0, "no HELP: %.60s", at);
	ck_assert_uint_lt(families, FAMILIES_MAX);
	snprintf(family[families], sizeof(family[0]), "%.*s", (int)n, name);
	for (unsigned i = 0; i < families; i++)
		ck_assert_msg(strcmp(family[i], family[families]) != 0, "%s twice", family[i]);
	at = strchr(at, '\n') + 1;
	snprintf(type, sizeof(type), "# TYPE %.63s ", family[families]);
	ck_assert_msg(strncmp(at, type, strlen(type)) == 0, "no TYPE of %s: %.60s", family[families], at);
	bool counter = strncmp(at + strlen(type), "counter\n", 8) == 0;
	ck_assert(counter || strncmp(at + strlen(type), "gauge\n", 6) == 0);
	bool total = n > 6 && strncmp(name + n - 6, "_total", 6) == 0;
	ck_assert_msg(counter == total, "%s: counters end in _total, and no other", family[families]);
	families++;
	return strchr(at, '\n') + 1;
}

/* `name{label="value",…} number`, of the family that was begun last. */
static const char *
read_series(const char *at)
{
	size_t n = name_length(at);

	ck_assert_uint_gt(families, 0);
	ck_assert_msg(strlen(family[families - 1]) == n && strncmp(at, family[families - 1], n) == 0, "%.60s in %s", at, family[families - 1]);
	at += n;
	if (*at == '{') {
		do {
			at++;
			ck_assert_uint_gt(n = name_length(at), 0);
			at += n;
			ck_assert(at[0] == '=' && at[1] == '"');
			for (at += 2; *at != '"'; at++) {
				ck_assert_int_ne(*at, '\n');
				if (*at == '\\')
					at++;
			}
			at++;
		} while (*at == ',');
		ck_assert_int_eq(*at, '}');
		at++;
	}
	ck_assert_int_eq(*at, ' ');
	n = strspn(at + 1, "0123456789.");
	ck_assert_uint_gt(n, 0);
	ck_assert_int_eq(at[1 + n], '\n');
	return at + 1 + n + 1;
}

static void
read_all(void)
{
	families = 0;
	for (const char *at = page; *at != '\0';)
		at = *at == '#' ? read_family(at) : read_series(at);
	/* no series twice */
	for (char *line = page, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char key[300];
		snprintf(key, sizeof(key), "\n%.*s", (int)strcspn(line, " ") + 1, line);
		if (*line != '#')
			ck_assert_msg(strstr(end, key) == NULL, "twice: %s", key);
	}
}

/* --- what is written ------------------------------------------------------------------------------------------------------ */

static void
fill(void)
{
	snapshot.uptime_ms = 5000;
	snapshot.wall_ms = 1700000005123;
	snapshot.classes = 3;
	snapshot.class[0].size = 8;
	snapshot.class[1] = (struct class_figures){ .size = 64, .gets = 101, .puts = 102, .hits_private = 103, .hits_shared = 104,
		.hits_steal = 105, .hits_victim = 106, .misses = 107, .fetched = 108, .released = 109, .passed_through = 110,
		.cached_bytes = 113, .live_bytes = 115, .cross_thread_puts = 51 };
	snapshot.class[2] = (struct class_figures){ .size = 1048576, .gets = 3 };
	snapshot.total = (struct class_figures){ .passed_through = 117, .private_bytes = 201, .shared_bytes = 202, .victim_bytes = 203,
		.live_bytes = 204, .released_bytes = 205 };
	snapshot.epoch.number = 300;
	for (unsigned i = 0; i < ROTATION_CAUSES; i++)
		snapshot.epoch.rotations[i] = 301 + i;
	snapshot.epoch.released_bytes = 306;
	snapshot.epoch.skipped_bins = 307;
	snapshot.epoch.rotating_ns = 1234567890;
	snapshot.epoch.idle_drain = true;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.allocated = 400;
	snapshot.jemalloc.active = 500;
	snapshot.jemalloc.age_ms = 250;
	snapshot.threads = 7;
	threads[0] = (struct thread_figures){ .tid = 1, .name = "a\"b", .cached_bytes = 601 };
	threads[1] = (struct thread_figures){ .tid = 2, .cached_bytes = 602 };
	thread_count = 2;
}

START_TEST(an_empty_process_is_well_formed)
{
	dump();
	read_all();
	ck_assert_ptr_null(strstr(page, "tidepool_jemalloc")); /* not sampled: not there, rather than 0 */
}
END_TEST

START_TEST(each_figure_has_its_series)
{
	static const char *const lines[] = {
		"tidepool_info{version=\"" PACKAGE_VERSION "\"} 1", "tidepool_start_time_seconds 1700000000.123",
		"tidepool_dump_time_seconds 1700000005.123", "tidepool_gets_total{class=\"64\"} 101", "tidepool_puts_total{class=\"64\"} 102",
		"tidepool_hits_total{class=\"64\",level=\"private\"} 103", "tidepool_hits_total{class=\"64\",level=\"shared\"} 104",
		"tidepool_hits_total{class=\"64\",level=\"steal\"} 105", "tidepool_hits_total{class=\"64\",level=\"victim\"} 106",
		"tidepool_misses_total{class=\"64\"} 107", "tidepool_fetched_total{class=\"64\"} 108", "tidepool_released_total{class=\"64\"} 109",
		"tidepool_passed_through_total{class=\"64\"} 110", "tidepool_passed_through_total{class=\"none\"} 7",
		"tidepool_class_cached_bytes{class=\"64\"} 113", "tidepool_class_live_bytes{class=\"64\"} 115",
		"tidepool_cross_thread_puts{class=\"64\"} 51", "tidepool_gets_total{class=\"1048576\"} 3",
		"tidepool_cached_bytes{level=\"private\"} 201", "tidepool_cached_bytes{level=\"shared\"} 202",
		"tidepool_cached_bytes{level=\"victim\"} 203", "tidepool_live_bytes 204", "tidepool_released_bytes_total 205",
		"tidepool_epoch 300", "tidepool_rotations_total{cause=\"timer\"} 301", "tidepool_rotations_total{cause=\"budget\"} 302",
		"tidepool_rotations_total{cause=\"pressure\"} 303", "tidepool_rotations_total{cause=\"manual\"} 304",
		"tidepool_rotation_released_bytes_total 306", "tidepool_skipped_bins_total 307", "tidepool_rotating_seconds_total 1.234567890",
		"tidepool_idle_drain 1", "tidepool_epoch_thread 0", "tidepool_threads 7", "tidepool_top_thread_cached_bytes{rank=\"1\"} 602",
		"tidepool_top_thread_cached_bytes{rank=\"2\"} 601", "tidepool_top_thread_cached_bytes{rank=\"5\"} 0",
		"tidepool_jemalloc_bytes{kind=\"allocated\"} 400", "tidepool_jemalloc_bytes{kind=\"active\"} 500",
		"tidepool_jemalloc_fragmentation_ratio 1.250", "tidepool_jemalloc_sample_age_seconds 0.250",
	};

	fill();
	dump();
	read_all();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_line(lines[i]);
	ck_assert_ptr_null(strstr(page, "class=\"8\"")); /* never used */
	ck_assert_ptr_null(strstr(page, "pid=")); /* the pattern has no %p: the series go on when the process is started anew */
	ck_assert_ptr_null(strstr(page, "program="));
}
END_TEST

START_TEST(files_that_lie_side_by_side_have_labels_that_tell_them_apart)
{
	static char weird[] = "a\"b\\c\n\303";
	char line[200];

	progname = weird;
	options_load((char *const[]){ (char[]){ "TIDEPOOL_DUMP=/x/%e.%p.prom" }, NULL }, false);
	fill();
	dump();
	read_all();
	snprintf(line, sizeof(line), "tidepool_gets_total{class=\"64\",pid=\"%d\",program=\"a\\\"b\\\\c??\"} 101", (int)getpid());
	expect_line(line);
	snprintf(line, sizeof(line), "tidepool_epoch{pid=\"%d\",program=\"a\\\"b\\\\c??\"} 300", (int)getpid());
	expect_line(line);
	options_load((char *const[]){ (char[]){ "TIDEPOOL_DUMP=/x/100%%p.prom" }, NULL }, false); /* a percent sign and a p */
	dump();
	ck_assert_ptr_null(strstr(page, "pid="));
}
END_TEST

START_TEST(the_largest_figures_are_numbers)
{
	snapshot.classes = POOLS_MAX;
	memset(snapshot.class, 0xff, sizeof(snapshot.class));
	for (unsigned i = 0; i < POOLS_MAX; i++)
		snapshot.class[i].size = i + 1;
	memset(&snapshot.total, 0xff, sizeof(snapshot.total));
	snapshot.epoch.rotating_ns = UINT64_MAX;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.active = UINT64_MAX;
	snapshot.jemalloc.allocated = 1;
	dump();
	read_all();
	expect_line("tidepool_gets_total{class=\"1\"} 18446744073709551615");
	expect_line("tidepool_rotating_seconds_total 18446744073.709551615");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump_prometheus");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_test(all, an_empty_process_is_well_formed);
	tcase_add_test(all, each_figure_has_its_series);
	tcase_add_test(all, files_that_lie_side_by_side_have_labels_that_tell_them_apart);
	tcase_add_test(all, the_largest_figures_are_numbers);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
