/*
 * options: every row of the table, what the environment changes, and the one line about each wrong setting.
 *
 * Each test runs in a process of its own (Check forks), so none sees the settings of another.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"

enum kind { RANGES, TIME, AMOUNT, SIZE, PREWARM, WORD, WORDS, SIGNAL, PATH, SWITCH };

static const struct row {
	const char *name;
	enum kind kind;
	const char *initial;
	uint64_t smallest, largest;
	unsigned share;
	const char *words;
} rows[] = {
#define OPTION(field, type, NAME, kind, initial, smallest, largest, share, words, description) \
	{ #NAME, kind, initial, smallest, largest, share, words },
#include "options.def"
};

#define ROWS ((int)(sizeof rows / sizeof rows[0]))

static char said[8192]; /* what the last load wrote to stderr */

/* An environment with these variables, which is written to by nobody (it lies in read-only memory). */
static char *const *
environment(const char *const *variables)
{
	static union { const char *of[32]; char *envp[32]; } list;
	size_t n = 0;

	do
		list.of[n] = variables[n];
	while (variables[n++] != NULL);
	return list.envp;
}

/* options_load with fd 2 in a pipe. */
static void
load_from(char *const *envp, bool secure)
{
	int ends[2], saved = dup(STDERR_FILENO);
	size_t len = 0;
	ssize_t n;

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	options_load(envp, secure);
	dup2(saved, STDERR_FILENO);
	close(saved);
	while ((n = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(ends[0]);
}

#define env(...) environment((const char *const[]){ __VA_ARGS__, NULL })
#define load(...) load_from(env(__VA_ARGS__), false)

/* The value of a row as options_row has it. */
static const char *
value_of(const char *wanted, bool *is_default)
{
	static char value[8192];
	const char *name;

	for (unsigned row = 0; options_row(row, &name, value, sizeof value, is_default); row++)
		if (strcmp(name, wanted) == 0)
			return value;
	ck_abort_msg("no row %s", wanted);
	return NULL;
}

/* The row that is called name[0 .. n), or NULL. */
static const struct row *
row_called(const char *name, size_t n)
{
	for (int i = 0; i < ROWS; i++)
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
			return &rows[i];
	return NULL;
}

static void
expect_value(const char *name, const char *value, bool is_default)
{
	bool really;

	ck_assert_str_eq(value_of(name, &really), value);
	ck_assert_msg(really == is_default, "%s=%s", name, value);
}

static void
expect_default(const char *name)
{
	const struct row *row = row_called(name, strlen(name));

	if (row == NULL)
		ck_abort_msg("no row %s", name);
	else
		expect_value(name, row->initial, true);
}

/* One variable; true when nothing was said. */
static bool
takes(const char *name, const char *value)
{
	static char variable[8192];

	snprintf(variable, sizeof variable, "TIDEPOOL_%s=%s", name, value);
	load(variable);
	return said[0] == '\0';
}

/* The defaults hold and nothing was said. */
static void
expect_defaults(void)
{
	for (int i = 0; i < ROWS; i++)
		expect_default(rows[i].name);
}

/* --- every row --- */

/* A number in the smallest unit of its kind, as a value of the row. */
static const char *
number(const struct row *row, uint64_t v)
{
	static char text[64];
	const char *form = row->kind == TIME ? "%llums" : row->kind == PREWARM ? "%llu:1" : row->kind == RANGES ? "8,%llu" : "%llu";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, form, (unsigned long long)v);
#pragma GCC diagnostic pop
	return text;
}

START_TEST(the_default_is_accepted_and_spelt_as_it_is_read)
{
	const struct row *row = &rows[_i];

	ck_assert(takes(row->name, row->initial));
	expect_default(row->name);
	ck_assert(takes(row->name, ""));
	expect_default(row->name);
}
END_TEST

START_TEST(the_smallest_and_the_largest_are_accepted_and_one_past_each_is_refused)
{
	const struct row *row = &rows[_i];
	bool is_default;

	if (row->largest == 0)
		return; /* nothing to measure: the other loops hold these rows */
	ck_assert(takes(row->name, number(row, row->smallest)));
	value_of(row->name, &is_default);
	ck_assert(!is_default);
	ck_assert(takes(row->name, number(row, row->largest)));
	ck_assert(!takes(row->name, number(row, row->largest + 1)));
	expect_default(row->name);
	ck_assert(!takes(row->name, number(row, row->smallest - 1)));
	expect_default(row->name);
}
END_TEST

START_TEST(the_largest_share_is_accepted_and_one_past_it_is_refused)
{
	const struct row *row = &rows[_i];
	char text[32];

	if (row->kind != AMOUNT)
		return;
	snprintf(text, sizeof text, "%u%%", row->share);
	ck_assert(takes(row->name, text));
	expect_value(row->name, text, false);
	snprintf(text, sizeof text, "%u%%", row->share + 1);
	ck_assert(!takes(row->name, text));
	ck_assert(!takes(row->name, "0%"));
	ck_assert(takes(row->name, "1%"));
}
END_TEST

START_TEST(every_word_is_accepted_and_a_longer_one_refused)
{
	const struct row *row = &rows[_i];
	char words[64], longer[64];

	strcpy(words, row->kind == SWITCH ? "on off" : row->words);
	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
		ck_assert_msg(takes(row->name, word), "%s=%s", row->name, word);
		expect_value(row->name, word, strcmp(word, row->initial) == 0);
		snprintf(longer, sizeof longer, "%s_", word);
		ck_assert_msg(!takes(row->name, longer), "%s=%s", row->name, longer);
		expect_default(row->name);
	}
}
END_TEST

