/* columns: what a page is set from. */
#include "columns.h"

#include <check.h>
#include <stdlib.h>

static char out[200];
static struct writer w;

static const char *
text(void)
{
	ck_assert(writer_terminate(&w));
	return out;
}

static void
set_up(void)
{
	writer_init(&w, out, sizeof(out), -1);
}

START_TEST(a_label_is_the_left_margin)
{
	columns_label(&w, "cached");
	columns_label(&w, "longer than the margin");
	writer_char(&w, '|');
	ck_assert_str_eq(text(), "cached      longer than the margin|");
}
END_TEST

START_TEST(figures_never_run_together)
{
	columns_number(&w, 7, 4);
	columns_number(&w, 123456, 4);
	columns_bytes(&w, 1536, 8);
	columns_bytes(&w, UINT64_MAX, 2);
	ck_assert_str_eq(text(), "   7 123456    1.5K 16.0E");
}
END_TEST

static const struct { uint64_t part, whole; const char *text; } shares[] = {
	{ 0, 0, "     -" }, { 0, 1, "   0.0" }, { 999999, 1000000, "  99.9" }, { 1, 1, " 100.0" }, { 1, 3, "  33.3" },
	{ UINT64_MAX, UINT64_MAX, " 100.0" }, { UINT64_MAX / 2, UINT64_MAX, "  49.9" },
};

START_TEST(a_share_is_rounded_down)
{
	columns_share(&w, shares[_i].part, shares[_i].whole, 6);
	ck_assert_str_eq(text(), shares[_i].text);
}
END_TEST

START_TEST(a_name_stays_on_its_line)
{
	char name[] = "a\nb\t\177\033";

	columns_plain(&w, name);
	columns_make_plain(name);
	writer_char(&w, '|');
	writer_str(&w, name);
	ck_assert_str_eq(text(), "a?b???|a?b???");
}
END_TEST

static const struct { uint64_t ms; const char *text; } times[] = {
	{ 0, "0ms" }, { 999, "999ms" }, { 12345, "12.345s" }, { 60000, "1m 00s" }, { 11040000, "3h 04m 00s" }, { UINT64_C(1047840000), "12d 03h 04m" },
};

START_TEST(a_time_has_the_units_of_a_person)
{
	columns_time(&w, times[_i].ms);
	ck_assert_str_eq(text(), times[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("columns");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_test(all, a_label_is_the_left_margin);
	tcase_add_test(all, figures_never_run_together);
	tcase_add_loop_test(all, a_share_is_rounded_down, 0, (int)(sizeof(shares) / sizeof(shares[0])));
	tcase_add_test(all, a_name_stays_on_its_line);
	tcase_add_loop_test(all, a_time_has_the_units_of_a_person, 0, (int)(sizeof(times) / sizeof(times[0])));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
