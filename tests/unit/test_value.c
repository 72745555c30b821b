/* value: units, shares, lists, words and paths; their limits; and what is refused, in which words. */
#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

static struct refusal why;

#define refused_as(what_, nearest_) \
	do { \
		ck_assert_str_eq(why.what, what_); \
		ck_assert_str_eq(why.nearest, nearest_); \
	} while (0)

START_TEST(sizes_take_their_units_in_any_case)
{
	static const struct { const char *text; uint64_t bytes; } cases[] = {
		{ "0", 0 }, { "1", 1 }, { "12b", 12 }, { "12B", 12 }, { "1k", KIB }, { "4K", 4 * KIB }, { "4KB", 4 * KIB }, { "4kib", 4 * KIB },
		{ "32M", 32 * MIB }, { "3MiB", 3 * MIB }, { "2g", 2 * GIB }, { "1T", TIB }, { "007", 7 },
		{ "18446744073709551615", UINT64_MAX }, { "16777215T", 16777215 * TIB },
	};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(value_size(cases[i].text, 0, UINT64_MAX, &bytes, &why), "%s", cases[i].text);
		ck_assert_uint_eq(bytes, cases[i].bytes);
	}
}
END_TEST

START_TEST(a_size_out_of_bounds_is_refused_and_nothing_is_stored)
{
	uint64_t bytes = 77;

	ck_assert(!value_size("1023", KIB, MIB, &bytes, &why));
	refused_as("too small", "");
	ck_assert(!value_size("1025K", KIB, MIB, &bytes, &why));
	refused_as("too large", "");
	ck_assert(!value_size("1048577", KIB, MIB, &bytes, &why));
	refused_as("too large", "");
	ck_assert(!value_size("18446744073709551617", KIB, MIB, &bytes, &why)); /* 2^64 + 1 */
	refused_as("too large", "");
	ck_assert(!value_size("16777216T", KIB, MIB, &bytes, &why)); /* 2^64 */
	refused_as("too large", "");
	ck_assert(!value_size("99999999999999999999999G", KIB, MIB, &bytes, &why));
	refused_as("too large", "");
	ck_assert_uint_eq(bytes, 77);
	ck_assert(value_size("1024", KIB, MIB, &bytes, &why));
	ck_assert(value_size("1024K", KIB, MIB, &bytes, &why));
}
END_TEST

START_TEST(a_size_that_is_none_is_refused)
{
	static const struct { const char *text, *nearest; } cases[] = {
		{ "", "" }, { "K", "" }, { "-1", "" }, { "+1", "" }, { " 1", "" }, { "1.5K", "" }, { "0x10", "" }, { "1e6", "" },
		{ "16 K", "16K" }, { "16Mbyte", "16M" }, { "16kilo", "16K" }, { "16Ki", "16K" }, { "16KK", "16K" }, { "16x", "" },
	};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(!value_size(cases[i].text, 0, UINT64_MAX, &bytes, &why), "%s", cases[i].text);
		refused_as("not understood", cases[i].nearest);
	}
}
END_TEST

START_TEST(times_need_a_unit)
{
	static const struct { const char *text; uint64_t ms; const char *nearest; } cases[] = {
		{ "1ms", 1, NULL }, { "2s", 2000, NULL }, { "2S", 2000, NULL }, { "3m", 180000, NULL }, { "1h", 3600000, NULL },
		{ "1", 0, "1s" }, { "1sec", 0, "1s" }, { "250 ms", 0, "250ms" }, { "250msec", 0, "250ms" }, { "5millis", 0, "5ms" },
		{ "2min", 0, "2m" }, { "2 minutes", 0, "2m" }, { "1hour", 0, "1h" }, { "10us", 0, "" }, { "1.5s", 0, "" }, { "s", 0, "" },
		{ "", 0, "" }, { "-1s", 0, "" }, { "1s ", 0, "1s" },
	};
	uint64_t ms;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool taken = value_time(cases[i].text, 0, UINT64_MAX, &ms, &why);

		ck_assert_msg(taken == (cases[i].nearest == NULL), "%s", cases[i].text);
		if (taken)
			ck_assert_uint_eq(ms, cases[i].ms);
		else
			refused_as("not understood", cases[i].nearest);
	}
	ck_assert(!value_time("0s", 1, HOUR_MS, &ms, &why));
	refused_as("too small", "");
	ck_assert(!value_time("3600001ms", 1, HOUR_MS, &ms, &why));
	refused_as("too large", "");
	ck_assert(!value_time("5124095576030432h", 1, HOUR_MS, &ms, &why)); /* wraps to a small number in 64 bits */
	refused_as("too large", "");
}
END_TEST