START_TEST(nonsense_is_one_line_that_names_all)
{
	const struct row *row = &rows[_i];
	struct option_page page;
	char expected[1024];

	ck_assert(options_page((unsigned)_i, &page));
	ck_assert_str_eq(page.name, row->name);
	ck_assert_str_eq(page.initial, row->initial);
	ck_assert(!takes(row->name, "?%?"));
	snprintf(expected, sizeof expected, "tidepool: TIDEPOOL_%s=?%%?: %s; allowed: %s; using %s\n", row->name,
	         row->kind == SIGNAL ? "no such signal" : row->kind == PATH ? "an unknown % in it" : "not understood", page.allowed, row->initial);
	ck_assert_str_eq(said, expected);
	expect_default(row->name);
}
END_TEST

START_TEST(a_row_has_a_page_that_is_whole)
{
	struct option_page page;

	ck_assert(options_page((unsigned)_i, &page));
	ck_assert_uint_gt(strlen(page.description), 0);
	ck_assert_uint_gt(strlen(page.allowed), 0);
	ck_assert_uint_lt(strlen(page.allowed), sizeof page.allowed - 1); /* cut texts fill it */
}
END_TEST

/* --- fields --- */

START_TEST(fields_hold_what_the_values_say)
{
	load("TIDEPOOL_CLASSES=64,128-4K", "TIDEPOOL_EPOCH=250ms", "TIDEPOOL_BUDGET=50%", "TIDEPOOL_CAP=1G", "TIDEPOOL_MAGAZINE=64K",
	     "TIDEPOOL_PREWARM=64:100", "TIDEPOOL_RESET=poison", "TIDEPOOL_SIGNAL=USR2", "TIDEPOOL_DUMP=/run/%e.%p", "TIDEPOOL_FORMAT=json",
	     "TIDEPOOL_DUMP_AT_EXIT=yes", "TIDEPOOL_DUMP_EVERY=10s", "TIDEPOOL_CONTROL=/run/%p", "TIDEPOOL_QUIET=on", "TIDEPOOL_BACKGROUND=off", "TIDEPOOL_DISABLE=1", "TIDEPOOL_STRICT=true");
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(options.classes.count, 2);
	ck_assert_uint_eq(options.classes.at[1].high, 4096);
	ck_assert_uint_eq(options.epoch_ms, 250);
	ck_assert_uint_eq(options.budget.percent, 50);
	ck_assert_uint_eq(options.cap.bytes, GIB);
	ck_assert_uint_eq(options.cap.percent, 0);
	ck_assert_uint_eq(options.magazine, 65536);
	ck_assert_uint_eq(options.prewarm.at[0].objects, 100);
	ck_assert_int_eq(options.reset, RESET_POISON);
	ck_assert_int_eq(options.signal, SIGUSR2);
	ck_assert_str_eq(options.dump, "/run/%e.%p");
	ck_assert_uint_eq(options.format, 1u << FORMAT_JSON);
	ck_assert(options.dump_at_exit);
	ck_assert_uint_eq(options.dump_every_ms, 10000);
	ck_assert_str_eq(options.control, "/run/%p");
	ck_assert(options.quiet);
	ck_assert_int_eq(options.background, BACKGROUND_OFF);
	ck_assert(options.disable);
	ck_assert(options.strict);
}
END_TEST

