/* trigger: what the clock asks for, and what a control file does; and which files are none. */
#include "trigger.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dump.h"
#include "epoch.h"
#include "options.h"

static char dir[] = "trigger-XXXXXX";
static char path[PATH_MAX];

static void
set(const char *setting)
{
	char where[100], other[100];

	snprintf(where, sizeof(where), "TIDEPOOL_DUMP=%s/dump.%%n", dir);
	snprintf(other, sizeof(other), "%s", setting);
	options_load((char *const[]){ where, other, NULL }, false);
}

static const char *
in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
control(void)
{
	char setting[100];

	snprintf(setting, sizeof(setting), "TIDEPOOL_CONTROL=%s/ask", dir);
	set(setting);
}

static bool
is_there(const char *name)
{
	struct stat file;
	return lstat(in_dir(name), &file) == 0;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
set_up(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dump_fork_child();
	trigger_fork_child();
	umask(022);
}

static void
tear_down(void)
{
	DIR *d = opendir(dir);

	for (struct dirent *e = readdir(d); e; e = readdir(d))
		unlinkat(dirfd(d), e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	closedir(d);
	rmdir(dir);
}

/* One look, and what it asked for is written. */
static uint64_t
look(void)
{
	uint64_t next = trigger_look();
	dump_serve(SNAPSHOT_THREAD);
	return next;
}

static void
sleep_ms(unsigned ms)
{
	nanosleep(&(const struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* --- by the clock ---------------------------------------------------------------------------------------------------------- */

START_TEST(without_a_setting_nobody_needs_to_look)
{
	set("TIDEPOOL_FORMAT=text");
	ck_assert(!trigger_is_set());
	ck_assert_uint_eq(look(), UINT64_MAX);
	ck_assert(!is_there("dump.1"));
}
END_TEST

START_TEST(a_dump_comes_when_it_is_due_and_not_before)
{
	set("TIDEPOOL_DUMP_EVERY=200ms");
	ck_assert(trigger_is_set());
	uint64_t before = epoch_clock(), next = look(); /* the first look starts the clock */
	ck_assert_uint_ge(next, before + 200);
	ck_assert_uint_le(next, epoch_clock() + 200);
	ck_assert_uint_eq(look(), next);
	ck_assert(!is_there("dump.1"));
	sleep_ms(220);
	ck_assert_uint_gt(look(), next);
	ck_assert(is_there("dump.1"));
	look();
	ck_assert(!is_there("dump.2"));
}
END_TEST

START_TEST(after_a_long_sleep_one_dump_is_enough)
{
	set("TIDEPOOL_DUMP_EVERY=100ms");
	look();
	sleep_ms(550);
	look();
	look();
	look();
	ck_assert(is_there("dump.1"));
	ck_assert(!is_there("dump.2"));
}
END_TEST

START_TEST(a_childs_first_dump_is_a_period_away)
{
	set("TIDEPOOL_DUMP_EVERY=100ms");
	look();
	sleep_ms(120);
	trigger_fork_child();
	ck_assert_uint_gt(look(), epoch_clock() + 50);
	ck_assert(!is_there("dump.1"));
}
END_TEST

/* --- by a file ------------------------------------------------------------------------------------------------------------- */

START_TEST(a_file_asks_and_is_taken_away)
{
	control();
	ck_assert(trigger_is_set());
	uint64_t next = look();
	ck_assert_uint_gt(next, epoch_clock());
	ck_assert_uint_le(next, epoch_clock() + 200);
	ck_assert(!is_there("dump.1"));
	put("ask", "");
	look();
	ck_assert(is_there("dump.1"));
	ck_assert(!is_there("ask"));
	look();
	ck_assert(!is_there("dump.2"));
	put("ask", "no such format\n"); /* still a request */
	look();
	ck_assert(is_there("dump.2"));
}
END_TEST

START_TEST(formats_in_it_ask_for_an_answer)
{
	char name[100];

	control();
	put("ask", "json,prometheus\nand more\n");
	look();
	ck_assert(!is_there("ask"));
	ck_assert(!is_there("dump.1"));
	snprintf(name, sizeof(name), "tidepool.%d.answer.json", (int)getpid());
	ck_assert(is_there(name));
	snprintf(name, sizeof(name), "tidepool.%d.answer.prometheus", (int)getpid());
	ck_assert(is_there(name));
	snprintf(name, sizeof(name), "tidepool.%d.answer.text", (int)getpid());
	ck_assert(!is_there(name));
}
END_TEST

static void
expect_no_request(void)
{
	look();
	ck_assert(is_there("ask"));
	ck_assert(!is_there("dump.1"));
}

START_TEST(a_link_is_no_request)
{
	char target[PATH_MAX];

	control();
	put("mine", "");
	ck_assert_int_eq(symlink("mine", in_dir("ask")), 0);
	expect_no_request();
	unlink(in_dir("ask"));
	snprintf(target, sizeof(target), "%s", in_dir("mine"));
	ck_assert_int_eq(link(target, in_dir("ask")), 0);
	expect_no_request();
	ck_assert(is_there("mine"));
}
END_TEST

START_TEST(what_is_no_file_is_no_request_and_holds_nobody_up)
{
	control();
	ck_assert_int_eq(mkfifo(in_dir("ask"), 0600), 0);
	expect_no_request();
	unlink(in_dir("ask"));
	ck_assert_int_eq(mkdir(in_dir("ask"), 0700), 0);
	expect_no_request();
}
END_TEST

START_TEST(a_file_of_somebody_else_is_no_request)
{
	control();
	put("ask", "");
	if (chown(in_dir("ask"), 12345, (gid_t)-1) != 0)
		return; /* only root can give files away */
	expect_no_request();
}
END_TEST

START_TEST(what_cannot_be_taken_away_is_no_request)
{
	control();
	put("ask", "");
	if (geteuid() == 0)
		return; /* root may take anything away */
	chmod(dir, 0500);
	look();
	chmod(dir, 0700);
	ck_assert(!is_there("dump.1"));
}
END_TEST

START_TEST(a_look_leaves_no_descriptor_and_keeps_errno)
{
	int before = open("/dev/null", O_RDONLY);

	close(before);
	control();
	put("ask", "");
	errno = 77;
	trigger_look();
	ck_assert_int_eq(errno, 77);
	int after = open("/dev/null", O_RDONLY);
	close(after);
	ck_assert_int_eq(before, after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trigger");
	TCase *clocked = tcase_create("by the clock"), *file = tcase_create("by a file");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(clocked, set_up, tear_down);
	tcase_add_test(clocked, without_a_setting_nobody_needs_to_look);
	tcase_add_test(clocked, a_dump_comes_when_it_is_due_and_not_before);
	tcase_add_test(clocked, after_a_long_sleep_one_dump_is_enough);
	tcase_add_test(clocked, a_childs_first_dump_is_a_period_away);
	suite_add_tcase(suite, clocked);
	tcase_add_checked_fixture(file, set_up, tear_down);
	tcase_add_test(file, a_file_asks_and_is_taken_away);
	tcase_add_test(file, formats_in_it_ask_for_an_answer);
	tcase_add_test(file, a_link_is_no_request);
	tcase_add_test(file, what_is_no_file_is_no_request_and_holds_nobody_up);
	tcase_add_test(file, a_file_of_somebody_else_is_no_request);
	tcase_add_test(file, what_cannot_be_taken_away_is_no_request);
	tcase_add_test(file, a_look_leaves_no_descriptor_and_keeps_errno);
	suite_add_tcase(suite, file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
