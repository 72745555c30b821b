/* setting: rows of a table of this test's own, so that no tuning of options.def changes what is held here. */
#include <check.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "setting.h"

static char path_text[PATH_MAX];

static const struct setting
	ranges = { .kind = SETTING_RANGES, .words = "", .smallest = 8, .largest = 64 * KIB },
	period = { .kind = SETTING_TIME, .words = "never", .smallest = 10, .largest = MINUTE_MS },
	amount = { .kind = SETTING_AMOUNT, .words = "", .smallest = KIB, .largest = MIB, .share = 50 },
	amount_or_0 = { .kind = SETTING_AMOUNT, .words = "0", .smallest = KIB, .largest = MIB, .share = 50 },
	size = { .kind = SETTING_SIZE, .words = "", .smallest = 1, .largest = 3 * GIB },
	prewarm = { .kind = SETTING_PREWARM, .words = "none", .smallest = 8, .largest = KIB },
	two_words = { .kind = SETTING_WORD, .words = "left right" },
	four_words = { .kind = SETTING_WORD, .words = "north east south west" },
	set_of_words = { .kind = SETTING_WORDS, .words = "north east south west" },
	signal_row = { .kind = SETTING_SIGNAL, .words = "none", .smallest = 1, .largest = 64 },
	path = { .kind = SETTING_PATH, .words = "stderr", .text = path_text },
	toggle = { .kind = SETTING_SWITCH, .words = "" };

static union field {
	struct size_ranges ranges;
	uint64_t number;
	struct amount amount;
	struct prewarm prewarm;
	unsigned word;
	int signal;
	const char *path;
	bool on;
} field;

static struct refusal why;

/* Takes the text and puts the field: what it is spelt like; or the refusal's reason and suggestion. */
static const char *
answer(const struct setting *s, const char *text)
{
	static char out[256];
	struct writer w;

	writer_init(&w, out, sizeof out, -1);
	if (setting_take(s, text, &field, &why)) {
		setting_put(&w, s, &field);
	} else {
		setting_suggest(s, text, &field, &why);
		writer_str(&w, why.what);
		if (why.nearest[0] != '\0') {
			writer_str(&w, " - ");
			writer_str(&w, why.nearest);
		}
	}
	ck_assert(writer_terminate(&w));
	return out;
}

START_TEST(every_kind_is_put_as_it_is_taken)
{
	static const struct { const struct setting *s; const char *text; } cases[] = {
		{ &ranges, "8,16-64K" }, { &period, "10ms" }, { &period, "1m" }, { &period, "59s" }, { &period, "never" }, { &amount, "50%" },
		{ &amount, "1M" }, { &amount_or_0, "0" }, { &size, "3G" }, { &size, "1" }, { &size, "1025" }, { &prewarm, "8:1,1K:10000000" },
		{ &prewarm, "none" }, { &two_words, "left" }, { &two_words, "right" }, { &four_words, "north" }, { &four_words, "west" },
		{ &set_of_words, "north" }, { &set_of_words, "west" }, { &set_of_words, "east,west" }, { &set_of_words, "north,east,south,west" },
		{ &signal_row, "HUP" }, { &signal_row, "RTMIN" }, { &signal_row, "none" }, { &path, "stderr" }, { &path, "a/%p" }, { &toggle, "on" },
		{ &toggle, "off" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(&field, 0xff, sizeof field);
		ck_assert_str_eq(answer(cases[i].s, cases[i].text), cases[i].text);
	}
}
END_TEST

START_TEST(a_refused_text_leaves_the_field_as_it_is)
{
	static const struct setting *const all[] = {
		&ranges, &period, &amount, &size, &prewarm, &two_words, &set_of_words, &signal_row, &path, &toggle,
	};
	union field before;

	memset(&field, 0x5a, sizeof field);
	memcpy(&before, &field, sizeof field);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		ck_assert(!setting_take(all[i], "%?", &field, &why));
		ck_assert_mem_eq(&before, &field, sizeof field);
	}
}
END_TEST