START_TEST(the_one_word_of_a_setting_leaves_its_field_zero)
{
	load("TIDEPOOL_CLASSES=none", "TIDEPOOL_EPOCH=off", "TIDEPOOL_CAP=0", "TIDEPOOL_PREWARM=none", "TIDEPOOL_SIGNAL=none", "TIDEPOOL_DUMP=STDERR");
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(options.classes.count, 0);
	ck_assert_uint_eq(options.epoch_ms, 0);
	ck_assert_uint_eq(options.cap.bytes, 0);
	ck_assert_uint_eq(options.cap.percent, 0);
	ck_assert_uint_eq(options.prewarm.count, 0);
	ck_assert_int_eq(options.signal, 0);
	ck_assert_str_eq(options.dump, "stderr");
}
END_TEST

START_TEST(the_words_of_an_enum_are_in_its_order)
{
	ck_assert(takes("RESET", "none") && options.reset == RESET_NONE);
	ck_assert(takes("RESET", "zero") && options.reset == RESET_ZERO);
	ck_assert(takes("RESET", "poison") && options.reset == RESET_POISON);
	ck_assert(takes("FORMAT", "text") && options.format == 1u << FORMAT_TEXT);
	ck_assert(takes("FORMAT", "json") && options.format == 1u << FORMAT_JSON);
	ck_assert(takes("FORMAT", "prometheus") && options.format == 1u << FORMAT_PROMETHEUS);
	ck_assert(takes("FORMAT", "Prometheus,text") && options.format == (1u << FORMAT_PROMETHEUS | 1u << FORMAT_TEXT));
	ck_assert(takes("DEEPBIND", "mask") && options.deepbind == DEEPBIND_MASK);
	ck_assert(takes("DEEPBIND", "keep") && options.deepbind == DEEPBIND_KEEP);
	ck_assert(takes("BACKGROUND", "auto") && options.background == BACKGROUND_AUTO);
	ck_assert(takes("BACKGROUND", "off") && options.background == BACKGROUND_OFF);
}
END_TEST

START_TEST(a_default_in_other_words_is_no_change)
{
	char epoch[64], magazine[64];

	load_from(NULL, false);
	snprintf(epoch, sizeof epoch, "TIDEPOOL_EPOCH=%llums", (unsigned long long)options.epoch_ms);
	snprintf(magazine, sizeof magazine, "TIDEPOOL_MAGAZINE=%llub", (unsigned long long)options.magazine);
	load(epoch, magazine, "TIDEPOOL_RESET=NONE", "TIDEPOOL_STRICT=no", "TIDEPOOL_DISABLE=0");
	ck_assert_str_eq(said, "");
	expect_defaults();
}
END_TEST

START_TEST(rows_spell_values_so_that_they_are_read_back)
{
	static const struct { const char *name, *value, *spelt; } cases[] = {
		{ "CLASSES", "64,128-512,4096,1024K-2M", "64,128-512,4K,1M-2M" }, { "EPOCH", "1500ms", "1500ms" }, { "EPOCH", "60s", "1m" },
		{ "EPOCH", "60m", "1h" }, { "BUDGET", "1536M", "1536M" }, { "BUDGET", "65537", "65537" }, { "CAP", "50%", "50%" },
		{ "CAP", "1T", "1T" }, { "PREWARM", "64:10000,4096:64", "64:10000,4K:64" }, { "SIGNAL", "10", "USR1" },
		{ "SIGNAL", "sigterm", "TERM" }, { "SIGNAL", "RTMAX", "RTMIN+30" }, { "DUMP", "dumps/100%%", "dumps/100%%" }, { "DISABLE", "TRUE", "on" },
	};
	bool is_default;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert(takes(cases[i].name, cases[i].value));
		ck_assert_str_eq(value_of(cases[i].name, &is_default), cases[i].spelt);
		ck_assert(takes(cases[i].name, cases[i].spelt));
		ck_assert_str_eq(value_of(cases[i].name, &is_default), cases[i].spelt);
	}
}
END_TEST

