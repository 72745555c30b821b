/* dump_json: what it writes is JSON for a strict reader, whatever the figures and names are, and has the keys that are promised. */
#include "dump.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "progname.h"

/* The threads of a dump are ours here: this definition takes the place of snapshot.c's. */
static struct thread_figures threads[4];
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

/* --- a strict reader (RFC 8259) that notes the path and the raw text of every value ------------------------------------------- */

#define PATH_BYTES 100
#define VALUES_MAX 6000

struct value {
	char path[PATH_BYTES]; /* epoch.rotations.timer, classes[].size */
	const char *raw;
	size_t length;
};
static struct value values[VALUES_MAX];
static unsigned value_count;
static const char *at;

static void read_value(const char *path);

static void
skip_blanks(void)
{
	while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
		at++;
}

static void
expect(char c)
{
	skip_blanks();
	ck_assert_msg(*at == c, "'%c' is missing at: %.40s", c, at);
	at++;
}

/* The bytes of one UTF-8 character; 0: it is none. */
static unsigned
utf8(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned more = u[0] < 0x80 ? 0 : u[0] >= 0xc2 && u[0] < 0xe0 ? 1 : u[0] >= 0xe0 && u[0] < 0xf0 ? 2 : u[0] >= 0xf0 && u[0] < 0xf5 ? 3 : 9;

	if (more == 9)
		return 0;
	for (unsigned i = 1; i <= more; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) || (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return more + 1;
}

static void
read_string(void)
{
	expect('"');
	while (*at != '"') {
		ck_assert_msg((unsigned char)*at >= 0x20, "a bare control character in a string");
		if (*at == '\\') {
			at++;
			ck_assert_msg(*at && strchr("\"\\/bfnrtu", *at), "no such escape: \\%c", *at);
			if (*at == 'u') {
				ck_assert_uint_eq(strspn(at + 1, "0123456789abcdefABCDEF") >= 4, 1);
				at += 4;
			}
			at++;
		} else {
			unsigned bytes = utf8(at);
			ck_assert_msg(bytes > 0, "not UTF-8");
			at += bytes;
		}
	}
	at++;
}

static void
read_number(void)
{
	size_t digits;

	at += *at == '-';
	digits = strspn(at, "0123456789");
	ck_assert_msg(digits > 0 && (digits == 1 || *at != '0'), "no number: %.40s", at);
	at += digits;
	if (*at == '.') {
		digits = strspn(++at, "0123456789");
		ck_assert_uint_gt(digits, 0);
		at += digits;
	}
}

static void
read_word(const char *word)
{
	ck_assert_msg(strncmp(at, word, strlen(word)) == 0, "no value: %.40s", at);
	at += strlen(word);
}

static void
read_object(const char *path)
{
	char inner[PATH_BYTES];

	expect('{');
	skip_blanks();
	if (*at == '}') {
		at++;
		return;
	}
	for (;;) {
		skip_blanks();
		const char *key = at + 1;
		read_string();
		ck_assert_uint_lt((size_t)snprintf(inner, sizeof(inner), "%s%s%.*s", path, *path ? "." : "", (int)(at - 1 - key), key),
		    sizeof(inner));
		expect(':');
		read_value(inner);
		skip_blanks();
		if (*at != ',')
			break;
		at++;
	}
	expect('}');
}

static void
read_array(const char *path)
{
	char inner[PATH_BYTES];

	ck_assert_uint_lt((size_t)snprintf(inner, sizeof(inner), "%s[]", path), sizeof(inner));
	expect('[');
	skip_blanks();
	if (*at == ']') {
		at++;
		return;
	}
	for (;;) {
		read_value(inner);
		skip_blanks();
		if (*at != ',')
			break;
		at++;
	}
	expect(']');
}

static void
read_value(const char *path)
{
	struct value *v = &values[value_count++];

	ck_assert_uint_lt(value_count, VALUES_MAX);
	skip_blanks();
	snprintf(v->path, sizeof(v->path), "%s", path);
	v->raw = at;
	switch (*at) {
	case '{': read_object(path); break;
	case '[': read_array(path); break;
	case '"': read_string(); break;
	case 't': read_word("true"); break;
	case 'f': read_word("false"); break;
	case 'n': read_word("null"); break;
	default: read_number(); break;
	}
	v->length = (size_t)(at - v->raw);
}

/* The n-th value of the path, as it is written. */
static const char *
get(const char *path, unsigned n)
{
	static char raw[4096];

	for (unsigned i = 0; i < value_count; i++) {
		if (strcmp(values[i].path, path) == 0 && n-- == 0) {
			ck_assert_uint_lt(values[i].length, sizeof(raw));
			memcpy(raw, values[i].raw, values[i].length);
			raw[values[i].length] = '\0';
			return raw;
		}
	}
	ck_abort_msg("no %s", path);
	return NULL;
}

/* --- the dump --------------------------------------------------------------------------------------------------------------- */

static struct snapshot snapshot;
static char page[256 << 10];

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
dump(const char *signal_state)
{
	struct writer w;

	writer_init(&w, page, sizeof(page), -1);
	dump_json(&w, &snapshot, signal_state);
	ck_assert(writer_terminate(&w));
	at = page;
	value_count = 0;
	read_value("");
	skip_blanks();
	ck_assert_msg(*at == '\0', "something follows: %.40s", at);
	/* No key twice in one object: arrays apart, a path is there once. */
	for (unsigned i = 0; i < value_count; i++)
		for (unsigned j = 0; j < i && strchr(values[i].path, '[') == NULL; j++)
			if (strcmp(values[i].path, values[j].path) == 0)
				ck_abort_msg("%s twice", values[i].path);
}

/* name, and what an empty snapshot has there (NULL: asked for by another test) */
static const struct { const char *path, *raw; } promised[] = {
	{ "schema", "1" }, { "version", "\"" PACKAGE_VERSION "\"" }, { "pid", NULL }, { "program", "\"kettle\"" },
	{ "uptime_seconds", "0.000" }, { "signal", "\"SIGRTMIN+11\"" }, { "settings", NULL },
	{ "epoch.number", "0" }, { "epoch.period_seconds", "1.000" }, { "epoch.rotations.timer", "0" },
	{ "epoch.rotations.budget", "0" }, { "epoch.rotations.pressure", "0" }, { "epoch.rotations.manual", "0" },
	{ "epoch.released_objects", "0" }, { "epoch.released_bytes", "0" }, { "epoch.skipped_bins", "0" },
	{ "epoch.idle_drain", "false" },
	{ "totals.gets", "0" }, { "totals.puts", "0" }, { "totals.hits.private", "0" }, { "totals.hits.shared", "0" },
	{ "totals.hits.steal", "0" }, { "totals.hits.victim", "0" }, { "totals.misses", "0" }, { "totals.fetched", "0" },
	{ "totals.released", "0" }, { "totals.passed_through", "0" }, { "totals.cached_bytes", "0" }, { "totals.victim_bytes", "0" },
	{ "totals.live_bytes", "0" }, { "totals.hit_rate", "null" }, { "totals.cross_thread_share", "null" },
	{ "since_last_dump", "null" }, { "top_threads", "[]" }, { "jemalloc.fragmentation", "null" }, { "time_seconds", "0.000" }, { "aside", "null" },
	{ "epoch.rotating_seconds", "0.000000000" }, { "classes", "[]" }, { "threads", "[]" },
	{ "jemalloc.allocated", "0" }, { "jemalloc.active", "0" }, { "jemalloc.resident", "0" }, { "jemalloc.mapped", "0" },
	{ "jemalloc.retained", "0" }, { "jemalloc.sampled_seconds_ago", "null" },
};

START_TEST(an_empty_dump_has_every_promised_key)
{
	dump("SIGRTMIN+11");
	const char *raw = get(promised[_i].path, 0);
	if (promised[_i].raw)
		ck_assert_str_eq(raw, promised[_i].raw);
}
END_TEST

START_TEST(each_figure_stands_under_its_own_key)
{
	struct class_figures *c = &snapshot.class[1];

	snapshot.uptime_ms = 123456;
	snapshot.classes = 2;
	snapshot.class[0].size = 8;
	*c = (struct class_figures){ .size = 64, .gets = 101, .puts = 102, .hits_private = 103, .hits_shared = 104, .hits_steal = 105,
		.hits_victim = 106, .misses = 107, .fetched = 108, .released = 109, .passed_through = 110, .cached_objects = 111,
		.victim_objects = 112, .cached_bytes = 113, .victim_bytes = 114, .live_bytes = 115,
		.private_objects = 116, .private_bytes = 117, .shared_bytes = 118, .released_bytes = 119, .cross_thread_puts = 51 };
	snapshot.total = (struct class_figures){ .gets = 201, .puts = 202, .hits_private = 203, .hits_shared = 204, .hits_steal = 205,
		.hits_victim = 206, .misses = 207, .fetched = 208, .released = 209, .passed_through = 210, .cached_bytes = 213,
		.victim_bytes = 214, .live_bytes = 215, .private_objects = 216, .private_bytes = 217, .shared_bytes = 218,
		.released_bytes = 219, .cross_thread_puts = 101 };
	snapshot.wall_ms = 1700000000123;
	snapshot.aside = "own has its own malloc";
	snapshot.epoch.rotating_ns = 3090000001;
	snapshot.since = (struct snapshot_since){ .known = true, .ms = 2500, .gets = 701, .puts = 702, .misses = 703, .fetched = 704,
		.released = 705, .released_bytes = 706, .rotations = 707, .rotating_ns = 708 };
	snapshot.epoch.number = 301;
	for (unsigned i = 0; i < ROTATION_CAUSES; i++)
		snapshot.epoch.rotations[i] = 302 + i;
	snapshot.epoch.released_objects = 306;
	snapshot.epoch.released_bytes = 307;
	snapshot.epoch.skipped_bins = 308;
	snapshot.epoch.idle_drain = snapshot.epoch.background = true;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.allocated = 401;
	snapshot.jemalloc.active = 402;
	snapshot.jemalloc.resident = 403;
	snapshot.jemalloc.mapped = 404;
	snapshot.jemalloc.retained = 405;
	snapshot.jemalloc.age_ms = 4060;
	threads[0] = (struct thread_figures){ .tid = 501, .name = "spout", .cached_bytes = 502, .gets = 503 };
	threads[1] = (struct thread_figures){ .tid = 601, .name = "lid", .cached_bytes = 602, .gets = 603 };
	thread_count = 2;
	dump("taken by the application");

	static const struct { const char *path, *raw; unsigned n; } rows[] = {
		{ "uptime_seconds", "123.456", 0 }, { "signal", "\"taken by the application\"", 0 },
		{ "classes[].size", "8", 0 }, { "classes[].gets", "0", 0 },
		{ "classes[].size", "64", 1 }, { "classes[].gets", "101", 1 }, { "classes[].puts", "102", 1 },
		{ "classes[].hits.private", "103", 1 }, { "classes[].hits.shared", "104", 1 }, { "classes[].hits.steal", "105", 1 },
		{ "classes[].hits.victim", "106", 1 }, { "classes[].misses", "107", 1 }, { "classes[].fetched", "108", 1 },
		{ "classes[].released", "109", 1 }, { "classes[].passed_through", "110", 1 }, { "classes[].cached_objects", "111", 1 },
		{ "classes[].victim_objects", "112", 1 }, { "classes[].cached_bytes", "113", 1 }, { "classes[].victim_bytes", "114", 1 },
		{ "classes[].live_bytes", "115", 1 }, { "classes[].private_objects", "116", 1 }, { "classes[].private_bytes", "117", 1 },
		{ "classes[].shared_bytes", "118", 1 }, { "classes[].released_bytes", "119", 1 }, { "classes[].cross_thread_puts", "51", 1 },
		{ "classes[].cross_thread_share", "0.500000", 1 }, { "classes[].hit_rate", "4.138613", 1 },
		{ "totals.private_objects", "216", 0 }, { "totals.private_bytes", "217", 0 }, { "totals.shared_bytes", "218", 0 },
		{ "totals.released_bytes", "219", 0 }, { "totals.cross_thread_puts", "101", 0 }, { "totals.cross_thread_share", "0.500000", 0 },
		{ "time_seconds", "1700000000.123", 0 }, { "aside", "\"own has its own malloc\"", 0 }, { "epoch.rotating_seconds", "3.090000001", 0 },
		{ "since_last_dump.seconds", "2.500", 0 }, { "since_last_dump.gets", "701", 0 }, { "since_last_dump.puts", "702", 0 },
		{ "since_last_dump.misses", "703", 0 }, { "since_last_dump.fetched", "704", 0 }, { "since_last_dump.released", "705", 0 },
		{ "since_last_dump.released_bytes", "706", 0 }, { "since_last_dump.rotations", "707", 0 },
		{ "since_last_dump.rotating_seconds", "0.000000708", 0 }, { "since_last_dump.gets_per_second", "280.400", 0 },
		{ "since_last_dump.puts_per_second", "280.800", 0 }, { "since_last_dump.misses_per_second", "281.200", 0 },
		{ "since_last_dump.released_bytes_per_second", "282.400", 0 }, { "since_last_dump.hit_rate", "0.000000", 0 },
		{ "jemalloc.fragmentation", "1.002493", 0 },
		{ "top_threads[].tid", "601", 0 }, { "top_threads[].cached_bytes", "602", 0 }, { "top_threads[].tid", "501", 1 },
		{ "totals.gets", "201", 0 }, { "totals.puts", "202", 0 }, { "totals.hits.private", "203", 0 },
		{ "totals.hits.shared", "204", 0 }, { "totals.hits.steal", "205", 0 }, { "totals.hits.victim", "206", 0 },
		{ "totals.misses", "207", 0 }, { "totals.fetched", "208", 0 }, { "totals.released", "209", 0 },
		{ "totals.passed_through", "210", 0 }, { "totals.cached_bytes", "213", 0 }, { "totals.victim_bytes", "214", 0 },
		{ "totals.live_bytes", "215", 0 },
		{ "epoch.number", "301", 0 }, { "epoch.rotations.timer", "302", 0 }, { "epoch.rotations.budget", "303", 0 },
		{ "epoch.rotations.pressure", "304", 0 }, { "epoch.rotations.manual", "305", 0 }, { "epoch.released_objects", "306", 0 },
		{ "epoch.released_bytes", "307", 0 }, { "epoch.skipped_bins", "308", 0 }, { "epoch.idle_drain", "true", 0 },
		{ "epoch.idle_drain_why", "null", 0 }, { "epoch.background", "true", 0 },
		{ "jemalloc.allocated", "401", 0 }, { "jemalloc.active", "402", 0 }, { "jemalloc.resident", "403", 0 },
		{ "jemalloc.mapped", "404", 0 }, { "jemalloc.retained", "405", 0 }, { "jemalloc.sampled_seconds_ago", "4.060", 0 },
		{ "threads[].tid", "501", 0 }, { "threads[].name", "\"spout\"", 0 }, { "threads[].cached_bytes", "502", 0 },
		{ "threads[].gets", "503", 0 }, { "threads[].tid", "601", 1 }, { "threads[].name", "\"lid\"", 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *raw = get(rows[i].path, rows[i].n);
		ck_assert_msg(strcmp(raw, rows[i].raw) == 0, "%s is %s, not %s", rows[i].path, raw, rows[i].raw);
	}
	char pid[20];
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	ck_assert_str_eq(get("pid", 0), pid);
}
END_TEST

START_TEST(the_largest_figures_are_numbers)
{
	snapshot.uptime_ms = UINT64_MAX;
	snapshot.classes = POOLS_MAX;
	memset(snapshot.class, 0xff, sizeof(snapshot.class));
	memset(&snapshot.total, 0xff, sizeof(snapshot.total));
	memset(snapshot.epoch.rotations, 0xff, sizeof(snapshot.epoch.rotations));
	snapshot.epoch.number = snapshot.epoch.released_bytes = snapshot.epoch.skipped_bins = UINT64_MAX;
	snapshot.jemalloc.known = true;
	snapshot.jemalloc.age_ms = snapshot.jemalloc.mapped = UINT64_MAX;
	threads[0] = (struct thread_figures){ .tid = INT32_MAX, .cached_bytes = UINT64_MAX, .gets = UINT64_MAX };
	thread_count = 1;
	dump("none");
	ck_assert_str_eq(get("uptime_seconds", 0), "18446744073709551.615");
	ck_assert_str_eq(get("classes[].live_bytes", POOLS_MAX - 1), "18446744073709551615");
	ck_assert_str_eq(get("jemalloc.sampled_seconds_ago", 0), "18446744073709551.615");
	ck_assert_str_eq(get("threads[].tid", 0), "2147483647");
	ck_assert_str_eq(get("threads[].name", 0), "\"\"");
}
END_TEST

static const char *const weird[] = {
	"", "quote\"back\\slash", "line\nfeed\ttab\r\b\f", "\001\002\037\177", "caf\303\251 \360\237\220\237", "cut \303", "\377\376",
	"over \300\257 long", "half \355\240\200 pair", "</script>", "{\"a\":1}",
};

START_TEST(any_name_is_a_string)
{
	char name[100];

	snprintf(name, sizeof(name), "%s", weird[_i]);
	progname = name;
	memset(threads, 0, sizeof(threads));
	memcpy(threads[0].name, weird[_i], strnlen(weird[_i], 15));
	thread_count = 1;
	snapshot.epoch.idle_drain_why = weird[_i];
	dump(weird[_i]);
	ck_assert_int_eq(get("program", 0)[0], '"');
	ck_assert_int_eq(get("threads[].name", 0)[0], '"');
	ck_assert_int_eq(get("epoch.idle_drain_why", 0)[0], '"');
}
END_TEST

START_TEST(the_settings_are_all_there_with_their_values)
{
	char *const environment[] = { (char[]){ "TIDEPOOL_EPOCH=off" }, (char[]){ "TIDEPOOL_DUMP=/a\"b/%p" },
		(char[]){ "TIDEPOOL_SIGNAL=USR2" }, NULL };
	const char *name;
	char value[4096], path[PATH_BYTES];
	bool is_default;
	unsigned row;

	options_load(environment, false);
	dump("SIGUSR2");
	for (row = 0; options_row(row, &name, value, sizeof(value), &is_default); row++) {
		snprintf(path, sizeof(path), "settings.TIDEPOOL_%s", name);
		ck_assert_int_eq(get(path, 0)[0], '"');
	}
	ck_assert_uint_gt(row, 0);
	ck_assert_str_eq(get("settings.TIDEPOOL_EPOCH", 0), "\"off\"");
	ck_assert_str_eq(get("settings.TIDEPOOL_DUMP", 0), "\"/a\\\"b/%p\"");
	ck_assert_str_eq(get("settings.TIDEPOOL_SIGNAL", 0), "\"USR2\"");
	ck_assert_str_eq(get("settings.TIDEPOOL_FORMAT", 0), "\"text\"");
	ck_assert_str_eq(get("epoch.period_seconds", 0), "0.000");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump_json");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_loop_test(all, an_empty_dump_has_every_promised_key, 0, (int)(sizeof(promised) / sizeof(promised[0])));
	tcase_add_test(all, each_figure_stands_under_its_own_key);
	tcase_add_test(all, the_largest_figures_are_numbers);
	tcase_add_loop_test(all, any_name_is_a_string, 0, (int)(sizeof(weird) / sizeof(weird[0])));
	tcase_add_test(all, the_settings_are_all_there_with_their_values);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