START_TEST(what_is_suggested_would_have_been_taken)
{
	static const struct { const struct setting *s; const char *text, *answer; } cases[] = {
		{ &period, "2min", "not understood" }, /* 2m is past the largest */
		{ &period, "1min", "not understood - 1m" }, { &period, "nevr", "not understood - never" }, { &period, "5", "not understood - 5s" },
		{ &period, "120", "not understood" }, { &period, "0", "not understood" }, /* neither off nor none is a word of it */
		{ &amount, "25", "too small - 25%" }, { &amount, "51", "too small" }, { &amount, "off", "not understood" },
		{ &amount_or_0, "off", "not understood - 0" }, { &amount_or_0, "none", "not understood - 0" }, { &amount_or_0, "2M", "too large" },
		{ &size, "16 kilobytes", "not understood - 16K" }, { &size, "4Gigs", "not understood" }, { &ranges, "8, 16", "not understood - 8,16" },
		{ &ranges, "16-8", "runs backwards - 8-16" }, { &ranges, "16-4", "runs backwards" }, { &prewarm, "8 : 1", "not understood - 8:1" },
		{ &prewarm, "no", "not understood - none" }, { &four_words, "wset", "not understood - west" }, { &four_words, "up", "not understood" },
		{ &four_words, " west", "not understood - west" }, { &signal_row, "SIGUSR", "no such signal - USR1" },
		{ &set_of_words, "wset", "not understood - west" }, { &set_of_words, "north, east", "not understood - north,east" },
		{ &set_of_words, "north,", "not understood - north" }, { &set_of_words, "north;east", "not understood" }, { &set_of_words, ",", "not understood" },
		{ &signal_row, "KIL", "no such signal" }, /* KILL is refused itself */
		{ &signal_row, "RTMN", "no such signal - RTMIN" }, { &signal_row, "SEGV", "is the mark of a fault" }, { &signal_row, "0", "no such signal - none" },
		{ &path, "sderr", "not understood - stderr" }, { &path, "no", "not understood" }, { &path, "/", "a directory" },
		{ &toggle, "ture", "not understood - true" }, { &toggle, "none", "not understood - off" }, { &toggle, "perhaps", "not understood" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(strcmp(answer(cases[i].s, cases[i].text), cases[i].answer) == 0, "%s: %s", cases[i].text, answer(cases[i].s, cases[i].text));
}
END_TEST

START_TEST(what_is_allowed_is_said_in_words)
{
	static const struct { const struct setting *s; const char *allowed; } cases[] = {
		{ &ranges, "sizes and ranges from 8 to 64K, such as 64,128-512,4K" }, { &period, "10ms to 1m, or never" },
		{ &amount, "1K to 1M, or 1% to 50%" }, { &amount_or_0, "1K to 1M, 1% to 50%, or 0" }, { &size, "1 to 3G" },
		{ &prewarm, "sizes from 8 to 1K with 1 to 10000000 objects each, such as 64:10000,4K:64, or none" }, { &two_words, "left or right" },
		{ &four_words, "north, east, south, or west" },
		{ &set_of_words, "north, east, south, west, or several with commas" }, { &signal_row, "a name, a number from 1 to 64, RTMIN+n, RTMAX-n, or none" },
		{ &path, "the path of a file with %p, %n, %e, %%, or stderr" }, { &toggle, "on or off" },
	};
	char out[256];
	struct writer w;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		writer_init(&w, out, sizeof out, -1);
		setting_put_allowed(&w, cases[i].s);
		ck_assert(writer_terminate(&w));
		ck_assert_str_eq(out, cases[i].allowed);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("setting");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, every_kind_is_put_as_it_is_taken);
	tcase_add_test(all, a_refused_text_leaves_the_field_as_it_is);
	tcase_add_test(all, what_is_suggested_would_have_been_taken);
	tcase_add_test(all, what_is_allowed_is_said_in_words);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