START_TEST(a_row_is_cut_to_the_room_there_is)
{
	char value[6] = "XXXXX";
	const char *name;
	bool is_default;

	ck_assert(takes("DUMP", "/run/abc"));
	for (unsigned row = 0; options_row(row, &name, value, 4, &is_default); row++)
		if (strcmp(name, "DUMP") == 0)
			break;
	ck_assert_mem_eq(value, "/ru\0X", 5);
	ck_assert(!options_row((unsigned)ROWS, &name, value, 4, &is_default));
	ck_assert(!options_page((unsigned)ROWS, &(struct option_page){ 0 }));
}
END_TEST

/* --- warnings, to the letter --- */

/* Of a row that exists the line ends with "; using" and its default, which is options.def's to choose. */
static const struct { const char *variable, *line; } lines[] = {
	{ "TIDEPOOL_EPOCH=1sec", "tidepool: TIDEPOOL_EPOCH=1sec: not understood; allowed: 1ms to 1h, or off (did you mean 1s?)" },
	{ "TIDEPOOL_EPOCH=5", "tidepool: TIDEPOOL_EPOCH=5: not understood; allowed: 1ms to 1h, or off (did you mean 5s?)" },
	{ "TIDEPOOL_EPOCH= 2 s", "tidepool: TIDEPOOL_EPOCH= 2 s: not understood; allowed: 1ms to 1h, or off (did you mean 2s?)" },
	{ "TIDEPOOL_EPOCH=90min", "tidepool: TIDEPOOL_EPOCH=90min: not understood; allowed: 1ms to 1h, or off" }, /* 90m is none either */
	{ "TIDEPOOL_EPOCH=2h", "tidepool: TIDEPOOL_EPOCH=2h: too large; allowed: 1ms to 1h, or off" },
	{ "TIDEPOOL_EPOCH=0ms", "tidepool: TIDEPOOL_EPOCH=0ms: too small; allowed: 1ms to 1h, or off" },
	{ "TIDEPOOL_EPOCH=0", "tidepool: TIDEPOOL_EPOCH=0: not understood; allowed: 1ms to 1h, or off (did you mean off?)" },
	{ "TIDEPOOL_EPOCH=of", "tidepool: TIDEPOOL_EPOCH=of: not understood; allowed: 1ms to 1h, or off (did you mean off?)" },
	{ "TIDEPOOL_EPOCH=none", "tidepool: TIDEPOOL_EPOCH=none: not understood; allowed: 1ms to 1h, or off (did you mean off?)" },
	{ "TIDEPOOL_BUDGET=25", "tidepool: TIDEPOOL_BUDGET=25: too small; allowed: 64K to 1T, or 1% to 1000% (did you mean 25%?)" },
	{ "TIDEPOOL_BUDGET=0", "tidepool: TIDEPOOL_BUDGET=0: too small; allowed: 64K to 1T, or 1% to 1000%" },
	{ "TIDEPOOL_CAP=512 M", "tidepool: TIDEPOOL_CAP=512 M: not understood; allowed: 64K to 1T, 1% to 100%, or 0 (did you mean 512M?)" },
	{ "TIDEPOOL_CAP=101%", "tidepool: TIDEPOOL_CAP=101%: too large; allowed: 64K to 1T, 1% to 100%, or 0" },
	{ "TIDEPOOL_CAP=off", "tidepool: TIDEPOOL_CAP=off: not understood; allowed: 64K to 1T, 1% to 100%, or 0 (did you mean 0?)" },
	{ "TIDEPOOL_MAGAZINE=1", "tidepool: TIDEPOOL_MAGAZINE=1: too small; allowed: 1K to 64M" },
	{ "TIDEPOOL_CLASSES=32K-8", "tidepool: TIDEPOOL_CLASSES=32K-8: runs backwards; allowed: sizes and ranges from 1 to 32M, such as 64,128-512,4K, or none (did you mean 8-32K?)" },
	{ "TIDEPOOL_CLASSES=64, 128", "tidepool: TIDEPOOL_CLASSES=64, 128: not understood; allowed: sizes and ranges from 1 to 32M, such as 64,128-512,4K, or none (did you mean 64,128?)" },
	{ "TIDEPOOL_PREWARM=64", "tidepool: TIDEPOOL_PREWARM=64: not understood; allowed: sizes from 1 to 32M with 1 to 10000000 objects each, such as 64:10000,4K:64, or none" },
	{ "TIDEPOOL_RESET=zreo", "tidepool: TIDEPOOL_RESET=zreo: not understood; allowed: none, zero, or poison (did you mean zero?)" },
	{ "TIDEPOOL_RESET=off", "tidepool: TIDEPOOL_RESET=off: not understood; allowed: none, zero, or poison (did you mean none?)" },
	{ "TIDEPOOL_FORMAT=jsn", "tidepool: TIDEPOOL_FORMAT=jsn: not understood; allowed: text, json, prometheus, or several with commas (did you mean json?)" },
	{ "TIDEPOOL_FORMAT=xml", "tidepool: TIDEPOOL_FORMAT=xml: not understood; allowed: text, json, prometheus, or several with commas" },
	{ "TIDEPOOL_FORMAT=text,", "tidepool: TIDEPOOL_FORMAT=text,: not understood; allowed: text, json, prometheus, or several with commas (did you mean text?)" },
	{ "TIDEPOOL_FORMAT=text json", "tidepool: TIDEPOOL_FORMAT=text json: not understood; allowed: text, json, prometheus, or several with commas" },
	{ "TIDEPOOL_DUMP_EVERY=10", "tidepool: TIDEPOOL_DUMP_EVERY=10: not understood; allowed: 100ms to 24h, or off (did you mean 10s?)" },
	{ "TIDEPOOL_CONTROL=of", "tidepool: TIDEPOOL_CONTROL=of: not understood; allowed: the path of a file with %p, %n, %e, %%, or off (did you mean off?)" },
	{ "TIDEPOOL_BACKGROUND=0", "tidepool: TIDEPOOL_BACKGROUND=0: not understood; allowed: auto or off (did you mean off?)" },
	{ "TIDEPOOL_BACKGROUND=on", "tidepool: TIDEPOOL_BACKGROUND=on: not understood; allowed: auto or off" },
	{ "TIDEPOOL_DISABLE=tru", "tidepool: TIDEPOOL_DISABLE=tru: not understood; allowed: on or off (did you mean true?)" },
	{ "TIDEPOOL_SIGNAL=SIGUSR3", "tidepool: TIDEPOOL_SIGNAL=SIGUSR3: no such signal; allowed: a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none (did you mean USR1?)" },
	{ "TIDEPOOL_SIGNAL=65", "tidepool: TIDEPOOL_SIGNAL=65: no such signal; allowed: a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none" },
	{ "TIDEPOOL_SIGNAL=KILL", "tidepool: TIDEPOOL_SIGNAL=KILL: can't be caught; allowed: a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none" },
	{ "TIDEPOOL_SIGNAL=11", "tidepool: TIDEPOOL_SIGNAL=11: is the mark of a fault; allowed: a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none" },
	{ "TIDEPOOL_SIGNAL=off", "tidepool: TIDEPOOL_SIGNAL=off: no such signal; allowed: a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none (did you mean none?)" },
	{ "TIDEPOOL_DUMP=/tmp/%d", "tidepool: TIDEPOOL_DUMP=/tmp/%d: an unknown % in it; allowed: the path of a file with %p, %n, %e, %%, or stderr" },
	{ "TIDEPOOL_DUMP=stdrr", "tidepool: TIDEPOOL_DUMP=stdrr: not understood; allowed: the path of a file with %p, %n, %e, %%, or stderr (did you mean stderr?)" },
	{ "TIDEPOOL_DUMP=off", "tidepool: TIDEPOOL_DUMP=off: not understood; allowed: the path of a file with %p, %n, %e, %%, or stderr" },
	{ "TIDEPOOL_STRICT=maybe", "tidepool: TIDEPOOL_STRICT=maybe: not understood; allowed: on or off" },
	{ "TIDEPOOL_RESET=a\n\x1b[31mb\x7f\xff", "tidepool: TIDEPOOL_RESET=a??[31mb??: not understood; allowed: none, zero, or poison" },
	{ "TIDEPOOL_RESET=1234567890123456789012345678901234567890123456789012345678901234",
	  "tidepool: TIDEPOOL_RESET=1234567890123456789012345678901234567890123456789012345678901234: not understood; allowed: none, zero, or poison" },
	{ "TIDEPOOL_RESET=12345678901234567890123456789012345678901234567890123456789012345",
	  "tidepool: TIDEPOOL_RESET=1234567890123456789012345678901234567890123456789012345678901234...: not understood; allowed: none, zero, or poison" },
	/* names */
	{ "TIDEPOOL_EPOCHS=5s", "tidepool: TIDEPOOL_EPOCHS=5s: no such setting; did you mean TIDEPOOL_EPOCH?" },
	{ "TIDEPOOL_epoch=5s", "tidepool: TIDEPOOL_epoch=5s: no such setting; did you mean TIDEPOOL_EPOCH?" },
	{ "TIDEPOOL_DUMPATEXIT=", "tidepool: TIDEPOOL_DUMPATEXIT=: no such setting; did you mean TIDEPOOL_DUMP_AT_EXIT?" },
	{ "TIDEPOOL_FROBNICATE=1", "tidepool: TIDEPOOL_FROBNICATE=1: no such setting; there are CLASSES, EPOCH, BUDGET, CAP, MAGAZINE, PREWARM, THP, RESET, SIGNAL, DUMP, FORMAT, DUMP_AT_EXIT, DUMP_EVERY, CONTROL, BACKGROUND, MEMBARRIER, DISABLE, DEEPBIND, QUIET and STRICT" },
	{ "TIDEPOOL_=1", "tidepool: TIDEPOOL_=1: no such setting; there are CLASSES, EPOCH, BUDGET, CAP, MAGAZINE, PREWARM, THP, RESET, SIGNAL, DUMP, FORMAT, DUMP_AT_EXIT, DUMP_EVERY, CONTROL, BACKGROUND, MEMBARRIER, DISABLE, DEEPBIND, QUIET and STRICT" },
	{ "TIDEPOOL_A\tB5678901234567890123456789012345678901234567890=1", "tidepool: TIDEPOOL_A?B567890123456789012345678901234567890123456789...=1: no such setting; there are CLASSES, EPOCH, BUDGET, CAP, MAGAZINE, PREWARM, THP, RESET, SIGNAL, DUMP, FORMAT, DUMP_AT_EXIT, DUMP_EVERY, CONTROL, BACKGROUND, MEMBARRIER, DISABLE, DEEPBIND, QUIET and STRICT" },
};

