/* Tests of the room lines. */
#include "lines.h"

#include <errno.h>
#include <pthread.h>

#include "fake_root.h"

static char path[128];
static char buffer[16];
static struct lines file;

static void
open_with(const char *text)
{
	put("/it", text);
	snprintf(path, sizeof(path), "%s/it", fake_root);
	ck_assert(lines_open(&file, path, buffer, sizeof(buffer)));
}

static void
next_is(const char *expected)
{
	const char *line = lines_next(&file);
	if (expected == NULL)
		ck_assert_ptr_null(line);
	else
		ck_assert_str_eq(line, expected);
}

START_TEST(lines_come_one_by_one_whatever_the_buffer_cuts)
{
	open_with("one\ntwo\n\nfour is 14 long\nfive\nsix\nseven");
	next_is("one");
	next_is("two");
	next_is("");
	next_is("four is 14 long");
	next_is("five");
	next_is("six");
	next_is("seven"); /* without a newline */
	next_is(NULL);
	next_is(NULL);
	lines_close(&file);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_and_the_next_one_is_whole)
{
	char text[400];

	for (int more = 0; more < 200; more++) { /* its end lies anywhere in what skipping reads */
		memset(text, 'x', sizeof(text));
		strcpy(text + 15 + more, "\nnext\n");
		open_with(text);
		next_is("xxxxxxxxxxxxxxx");
		next_is("next");
		next_is(NULL);
		lines_close(&file);
	}
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	open_with(text);
	next_is("xxxxxxxxxxxxxxx");
	next_is(NULL);
	lines_close(&file);
}
END_TEST

START_TEST(an_empty_file_has_no_line)
{
	open_with("");
	next_is(NULL);
	lines_close(&file);
}
END_TEST

START_TEST(what_can_not_be_read_is_not_there_and_errno_is_kept)
{
	errno = 1234;
	ck_assert(!lines_open(&file, "/nonexistent/file", buffer, sizeof(buffer)));
	ck_assert(lines_open(&file, "/", buffer, sizeof(buffer))); /* opened, but not read */
	next_is(NULL);
	lines_close(&file);
	ck_assert_int_eq(errno, 1234);
}
END_TEST

START_TEST(a_pipe_is_neither_waited_for_nor_robbed)
{
	snprintf(path, sizeof(path), "%s/pipe", fake_root);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	int pipe = open(path, O_RDWR | O_NONBLOCK);
	char byte;
	ck_assert_int_eq(write(pipe, "x", 1), 1);
	ck_assert(lines_open(&file, path, buffer, sizeof(buffer)));
	next_is(NULL);
	lines_close(&file);
	ck_assert_int_eq(read(pipe, &byte, 1), 1);
	close(pipe);
}
END_TEST

static void *
read_when_cancelled(void *done)
{
	int state;
	pthread_cancel(pthread_self());
	if (lines_open(&file, path, buffer, sizeof(buffer))) {
		lines_next(&file);
		lines_close(&file);
	}
	lines_open(&file, "/nonexistent", buffer, sizeof(buffer));
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	*(int *)done = 1 + (state == PTHREAD_CANCEL_ENABLE);
	return NULL;
}

START_TEST(reading_is_no_cancellation_point)
{
	pthread_t thread;
	int done = 0;
	open_with("text");
	lines_close(&file);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_when_cancelled, &done), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(done, 2); /* it came to its end, and could be cancelled again */
}
END_TEST

START_TEST(nothing_stays_open)
{
	unsigned before = open_files();
	open_with("text");
	ck_assert_int_eq(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
	lines_close(&file);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

START_TEST(numbers_saturate)
{
	static const struct { const char *text; uint64_t value; const char *rest; } of[] = {
		{ "0", 0, "" }, { "12 x", 12, " x" }, { "007", 7, "" }, { "5.5", 5, ".5" },
		{ "9223372036854771712", 9223372036854771712u, "" },
		{ "18446744073709551615", UINT64_MAX, "" },
		{ "18446744073709551616", UINT64_MAX, "" },
		{ "99999999999999999999999999999999 ", UINT64_MAX, " " },
	};
	static const char *const none[] = { "", "max", "-1", " 1", "+1" };
	uint64_t value;

	for (size_t i = 0; i < SIZE_OF(of); i++) {
		const char *at = of[i].text;
		ck_assert(lines_number(&at, &value));
		ck_assert_uint_eq(value, of[i].value);
		ck_assert_str_eq(at, of[i].rest);
	}
	for (size_t i = 0; i < SIZE_OF(none); i++) {
		const char *at = none[i];
		value = 77;
		ck_assert(!lines_number(&at, &value));
		ck_assert_ptr_eq(at, none[i]);
		ck_assert_uint_eq(value, 77);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lines");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, make_fake_root, remove_fake_root);
	tcase_add_test(all, lines_come_one_by_one_whatever_the_buffer_cuts);
	tcase_add_test(all, a_line_that_is_too_long_is_cut_and_the_next_one_is_whole);
	tcase_add_test(all, an_empty_file_has_no_line);
	tcase_add_test(all, what_can_not_be_read_is_not_there_and_errno_is_kept);
	tcase_add_test(all, a_pipe_is_neither_waited_for_nor_robbed);
	tcase_add_test(all, reading_is_no_cancellation_point);
	tcase_add_test(all, nothing_stays_open);
	tcase_add_test(all, numbers_saturate);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
