/* progname: the name stays what it was at start. */
#include "progname.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_name_is_copied_once_and_bounded)
{
	char title[1000], kettle[] = "kettle";

	ck_assert_str_eq(progname, "");
	memset(title, 'k', sizeof title - 1);
	title[sizeof title - 1] = '\0';
	program_invocation_short_name = title;
	progname_take();
	ck_assert_uint_eq(strlen(progname), 255);
	memset(title, 'x', sizeof title - 1);
	program_invocation_short_name = kettle;
	progname_take();
	ck_assert_uint_eq(strspn(progname, "k"), 255);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("progname");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, a_name_is_copied_once_and_bounded);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