#define LINES ((int)(sizeof lines / sizeof lines[0]))

START_TEST(a_wrong_setting_is_one_line_and_the_default_holds)
{
	const char *name = lines[_i].variable + strlen("TIDEPOOL_");
	const struct row *row = row_called(name, strcspn(name, "="));
	char expected[1024];

	snprintf(expected, sizeof expected, "%s%s%s\n", lines[_i].line, row != NULL ? "; using " : "", row != NULL ? row->initial : "");
	load(lines[_i].variable);
	ck_assert_str_eq(said, expected);
	expect_defaults();
}
END_TEST

START_TEST(each_wrong_setting_has_its_line_and_the_right_ones_hold)
{
	load("TIDEPOOL_EPOCHS=5s", "TIDEPOOL_EPOCH=1234ms", "TIDEPOOL_RESET=zreo", "PATH=/bin", "TIDEPOOL_FORMAT=json");
	ck_assert_str_eq(said, "tidepool: TIDEPOOL_EPOCHS=5s: no such setting; did you mean TIDEPOOL_EPOCH?\n"
	                       "tidepool: TIDEPOOL_RESET=zreo: not understood; allowed: none, zero, or poison (did you mean zero?); using none\n");
	expect_value("EPOCH", "1234ms", false);
	expect_default("RESET");
	expect_value("FORMAT", "json", false);
}
END_TEST

