/* writer: text in a buffer, numbers, JSON, columns; and files that take it slowly, in part, or not at all. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

static char text[256];
static struct writer w;

static void
fresh(void)
{
	memset(text, 'X', sizeof text);
	writer_init(&w, text, sizeof text, -1);
}

static void
expect(const char *expected)
{
	ck_assert(writer_terminate(&w));
	ck_assert_str_eq(text, expected);
	ck_assert_uint_eq(w.len, strlen(expected));
	fresh();
}

/* --- text and numbers --- */

START_TEST(pieces_follow_each_other)
{
	writer_char(&w, 'a');
	writer_str(&w, "");
	writer_str(&w, "bc");
	writer_mem(&w, "d\0e", 1);
	writer_mem(&w, "zzz", 0);
	expect("abcd");
}
END_TEST

START_TEST(numbers_are_whole_up_to_both_ends)
{
	writer_u64(&w, 0);
	expect("0");
	writer_u64(&w, UINT64_MAX);
	expect("18446744073709551615");
	writer_i64(&w, 0);
	expect("0");
	writer_i64(&w, -1);
	expect("-1");
	writer_i64(&w, INT64_MAX);
	expect("9223372036854775807");
	writer_i64(&w, INT64_MIN);
	expect("-9223372036854775808");
}
END_TEST

START_TEST(hex_has_no_leading_zeros)
{
	writer_hex(&w, 0);
	expect("0x0");
	writer_hex(&w, 0xf);
	expect("0xf");
	writer_hex(&w, 0x1020);
	expect("0x1020");
	writer_hex(&w, UINT64_MAX);
	expect("0xffffffffffffffff");
}
END_TEST

START_TEST(fixed_has_exactly_its_decimals)
{
	static const struct { uint64_t v; unsigned decimals; const char *text; } cases[] = {
		{ 1500, 3, "1.500" }, { 0, 3, "0.000" }, { 7, 3, "0.007" }, { 999, 3, "0.999" }, { 1000, 3, "1.000" },
		{ 42, 0, "42" }, { 0, 0, "0" }, { 5, 1, "0.5" }, { UINT64_MAX, 1, "1844674407370955161.5" },
		{ UINT64_MAX, 20, "0.18446744073709551615" }, { 1, 22, "0.0000000000000000000001" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		writer_fixed(&w, cases[i].v, cases[i].decimals);
		expect(cases[i].text);
	}
}
END_TEST

START_TEST(bytes_are_for_a_person)
{
	static const struct { uint64_t v; const char *text; } cases[] = {
		{ 0, "0" }, { 512, "512" }, { 1023, "1023" }, { 1024, "1K" }, { 1025, "1.0K" }, { 1536, "1.5K" },
		{ 4096, "4K" }, { (3 << 19), "1.5M" }, { UINT64_C(2) << 30, "2G" }, { (UINT64_C(2) << 30) + 1, "2.0G" },
		{ (1 << 20) - 1, "1.0M" }, /* 1023.999K is not written 1024.0K */
		{ 1047552, "1023K" }, { 1047552 + 511, "1023.5K" }, { UINT64_C(1) << 40, "1T" }, { UINT64_C(3) << 49, "1.5P" },
		{ UINT64_C(1) << 60, "1E" }, { UINT64_C(1) << 63, "8E" }, { UINT64_MAX, "16.0E" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		writer_bytes(&w, cases[i].v);
		expect(cases[i].text);
	}
}
END_TEST

START_TEST(columns_are_at_least_as_wide_as_asked_and_never_cut)
{
	writer_right(&w, 42, 5);
	expect("   42");
	writer_right(&w, 12345, 5);
	expect("12345");
	writer_right(&w, 123456, 5);
	expect("123456");
	writer_right_bytes(&w, 1536, 7);
	expect("   1.5K");
	writer_right_bytes(&w, 1536, 4);
	expect("1.5K");
	writer_right_bytes(&w, 1536, 0);
	expect("1.5K");
	writer_left(&w, "ab", 4);
	writer_char(&w, '|');
	expect("ab  |");
	writer_left(&w, "abcd", 4);
	expect("abcd");
	writer_left(&w, "abcde", 4);
	expect("abcde");
	writer_left(&w, "h\xc3\xa4", 4); /* ä is one column */
	writer_char(&w, '|');
	expect("h\xc3\xa4  |");
}
END_TEST

/* --- JSON --- */

START_TEST(json_escapes_what_a_parser_would_refuse)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "", "\"\"" },
		{ "plain / text", "\"plain / text\"" },
		{ "q\"b\\", "\"q\\\"b\\\\\"" },
		{ "\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\\u007f\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		writer_json(&w, cases[i].from);
		expect(cases[i].to);
	}
}
END_TEST

