/* The command's small rooms: human, table, figures, rate. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "human.h"
#include "options.h"
#include "rate.h"
#include "table.h"

/* --- human --------------------------------------------------------------------------------------------------------------- */

START_TEST(figures_are_short)
{
	ck_assert_str_eq(human_bytes(0, HUMAN), "0");
	ck_assert_str_eq(human_bytes(1023, HUMAN), "1023");
	ck_assert_str_eq(human_bytes(1024, HUMAN), "1.0K");
	ck_assert_str_eq(human_bytes(1536.0 * 1024 * 1024, HUMAN), "1.5G");
	ck_assert_str_eq(human_bytes(1001.7 * 1024, HUMAN), "1002K");
	ck_assert_str_eq(human_count(999, HUMAN), "999");
	ck_assert_str_eq(human_count(0.25, HUMAN), "0.2");
	ck_assert_str_eq(human_count(999960, HUMAN), "1.0M");
	ck_assert_str_eq(human_signed(-2048, human_bytes, HUMAN), "-2.0K");
	ck_assert_str_eq(human_signed(0, human_bytes, HUMAN), "0");
	for (double v = 1; v < 1e15; v *= 1.07) {
		ck_assert_uint_le(strlen(human_count(v, HUMAN)), 6);
		ck_assert_uint_le(strlen(human_bytes(v, HUMAN)), 6);
	}
}
END_TEST

START_TEST(nothing_is_left_for_a_terminal_to_obey)
{
	char text[] = "a\033[2Jb\n\tc\177\302\233d\303\244";

	human_clean(text);
	ck_assert_str_eq(text, "a?[2Jb\n\tc???d\303\244");
}
END_TEST

START_TEST(one_miss_is_never_a_hundred_percent)
{
	ck_assert_str_eq(human_share(999999, 1000000, HUMAN), "99.9%");
	ck_assert_str_eq(human_share(7, 7, HUMAN), "100.0%");
	ck_assert_str_eq(human_share(0, 0, HUMAN), "-");
}
END_TEST

/* --- table --------------------------------------------------------------------------------------------------------------- */

START_TEST(every_setting_is_found_and_its_default_taken)
{
	struct option_page page;
	union table_value value;
	struct refusal why;
	char lower[80];

	for (unsigned row = 0; options_page(row, &page); row++) {
		const struct setting *s = table_find(page.name, strlen(page.name));

		ck_assert_ptr_nonnull(s);
		ck_assert(table_value(s, page.initial, &value, &why));
		ck_assert(table_value(s, NULL, &value, &why));
		snprintf(lower, sizeof lower, "tidepool_%s", page.name);
		for (char *c = lower; *c != '\0'; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
		ck_assert_ptr_eq(table_find(lower, strlen(lower)), s);
	}
	ck_assert_ptr_null(table_find("EPOHC", 5));
	ck_assert_str_eq(table_nearest("TIDEPOOL_EPOHC", 14), "EPOCH");
	ck_assert_ptr_null(table_nearest("XYZZYPLUGH", 10));
}
END_TEST

START_TEST(a_wrong_value_is_the_default_as_in_the_library)
{
	ck_assert_int_eq(table_signal("banana"), table_signal(NULL));
	ck_assert_int_eq(table_signal("none"), 0);
	ck_assert_str_eq(table_dump(NULL), "/tmp/tidepool.%p.%n");
	ck_assert_str_eq(table_dump("/a/%n"), "/a/%n");
	ck_assert_ptr_null(table_control(NULL));
	ck_assert_str_eq(table_control("/a/ask"), "/a/ask");
}
END_TEST

/* --- figures and rate ------------------------------------------------------------------------------------------------------ */

#define DUMP(uptime, gets, misses, more) \
	"{\"schema\":1,\"pid\":7,\"program\":\"a\\u001bb\",\"uptime_seconds\":" uptime ",\"totals\":{\"gets\":" gets ",\"hits\":{\"private\":3}," \
	"\"misses\":" misses ",\"cached_bytes\":100,\"victim_bytes\":40" more "},\"classes\":[{\"size\":16,\"gets\":" gets "},{\"size\":32}]}"

START_TEST(a_dump_is_read)
{
	struct figures f;
	char why[WHY_MAX];

	ck_assert(figures_read(DUMP("1.5", "10", "2", ""), "it", &f, why));
	ck_assert_int_eq(f.pid, 7);
	ck_assert_str_eq(f.program, "a?b"); /* nothing for a terminal to obey */
	ck_assert_uint_eq(f.total.gets, 10);
	ck_assert_uint_eq(f.total.private_bytes, 60); /* from a library that did not say it */
	ck_assert_uint_eq(figures_hits(&f.total), 3);
	ck_assert_uint_eq(f.classes, 2);
	ck_assert_ptr_null(figures_class(&f, 48));
	ck_assert_uint_eq(figures_class(&f, 16)->gets, 10);
	figures_forget(&f);
}
END_TEST

START_TEST(what_is_no_dump_is_said)
{
	static const char *const texts[] = { "", "hello", "[]", "{}", "{\"schema\":2}", "{\"schema\":1", "{\"schema\":\"1\"}" };
	struct figures f;
	char why[WHY_MAX];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		why[0] = '\0';
		ck_assert(!figures_read(texts[i], "it", &f, why));
		ck_assert_ptr_nonnull(strstr(why, "it is no dump"));
	}
}
END_TEST

START_TEST(rates_are_differences_by_the_time)
{
	struct figures a, b;
	struct rate r;
	char why[WHY_MAX];

	ck_assert(figures_read(DUMP("1", "10", "2", ""), "a", &a, why) && figures_read(DUMP("3", "30", "2", ""), "b", &b, why));
	ck_assert(rate_between(&a, &b, &r));
	ck_assert_double_eq(r.seconds, 2);
	ck_assert_double_eq(r.total.gets, 10);
	ck_assert_double_eq(r.total.misses, 0);
	ck_assert_double_eq(r.row[0].gets, 10);
	rate_sort_rows(&r, RATE_SORT_GETS, true);
	ck_assert_uint_eq(r.row[0].between.size, 32);
	rate_sort_rows(&r, RATE_SORT_SIZE, false);
	ck_assert_uint_eq(r.row[0].between.size, 16);
	rate_forget(&r);
	ck_assert(rate_between(NULL, &b, &r)); /* since the start */
	ck_assert_double_eq(r.total.gets, 10);
	rate_forget(&r);
	ck_assert(!rate_between(&b, &a, &r));
	b.uptime = 0.5;
	ck_assert(!rate_between(&b, &a, &r)); /* it counts less */
	figures_forget(&a);
	figures_forget(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rooms of the command");
	TCase *tests = tcase_create("rooms");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, figures_are_short);
	tcase_add_test(tests, nothing_is_left_for_a_terminal_to_obey);
	tcase_add_test(tests, one_miss_is_never_a_hundred_percent);
	tcase_add_test(tests, every_setting_is_found_and_its_default_taken);
	tcase_add_test(tests, a_wrong_value_is_the_default_as_in_the_library);
	tcase_add_test(tests, a_dump_is_read);
	tcase_add_test(tests, what_is_no_dump_is_said);
	tcase_add_test(tests, rates_are_differences_by_the_time);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