START_TEST(a_path_that_does_not_fit_is_refused)
{
	static char value[PATH_MAX + 1];
	bool is_default;

	memset(value, 'a', sizeof value - 1);
	value[0] = '/';
	value[PATH_MAX] = '\0';
	ck_assert(!takes("DUMP", value));
	ck_assert_ptr_nonnull(strstr(said, "...: too long; allowed: "));
	expect_default("DUMP");
	value[PATH_MAX - 1] = '\0';
	ck_assert(takes("DUMP", value));
	ck_assert_str_eq(value_of("DUMP", &is_default), value);
}
END_TEST

/* --- the environment --- */

START_TEST(other_variables_are_nobodys_business)
{
	load("PATH=/bin", "TIDEPOOL=1", "TIDEPOO_EPOCH=x", "tidepool_epoch=x", "XTIDEPOOL_EPOCH=x", "TIDEPOOL_TEST_SEED=1", "TIDEPOOL_TEST_=1",
	     "TIDEPOOL_EPOCH", "TIDEPOOL_NOTHING", "", "=");
	ck_assert_str_eq(said, "");
	expect_defaults();
}
END_TEST

START_TEST(of_a_variable_that_occurs_twice_the_first_holds)
{
	load("TIDEPOOL_EPOCH=1234ms", "TIDEPOOL_EPOCH=3s", "TIDEPOOL_EPOCH=x", "TIDEPOOL_EPOCHS=1", "TIDEPOOL_EPOCHS=2", "TIDEPOOL_CAP=", "TIDEPOOL_CAP=1M");
	ck_assert_str_eq(said, "tidepool: TIDEPOOL_EPOCHS=1: no such setting; did you mean TIDEPOOL_EPOCH?\n");
	expect_value("EPOCH", "1234ms", false);
	expect_default("CAP");
}
END_TEST