START_TEST(json_keeps_every_length_of_utf8)
{
	static const char *const good[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		writer_json(&w, good[i]);
		ck_assert_uint_eq(w.len, strlen(good[i]) + 2);
		ck_assert_mem_eq(text + 1, good[i], strlen(good[i]));
		fresh();
	}
}
END_TEST

START_TEST(json_replaces_each_byte_that_is_not_utf8)
{
	static const struct { const char *from; unsigned bad; const char *rest; } cases[] = {
		{ "\x80", 1, "" },              /* a continuation alone */
		{ "\xff", 1, "" },
		{ "\xc0\xaf", 2, "" },          /* overlong */
		{ "\xc1\xbf", 2, "" },
		{ "\xe0\x9f\xbf", 3, "" },
		{ "\xf0\x8f\xbf\xbf", 4, "" },
		{ "\xed\xa0\x80", 3, "" },      /* a surrogate */
		{ "\xf4\x90\x80\x80", 4, "" },  /* past U+10FFFF */
		{ "\xf5\x80\x80\x80", 4, "" },
		{ "\xc3", 1, "" },              /* cut off by the end … */
		{ "\xe2\x82", 2, "" },
		{ "\xf0\x9f\x98", 3, "" },
		{ "\xe2\x82z", 2, "z" },        /* … or by another character */
		{ "\xc3\"", 1, "\\\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char expected[64] = "\"";

		for (unsigned j = 0; j < cases[i].bad; j++)
			strcat(expected, "\\ufffd");
		strcat(expected, cases[i].rest);
		strcat(expected, "\"");
		writer_json(&w, cases[i].from);
		expect(expected);
	}
}
END_TEST

/* --- the buffer's end, without a file --- */

START_TEST(a_text_that_just_fits_is_whole)
{
	writer_init(&w, text, 4, -1);
	writer_str(&w, "abcd");
	ck_assert_uint_eq(w.len, 4);
	ck_assert(writer_flush(&w));
	ck_assert_mem_eq(text, "abcdX", 5);
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_cut_and_says_so)
{
	writer_init(&w, text, 4, -1);
	writer_str(&w, "abc");
	writer_str(&w, "de");
	ck_assert_uint_eq(w.len, 4);
	ck_assert(!writer_flush(&w));
	ck_assert_mem_eq(text, "abcdX", 5);
}
END_TEST

START_TEST(nothing_is_added_behind_a_cut)
{
	writer_init(&w, text, 4, -1);
	writer_str(&w, "abcde");
	w.len = 2; /* even where there would be room again */
	writer_str(&w, "f");
	ck_assert_uint_eq(w.len, 2);
}
END_TEST

START_TEST(terminate_puts_the_nul_inside_the_buffer)
{
	writer_init(&w, text, 4, -1);
	writer_str(&w, "abc");
	ck_assert(writer_terminate(&w));
	ck_assert_mem_eq(text, "abc\0X", 5);

	fresh();
	writer_init(&w, text, 4, -1);
	writer_str(&w, "abcd");
	ck_assert(!writer_terminate(&w));
	ck_assert_mem_eq(text, "abc\0X", 5);
}
END_TEST

START_TEST(a_buffer_of_nothing_takes_nothing)
{
	for (int fd = -1; fd <= 1; fd += 2) {
		writer_init(&w, text, 0, fd);
		writer_str(&w, "a");
		ck_assert(!writer_flush(&w));
		ck_assert(!writer_terminate(&w));
		ck_assert_int_eq(text[0], 'X');
	}
}
END_TEST

/* --- files --- */

static int ends[2];

static void
open_pipe(void)
{
	ck_assert_int_eq(pipe(ends), 0);
	fresh();
}

static void
close_pipe(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void
expect_from_pipe(const char *expected)
{
	char got[256];
	ssize_t n = read(ends[0], got, sizeof got);

	ck_assert_int_eq(n, (ssize_t)strlen(expected));
	ck_assert_mem_eq(got, expected, (size_t)n);
}

START_TEST(nothing_is_written_before_the_buffer_is_full)
{
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	writer_init(&w, text, 4, ends[1]);
	writer_str(&w, "abcd");
	ck_assert_int_eq(read(ends[0], text + 8, 8), -1);
	writer_char(&w, 'e');
	expect_from_pipe("abcd");
	ck_assert(writer_flush(&w));
	expect_from_pipe("e");
	ck_assert(writer_flush(&w)); /* nothing is left to write */
	ck_assert_int_eq(read(ends[0], text + 8, 8), -1);
}
END_TEST

START_TEST(a_text_longer_than_the_buffer_arrives_whole)
{
	writer_init(&w, text, 3, ends[1]);
	writer_str(&w, "abcdefghij");
	writer_u64(&w, 1234567);
	ck_assert(writer_flush(&w));
	expect_from_pipe("abcdefghij1234567");
}
END_TEST

START_TEST(a_closed_file_is_a_failure_that_lasts)
{
	int closed = dup(ends[1]);

	close(closed);
	writer_init(&w, text, 4, closed);
	writer_str(&w, "abc");
	ck_assert(!writer_flush(&w));
	w.fd = ends[1]; /* a file that would take it */
	writer_str(&w, "def");
	ck_assert(!writer_flush(&w));
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(read(ends[0], text + 8, 8), -1);
}
END_TEST

START_TEST(a_full_disk_is_a_failure)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	writer_init(&w, text, 4, fd);
	writer_str(&w, "abc");
	ck_assert(!writer_flush(&w));
	close(fd);
}
END_TEST

START_TEST(errno_is_kept)
{
	errno = EDOM;
	writer_init(&w, text, 4, 12345);
	writer_str(&w, "abcdefgh");
	ck_assert(!writer_flush(&w));
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

START_TEST(a_pipe_without_reader_is_a_failure_and_no_signal)
{
	sigset_t pending, mask;

	close(ends[0]);
	signal(SIGPIPE, SIG_DFL);
	writer_init(&w, text, 4, ends[1]);
	writer_str(&w, "abc");
	ck_assert(!writer_flush(&w)); /* SIGPIPE would end this process */
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	ck_assert_int_eq(sigismember(&mask, SIGPIPE), 0);
}
END_TEST

START_TEST(a_sigpipe_that_was_pending_stays_pending)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	pthread_kill(pthread_self(), SIGPIPE);
	close(ends[0]);
	writer_init(&w, text, 4, ends[1]);
	writer_str(&w, "abc");
	ck_assert(!writer_flush(&w));
	ck_assert_int_eq(sigpending(&set), 0);
	ck_assert_int_eq(sigismember(&set, SIGPIPE), 1);
}
END_TEST

static const size_t much = 1 << 20;

/* Reads everything, slowly; checks the order of the bytes. */
static void *
slow_reader(void *unused)
{
	static char part[5000];
	size_t total = 0;
	ssize_t n;

	(void)unused;
	while ((n = read(ends[0], part, sizeof part)) > 0) {
		for (ssize_t i = 0; i < n; i++, total++)
			if (part[i] != (char)('a' + total % 26))
				return NULL;
		usleep(100);
	}
	return total == much ? &ends : NULL;
}

static void
write_much(int fd)
{
	char buffer[100000];

	writer_init(&w, buffer, sizeof buffer, fd);
	for (size_t i = 0; i < much; i++)
		writer_char(&w, (char)('a' + i % 26));
	ck_assert(writer_flush(&w));
}

static void
nothing(int signal)
{
	(void)signal;
}

START_TEST(a_nonblocking_pipe_that_is_full_is_waited_for)
{
	pthread_t reader;
	void *whole;

	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, slow_reader, NULL), 0);
	write_much(ends[1]);
	close(ends[1]);
	pthread_join(reader, &whole);
	ck_assert_ptr_nonnull(whole);
}
END_TEST

