/* signame: every signal by name and number, there and back. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "signame.h"

START_TEST(names_are_taken_with_and_without_sig_in_any_case)
{
	ck_assert_int_eq(signame_number("USR2"), SIGUSR2);
	ck_assert_int_eq(signame_number("SIGUSR2"), SIGUSR2);
	ck_assert_int_eq(signame_number("sigusr2"), SIGUSR2);
	ck_assert_int_eq(signame_number("Usr2"), SIGUSR2);
	ck_assert_int_eq(signame_number("POLL"), SIGIO);
	ck_assert_int_eq(signame_number("SIGSIGUSR2"), 0);
	ck_assert_int_eq(signame_number("USR"), 0);
	ck_assert_int_eq(signame_number("USR22"), 0);
	ck_assert_int_eq(signame_number("SIG"), 0);
	ck_assert_int_eq(signame_number(""), 0);
}
END_TEST

START_TEST(numbers_are_taken_from_1_to_64)
{
	ck_assert_int_eq(signame_number("0"), 0);
	ck_assert_int_eq(signame_number("1"), 1);
	ck_assert_int_eq(signame_number("64"), 64);
	ck_assert_int_eq(signame_number("65"), 0);
	ck_assert_int_eq(signame_number("100"), 0);
	ck_assert_int_eq(signame_number("4294967306"), 0);
	ck_assert_int_eq(signame_number("10x"), 0);
	ck_assert_int_eq(signame_number("-1"), 0);
	ck_assert_int_eq(signame_number("SIG10"), 0);
}
END_TEST

START_TEST(real_time_signals_are_counted_from_either_end)
{
	char last[SIGNAME_MAX];

	ck_assert_int_eq(signame_number("RTMIN"), SIGRTMIN);
	ck_assert_int_eq(signame_number("SIGRTMIN+0"), SIGRTMIN);
	ck_assert_int_eq(signame_number("rtmin+11"), SIGRTMIN + 11);
	ck_assert_int_eq(signame_number("RTMAX"), SIGRTMAX);
	ck_assert_int_eq(signame_number("RTMAX-1"), SIGRTMAX - 1);
	signame_text(SIGRTMAX, last);
	ck_assert_int_eq(signame_number(last), SIGRTMAX);
	ck_assert_int_eq(signame_number("RTMIN+31"), 0);
	ck_assert_int_eq(signame_number("RTMAX-31"), 0);
	ck_assert_int_eq(signame_number("RTMIN-1"), 0);
	ck_assert_int_eq(signame_number("RTMAX+1"), 0);
	ck_assert_int_eq(signame_number("RTMIN+"), 0);
	ck_assert_int_eq(signame_number("RTMIN+1x"), 0);
	ck_assert_int_eq(signame_number("RTMIN11"), 0);
}
END_TEST

START_TEST(every_number_has_a_text_that_gives_it_back)
{
	for (int number = 1; number <= 64; number++) {
		char name[SIGNAME_MAX];

		signame_text(number, name);
		ck_assert_msg(signame_number(name) == number, "%d is written %s", number, name);
	}
}
END_TEST

START_TEST(texts_have_no_sig)
{
	char name[SIGNAME_MAX];

	signame_text(SIGUSR1, name);
	ck_assert_str_eq(name, "USR1");
	signame_text(SIGABRT, name);
	ck_assert_str_eq(name, "ABRT");
	signame_text(SIGIO, name);
	ck_assert_str_eq(name, "IO");
	signame_text(SIGRTMIN, name);
	ck_assert_str_eq(name, "RTMIN");
	signame_text(SIGRTMIN + 9, name);
	ck_assert_str_eq(name, "RTMIN+9");
	signame_text(SIGRTMIN + 11, name);
	ck_assert_str_eq(name, "RTMIN+11");
	signame_text(33, name);
	ck_assert_str_eq(name, "33");
	signame_text(-1, name);
	ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(what_glibc_calls_a_signal_is_its_row)
{
	for (unsigned row = 0; signame_row(row) != NULL; row++) {
		int number = signame_number(signame_row(row));

		ck_assert_int_gt(number, 0);
		if (number < SIGRTMIN && strcmp(signame_row(row), "IOT") != 0 && strcmp(signame_row(row), "IO") != 0)
			ck_assert_str_eq(signame_row(row), sigabbrev_np(number));
	}
}
END_TEST

START_TEST(objections_stand_where_a_handler_can_not_or_should_not)
{
	static const int refused[] = { SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, 32, 33 };
	unsigned objections = 0;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		ck_assert_msg(signame_objection(refused[i]) != NULL, "%d is not refused", refused[i]);
	for (int number = 1; number <= 64; number++)
		objections += signame_objection(number) != NULL;
	ck_assert_uint_eq(objections, sizeof refused / sizeof refused[0]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("signame");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, names_are_taken_with_and_without_sig_in_any_case);
	tcase_add_test(all, numbers_are_taken_from_1_to_64);
	tcase_add_test(all, real_time_signals_are_counted_from_either_end);
	tcase_add_test(all, every_number_has_a_text_that_gives_it_back);
	tcase_add_test(all, texts_have_no_sig);
	tcase_add_test(all, what_glibc_calls_a_signal_is_its_row);
	tcase_add_test(all, objections_stand_where_a_handler_can_not_or_should_not);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