START_TEST(without_an_environment_the_defaults_hold)
{
	ck_assert(takes("EPOCH", "2s"));
	load_from(NULL, false);
	ck_assert_str_eq(said, "");
	expect_defaults();
	load_from(environment((const char *const[]){ NULL }), false);
	expect_defaults();
}
END_TEST

START_TEST(a_process_with_raised_privileges_reads_nothing)
{
	load_from(env("TIDEPOOL_EPOCH=2s", "TIDEPOOL_DUMP=/etc/passwd", "TIDEPOOL_STRICT=on", "TIDEPOOL_WRONG=1"), true);
	ck_assert_str_eq(said, "");
	expect_defaults();
}
END_TEST

START_TEST(the_environment_may_be_overwritten_afterwards)
{
	char variable[] = "TIDEPOOL_DUMP=/run/dump.%p";

	load(variable);
	memset(variable, 'x', sizeof variable);
	ck_assert_str_eq(options.dump, "/run/dump.%p");
}
END_TEST

START_TEST(errno_is_kept)
{
	errno = EDOM;
	load("TIDEPOOL_EPOCH=x");
	errno = EDOM;
	options_load(NULL, false);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

START_TEST(a_stderr_that_is_closed_or_has_no_reader_is_no_end)
{
	int ends[2], saved = dup(STDERR_FILENO);

	signal(SIGPIPE, SIG_DFL);
	close(STDERR_FILENO);
	options_load(env("TIDEPOOL_EPOCH=x", "TIDEPOOL_FORMAT=json"), false);
	ck_assert_uint_eq(options.format, 1u << FORMAT_JSON);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], STDERR_FILENO);
	options_load(env("TIDEPOOL_EPOCH=x", "TIDEPOOL_FORMAT=text"), false);
	ck_assert_uint_eq(options.format, 1u << FORMAT_TEXT);
	dup2(saved, STDERR_FILENO);
}
END_TEST

/* --- strict --- */

/* The exit status of a process that loads; 0 when options_load comes back. What it says is in `said`. */
static int
status_of(char *const *envp)
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		options_load(envp, false);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define status(...) status_of(env(__VA_ARGS__))

START_TEST(strict_ends_with_2_after_all_lines_whatever_the_order)
{
	static const char both[] =
		"tidepool: TIDEPOOL_EPOCHS=5s: no such setting; did you mean TIDEPOOL_EPOCH?; TIDEPOOL_STRICT is on: the program is not run\n"
		"tidepool: TIDEPOOL_RESET=zreo: not understood; allowed: none, zero, or poison (did you mean zero?); TIDEPOOL_STRICT is on: the program is not run\n";

	ck_assert_int_eq(status("TIDEPOOL_STRICT=on", "TIDEPOOL_EPOCHS=5s", "TIDEPOOL_RESET=zreo"), 2);
	ck_assert_str_eq(said, both);
	ck_assert_int_eq(status("TIDEPOOL_EPOCHS=5s", "TIDEPOOL_RESET=zreo", "TIDEPOOL_STRICT=on"), 2);
	ck_assert_str_eq(said, both);
	ck_assert_int_eq(status("TIDEPOOL_UNKNOWN_ONE=1", "TIDEPOOL_STRICT=on"), 2);
	ck_assert_int_eq(status("TIDEPOOL_EPOCH=x", "TIDEPOOL_STRICT=on"), 2);
}
END_TEST