START_TEST(short_and_interrupted_writes_lose_nothing)
{
	struct sigaction action = { .sa_handler = nothing }; /* no SA_RESTART: write gives EINTR, or a short count */
	timer_t timer;
	const struct itimerspec often = { { 0, 300000 }, { 0, 300000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	pthread_t reader;
	sigset_t set;
	void *whole;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(pthread_create(&reader, NULL, slow_reader, NULL), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	sigaction(SIGALRM, &action, NULL);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &often, NULL), 0);
	write_much(ends[1]);
	timer_delete(timer);
	close(ends[1]);
	pthread_join(reader, &whole);
	ck_assert_ptr_nonnull(whole);
}
END_TEST

START_TEST(a_nonblocking_pipe_that_nobody_empties_is_given_up)
{
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	while (write(ends[1], text, sizeof text) > 0)
		;
	writer_init(&w, text, 4, ends[1]);
	writer_str(&w, "abc");
	ck_assert(!writer_flush(&w));
}
END_TEST

static void *
write_when_cancelled(void *arg)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	writer_init(&w, text, 4, ends[1]);
	writer_str(&w, "abc");
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	writer_flush(&w);
	return arg;
}

START_TEST(it_is_no_cancellation_point)
{
	pthread_t thread;
	void *end;

	ck_assert_int_eq(pthread_create(&thread, NULL, write_when_cancelled, &w), 0);
	ck_assert_int_eq(pthread_join(thread, &end), 0);
	ck_assert_ptr_eq(end, &w);
	expect_from_pipe("abc");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("writer");
	TCase *in_memory = tcase_create("in memory");
	TCase *to_files = tcase_create("to files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(in_memory, fresh, NULL);
	tcase_add_test(in_memory, pieces_follow_each_other);
	tcase_add_test(in_memory, numbers_are_whole_up_to_both_ends);
	tcase_add_test(in_memory, hex_has_no_leading_zeros);
	tcase_add_test(in_memory, fixed_has_exactly_its_decimals);
	tcase_add_test(in_memory, bytes_are_for_a_person);
	tcase_add_test(in_memory, columns_are_at_least_as_wide_as_asked_and_never_cut);
	tcase_add_test(in_memory, json_escapes_what_a_parser_would_refuse);
	tcase_add_test(in_memory, json_keeps_every_length_of_utf8);
	tcase_add_test(in_memory, json_replaces_each_byte_that_is_not_utf8);
	tcase_add_test(in_memory, a_text_that_just_fits_is_whole);
	tcase_add_test(in_memory, a_text_that_does_not_fit_is_cut_and_says_so);
	tcase_add_test(in_memory, nothing_is_added_behind_a_cut);
	tcase_add_test(in_memory, terminate_puts_the_nul_inside_the_buffer);
	tcase_add_test(in_memory, a_buffer_of_nothing_takes_nothing);
	suite_add_tcase(suite, in_memory);

	tcase_add_checked_fixture(to_files, open_pipe, close_pipe);
	tcase_add_test(to_files, nothing_is_written_before_the_buffer_is_full);
	tcase_add_test(to_files, a_text_longer_than_the_buffer_arrives_whole);
	tcase_add_test(to_files, a_closed_file_is_a_failure_that_lasts);
	tcase_add_test(to_files, a_full_disk_is_a_failure);
	tcase_add_test(to_files, errno_is_kept);
	tcase_add_test(to_files, a_pipe_without_reader_is_a_failure_and_no_signal);
	tcase_add_test(to_files, a_sigpipe_that_was_pending_stays_pending);
	tcase_add_test(to_files, a_nonblocking_pipe_that_is_full_is_waited_for);
	tcase_add_test(to_files, short_and_interrupted_writes_lose_nothing);
	tcase_add_test(to_files, a_nonblocking_pipe_that_nobody_empties_is_given_up);
	tcase_add_test(to_files, it_is_no_cancellation_point);
	suite_add_tcase(suite, to_files);

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
