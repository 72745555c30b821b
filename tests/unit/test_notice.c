/* notice: once for a tree, whoever in it speaks. That children of a preloaded process belong to its tree is shown by tests/preload/aside. */
#include "notice.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[2000];

/* The mark of this process, which no parent of carries the library: it is the first of its tree. */
static const char *
mark(void)
{
	static char path[100];
	char stat[1000], *end;
	unsigned long long start = 0;
	FILE *f = fopen("/proc/self/stat", "r");

	ck_assert_ptr_nonnull(f);
	stat[fread(stat, 1, sizeof(stat) - 1, f)] = '\0';
	fclose(f);
	end = strrchr(stat, ')');
	ck_assert_ptr_nonnull(end);
	ck_assert_int_eq(sscanf(end, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &start), 1);
	snprintf(path, sizeof(path), "/tmp/tidepool.said.%d.%llu", (int)getpid(), start);
	return path;
}

static bool
say(const char *what)
{
	int ends[2], kept = dup(STDERR_FILENO);

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	errno = 77;
	bool written = notice_once((const char *const[]){ "it is ", what, NULL });
	ck_assert_int_eq(errno, 77);
	dup2(kept, STDERR_FILENO);
	close(kept);
	ssize_t n = read(ends[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	return written;
}

START_TEST(the_first_says_it_and_nobody_after)
{
	struct stat file;

	unlink(mark());
	ck_assert(say("so"));
	ck_assert_str_eq(said, "tidepool: it is so\n");
	ck_assert_int_eq(lstat(mark(), &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert(!say("so"));
	ck_assert_str_eq(said, "");
	ck_assert(!say("otherwise"));
	unlink(mark());
	ck_assert(say("so"));
	unlink(mark());
}
END_TEST

START_TEST(another_process_is_another_tree)
{
	int status;

	unlink(mark());
	ck_assert(say("so"));
	pid_t child = fork(); /* neither it nor we carry the library: it is the first of a tree of its own */
	if (child == 0) {
		bool good = say("so") && !say("so");
		unlink(mark());
		_exit(good ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	unlink(mark());
}
END_TEST

START_TEST(a_link_in_the_place_of_the_mark_is_not_followed)
{
	char target[] = "notice-target";

	unlink(mark());
	unlink(target);
	ck_assert_int_eq(symlink(target, mark()), 0);
	say("so");
	ck_assert_int_eq(access(target, F_OK), -1);
	unlink(mark());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notice");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, the_first_says_it_and_nobody_after);
	tcase_add_test(all, another_process_is_another_tree);
	tcase_add_test(all, a_link_in_the_place_of_the_mark_is_not_followed);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