START_TEST(strict_lets_right_settings_pass)
{
	ck_assert_int_eq(status("TIDEPOOL_STRICT=on", "TIDEPOOL_EPOCH=2s", "TIDEPOOL_CAP=", "TIDEPOOL_TEST_SEED=1", "PATH=x"), 0);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(without_strict_a_wrong_setting_ends_nothing)
{
	ck_assert_int_eq(status("TIDEPOOL_EPOCH=x"), 0);
	ck_assert_int_eq(status("TIDEPOOL_EPOCH=x", "TIDEPOOL_STRICT=off", "TIDEPOOL_STRICT=on"), 0);
	ck_assert_int_eq(status("TIDEPOOL_EPOCH=x", "TIDEPOOL_STRICT=", "TIDEPOOL_STRICT=on"), 0);
	ck_assert_int_eq(status("TIDEPOOL_EPOCH=x", "TIDEPOOL_STRICT=maybe"), 0);
}
END_TEST

/* --- protection --- */

/* The kernel copies into a page only where the process might write. */
static bool
is_writable(void *at)
{
	int zero = open("/dev/zero", O_RDONLY);
	bool writable = read(zero, at, 1) == 1;

	close(zero);
	return writable;
}

START_TEST(the_settings_are_read_only_after_each_load)
{
	if (sysconf(_SC_PAGESIZE) > OPTIONS_PAGE)
		return; /* the page can't be ours alone */
	load("TIDEPOOL_EPOCH=2s");
	ck_assert(!is_writable(&options));
	ck_assert(!is_writable(&options.text[0][PATH_MAX - 1]));
	ck_assert(!is_writable((char *)(&options + 1) - 1));
	load("TIDEPOOL_EPOCH=3s");
	ck_assert_uint_eq(options.epoch_ms, 3000);
	ck_assert(!is_writable(&options));
	ck_assert(is_writable(said)); /* the test itself would see a writable page */
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *each_row = tcase_create("each row");
	TCase *the_rest = tcase_create("the rest");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(each_row, the_default_is_accepted_and_spelt_as_it_is_read, 0, ROWS);
	tcase_add_loop_test(each_row, the_smallest_and_the_largest_are_accepted_and_one_past_each_is_refused, 0, ROWS);
	tcase_add_loop_test(each_row, the_largest_share_is_accepted_and_one_past_it_is_refused, 0, ROWS);
	tcase_add_loop_test(each_row, every_word_is_accepted_and_a_longer_one_refused, 0, ROWS);
	tcase_add_loop_test(each_row, nonsense_is_one_line_that_names_all, 0, ROWS);
	tcase_add_loop_test(each_row, a_row_has_a_page_that_is_whole, 0, ROWS);
	tcase_add_loop_test(the_rest, a_wrong_setting_is_one_line_and_the_default_holds, 0, LINES);
	suite_add_tcase(suite, each_row);

	tcase_add_test(the_rest, fields_hold_what_the_values_say);
	tcase_add_test(the_rest, the_one_word_of_a_setting_leaves_its_field_zero);
	tcase_add_test(the_rest, the_words_of_an_enum_are_in_its_order);
	tcase_add_test(the_rest, a_default_in_other_words_is_no_change);
	tcase_add_test(the_rest, rows_spell_values_so_that_they_are_read_back);
	tcase_add_test(the_rest, a_row_is_cut_to_the_room_there_is);
	tcase_add_test(the_rest, each_wrong_setting_has_its_line_and_the_right_ones_hold);
	tcase_add_test(the_rest, a_path_that_does_not_fit_is_refused);
	tcase_add_test(the_rest, other_variables_are_nobodys_business);
	tcase_add_test(the_rest, of_a_variable_that_occurs_twice_the_first_holds);
	tcase_add_test(the_rest, without_an_environment_the_defaults_hold);
	tcase_add_test(the_rest, a_process_with_raised_privileges_reads_nothing);
	tcase_add_test(the_rest, the_environment_may_be_overwritten_afterwards);
	tcase_add_test(the_rest, errno_is_kept);
	tcase_add_test(the_rest, a_stderr_that_is_closed_or_has_no_reader_is_no_end);
	tcase_add_test(the_rest, strict_ends_with_2_after_all_lines_whatever_the_order);
	tcase_add_test(the_rest, strict_lets_right_settings_pass);
	tcase_add_test(the_rest, without_strict_a_wrong_setting_ends_nothing);
	tcase_add_test(the_rest, the_settings_are_read_only_after_each_load);
	suite_add_tcase(suite, the_rest);

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