START_TEST(amounts_are_bytes_or_shares)
{
	struct amount amount;

	ck_assert(value_amount("64K", 64 * KIB, TIB, 1000, &amount, &why));
	ck_assert_uint_eq(amount.bytes, 64 * KIB);
	ck_assert_uint_eq(amount.percent, 0);
	ck_assert(value_amount("25%", 64 * KIB, TIB, 1000, &amount, &why));
	ck_assert_uint_eq(amount.bytes, 0);
	ck_assert_uint_eq(amount.percent, 25);
	ck_assert(value_amount("1%", 64 * KIB, TIB, 100, &amount, &why));
	ck_assert(value_amount("100%", 64 * KIB, TIB, 100, &amount, &why));
	ck_assert_uint_eq(amount.percent, 100);
	ck_assert(!value_amount("0%", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("too small", "");
	ck_assert(!value_amount("101%", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("too large", "");
	ck_assert(!value_amount("25", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("too small", "25%");
	ck_assert(!value_amount("25pct", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("not understood", "25%");
	ck_assert(!value_amount("25%%", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("not understood", "25%");
	ck_assert(!value_amount("512Mbyte", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("not understood", "512M");
	ck_assert(!value_amount("half", 64 * KIB, TIB, 100, &amount, &why));
	refused_as("not understood", "");
	ck_assert_uint_eq(amount.percent, 100);
}
END_TEST

START_TEST(ranges_are_sizes_and_spans)
{
	struct size_ranges ranges;

	ck_assert(value_ranges("64,128-512,4K", 1, 32 * MIB, &ranges, &why));
	ck_assert_uint_eq(ranges.count, 3);
	ck_assert_uint_eq(ranges.at[0].low, 64);
	ck_assert_uint_eq(ranges.at[0].high, 64);
	ck_assert_uint_eq(ranges.at[1].low, 128);
	ck_assert_uint_eq(ranges.at[1].high, 512);
	ck_assert_uint_eq(ranges.at[2].low, 4096);
	ck_assert_uint_eq(ranges.at[2].high, 4096);
	ck_assert(value_ranges("1-32M", 1, 32 * MIB, &ranges, &why));
	ck_assert_uint_eq(ranges.at[0].high, 32 * MIB);
	ck_assert(value_ranges("8-8", 1, 32 * MIB, &ranges, &why));
}
END_TEST

START_TEST(ranges_that_are_none_are_refused)
{
	static const struct { const char *text, *what, *nearest; } cases[] = {
		{ "", "not understood", "" }, { ",", "not understood", "" }, { "64,", "not understood", "" }, { ",64", "not understood", "" },
		{ "64,,128", "not understood", "" }, { "8-", "not understood", "" }, { "-8", "not understood", "" },
		{ "8-16-32", "not understood", "" }, { "8:16", "not understood", "" }, { "64;128", "not understood", "" },
		{ "64, 128", "not understood", "" }, { "64,none", "not understood", "" },
		{ "32K-8", "runs backwards", "8-32K" }, { "1,32K-8,64", "runs backwards", "1,8-32K,64" },
		{ "0", "too small", "" }, { "0-8", "too small", "" }, { "8-33M", "too large", "" }, { "64,33M", "too large", "" },
	};
	struct size_ranges ranges = { .count = 77 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(!value_ranges(cases[i].text, 1, 32 * MIB, &ranges, &why), "%s", cases[i].text);
		refused_as(cases[i].what, cases[i].nearest);
	}
	ck_assert_uint_eq(ranges.count, 77);
}
END_TEST

/* n times `item`, with commas between. */
static const char *
list_of(const char *item, unsigned n)
{
	static char text[1024];

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		strcat(text, i > 0 ? "," : "");
		strcat(text, item);
	}
	return text;
}

START_TEST(lists_end_at_their_limit)
{
	struct size_ranges ranges;
	struct prewarm prewarm;

	ck_assert(value_ranges(list_of("8-16", RANGES_MAX), 1, 32 * MIB, &ranges, &why));
	ck_assert_uint_eq(ranges.count, RANGES_MAX);
	ck_assert_uint_eq(ranges.at[RANGES_MAX - 1].high, 16);
	ck_assert(!value_ranges(list_of("8-16", RANGES_MAX + 1), 1, 32 * MIB, &ranges, &why));
	refused_as("too many", "");
	ck_assert(value_prewarm(list_of("8:16", PREWARM_MAX), 1, 32 * MIB, &prewarm, &why));
	ck_assert_uint_eq(prewarm.count, PREWARM_MAX);
	ck_assert(!value_prewarm(list_of("8:16", PREWARM_MAX + 1), 1, 32 * MIB, &prewarm, &why));
	refused_as("too many", "");
}
END_TEST

START_TEST(a_backward_range_in_a_long_list_suggests_nothing)
{
	char text[512];
	struct size_ranges ranges;

	strcpy(text, "16-8,");
	strcat(text, list_of("8-16", RANGES_MAX - 1));
	ck_assert(!value_ranges(text, 1, 32 * MIB, &ranges, &why));
	refused_as("runs backwards", "");
}
END_TEST

START_TEST(prewarm_is_sizes_with_counts)
{
	static const struct { const char *text, *what; } cases[] = {
		{ "", "not understood" }, { "64", "not understood" }, { "64:", "not understood" }, { ":64", "not understood" },
		{ "64:10,", "not understood" }, { "64:10K", "not understood" }, { "64:1:2", "not understood" }, { "64-128:1", "not understood" },
		{ "0:1", "too small" }, { "33M:1", "too large" }, { "64:0", "too small" }, { "64:10000001", "too large" },
	};
	struct prewarm prewarm;

	ck_assert(value_prewarm("64:10000,4K:64", 1, 32 * MIB, &prewarm, &why));
	ck_assert_uint_eq(prewarm.count, 2);
	ck_assert_uint_eq(prewarm.at[0].size, 64);
	ck_assert_uint_eq(prewarm.at[0].objects, 10000);
	ck_assert_uint_eq(prewarm.at[1].size, 4096);
	ck_assert_uint_eq(prewarm.at[1].objects, 64);
	ck_assert(value_prewarm("64:10000000", 1, 32 * MIB, &prewarm, &why));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(!value_prewarm(cases[i].text, 1, 32 * MIB, &prewarm, &why), "%s", cases[i].text);
		refused_as(cases[i].what, "");
	}
	ck_assert_uint_eq(prewarm.at[0].objects, 10000000);
}
END_TEST

START_TEST(paths_know_four_patterns)
{
	static const struct { const char *text, *what; } refused[] = {
		{ "", "not understood" }, { "/tmp/", "a directory" }, { "/tmp/%", "an unknown % in it" }, { "/tmp/%d", "an unknown % in it" },
		{ "/tmp/%%%", "an unknown % in it" }, { "/tmp/%%%P", "an unknown % in it" },
	};
	char path[33] = "kept";

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		ck_assert_msg(!value_path(refused[i].text, path, sizeof path, &why), "%s", refused[i].text);
		refused_as(refused[i].what, "");
	}
	ck_assert(!value_path("/tmp/5678901234567890123456789.2", path, 32, &why)); /* 32 characters, and the NUL */
	refused_as("too long", "");
	ck_assert_str_eq(path, "kept");
	ck_assert(value_path("/tmp/5678901234567890123456789.2", path, 33, &why));
	ck_assert(value_path("/tmp/%e.%p.%n.100%%", path, sizeof path, &why));
	ck_assert_str_eq(path, "/tmp/%e.%p.%n.100%%");
}
END_TEST

START_TEST(switches_have_eight_words)
{
	static const char *const ons[] = { "on", "1", "yes", "true", "ON", "True" };
	static const char *const offs[] = { "off", "0", "no", "false", "Off", "FALSE" };
	static const char *const neither[] = { "", "o", "onn", "2", "yes ", "-1", "enabled" };
	bool on;

	for (size_t i = 0; i < 6; i++) {
		on = false;
		ck_assert(value_switch(ons[i], &on) && on);
		ck_assert(value_switch(offs[i], &on) && !on);
	}
	for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++)
		ck_assert_msg(!value_switch(neither[i], &on), "%s", neither[i]);
}
END_TEST

START_TEST(a_word_is_the_whole_of_one)
{
	unsigned which = 77;

	ck_assert(!value_word("", "none zero poison", &which));
	ck_assert(!value_word("non", "none zero poison", &which));
	ck_assert(!value_word("nonez", "none zero poison", &which));
	ck_assert(!value_word("none zero", "none zero poison", &which));
	ck_assert(!value_word("", "", &which));
	ck_assert(!value_word("x", "", &which));
	ck_assert_uint_eq(which, 77);
	ck_assert(value_word("none", "none zero poison", &which));
	ck_assert_uint_eq(which, 0);
	ck_assert(value_word("Zero", "none zero poison", &which));
	ck_assert_uint_eq(which, 1);
	ck_assert(value_word("poison", "none zero poison", &which));
	ck_assert_uint_eq(which, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("value");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, sizes_take_their_units_in_any_case);
	tcase_add_test(all, a_size_out_of_bounds_is_refused_and_nothing_is_stored);
	tcase_add_test(all, a_size_that_is_none_is_refused);
	tcase_add_test(all, times_need_a_unit);
	tcase_add_test(all, amounts_are_bytes_or_shares);
	tcase_add_test(all, ranges_are_sizes_and_spans);
	tcase_add_test(all, ranges_that_are_none_are_refused);
	tcase_add_test(all, lists_end_at_their_limit);
	tcase_add_test(all, a_backward_range_in_a_long_list_suggests_nothing);
	tcase_add_test(all, prewarm_is_sizes_with_counts);
	tcase_add_test(all, paths_know_four_patterns);
	tcase_add_test(all, switches_have_eight_words);
	tcase_add_test(all, a_word_is_the_whole_of_one);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
