/* dump_file: where a dump goes, and that nobody ever sees half of it. */
#include "dump_file.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "progname.h"

static char dir[] = "dump_file-XXXXXX";
static char path[PATH_MAX];

static void
set_up(void)
{
	static char program[] = "a/kettle";

	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	progname = program;
	umask(0);
}

/* Counts what lies in the directory; with `clear`, takes it away. */
static unsigned
entries(bool clear)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (clear)
			unlinkat(dirfd(d), e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	}
	closedir(d);
	return n;
}

static void
tear_down(void)
{
	entries(true);
	rmdir(dir);
}

static const char *
in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *
content(const char *name)
{
	static char text[100];
	FILE *f = fopen(in_dir(name), "r");
	size_t n;

	ck_assert_msg(f != NULL, "there is no %s", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static int filled;

static bool
fill(int fd)
{
	filled = fd;
	return write(fd, "whole\n", 6) == 6;
}

static const struct { const char *pattern, *begin, *end; } patterns[] = { /* begin, pid, end; the pid only if end is there */
	{ "plain", "plain", NULL }, { "%n", "42", NULL }, { "%e", "a_kettle", NULL }, { "x.%p.%n", "x.", ".42" },
	{ "100%%", "100%", NULL }, { "%%p", "%p", NULL }, { "%x%", "%x%", NULL }, { "%n%n/%e", "4242/a_kettle", NULL }, { "", "", NULL },
};

START_TEST(a_pattern_is_expanded)
{
	char expected[100];

	snprintf(expected, sizeof(expected), "%s", patterns[_i].begin);
	if (patterns[_i].end)
		snprintf(expected, sizeof(expected), "%s%d%s", patterns[_i].begin, (int)getpid(), patterns[_i].end);
	ck_assert(dump_file_expand(patterns[_i].pattern, 42));
	ck_assert_str_eq(dump_file_path(), expected);
}
END_TEST

START_TEST(a_literal_path_is_not_expanded)
{
	ck_assert(dump_file_literal("a/%p.%n"));
	ck_assert_str_eq(dump_file_path(), "a/%p.%n");
}
END_TEST

START_TEST(an_answer_lies_beside_the_dumps)
{
	static const char *const rows[][2] = {
		{ "/a/%p.%n", "/a/" }, { "%p", "" }, { "b/%%/x", "b/%/" }, { NULL, "/tmp/" }, { "stderr", "/tmp/" }, { "/x", "/" },
	};
	char wanted[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(wanted, sizeof(wanted), "%stidepool.%d.answer.json", rows[i][1], (int)getpid());
		ck_assert(dump_file_answer(rows[i][0], "json"));
		ck_assert_str_eq(dump_file_path(), wanted);
	}
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char longest[PATH_MAX + 1];

	memset(longest, 'x', PATH_MAX);
	longest[PATH_MAX] = '\0';
	errno = 0;
	ck_assert(!dump_file_literal(longest));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	errno = 0;
	ck_assert(!dump_file_expand(longest, 1));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	longest[PATH_MAX - 1] = '\0'; /* fits, but there is no room for the temporary name */
	ck_assert(dump_file_literal(longest));
	errno = 0;
	ck_assert(!dump_file_write(fill, 0600));
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

static bool
fill_and_look(int fd)
{
	struct stat file;

	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert_str_eq(content("it"), "old"); /* nothing is to be seen under the name yet */
	ck_assert_uint_eq(entries(false), 2);
	return fill(fd);
}

START_TEST(the_file_replaces_the_old_one_when_it_is_whole)
{
	struct stat file;

	put("it", "old");
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(dump_file_write(fill_and_look, 0600));
	ck_assert_str_eq(content("it"), "whole\n");
	ck_assert_int_eq(stat(path, &file), 0);
	ck_assert_int_eq(file.st_mode & 07777, 0600);
	ck_assert_uint_eq(entries(false), 1);
	ck_assert_int_eq(fcntl(filled, F_GETFD), -1);
}
END_TEST

static bool
fill_half(int fd)
{
	fill(fd);
	errno = ENOSPC;
	return false;
}

START_TEST(of_a_failure_nothing_is_left)
{
	put("it", "old");
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(!dump_file_write(fill_half, 0600));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_eq(content("it"), "old");
	ck_assert_uint_eq(entries(false), 1);
	ck_assert_int_eq(fcntl(filled, F_GETFD), -1);
}
END_TEST

START_TEST(a_directory_in_its_place_is_an_error_and_stays)
{
	ck_assert_int_eq(mkdir(in_dir("it"), 0700), 0);
	ck_assert(dump_file_literal(path));
	ck_assert(!dump_file_write(fill, 0600));
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(a_pipe_in_its_place_is_an_error_and_stays)
{
	struct stat there;
	ck_assert_int_eq(mkfifo(in_dir("it"), 0600), 0);
	ck_assert(dump_file_literal(path));
	ck_assert(!dump_file_write(fill, 0600));
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(stat(in_dir("it"), &there), 0);
	ck_assert(S_ISFIFO(there.st_mode));
	ck_assert_uint_eq(entries(false), 1);
}
END_TEST

START_TEST(a_missing_directory_is_named_by_errno)
{
	ck_assert(dump_file_literal(in_dir("none/it")));
	ck_assert(!dump_file_write(fill, 0600));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* Puts a link to `to` at the n-th temporary name of "it". */
static void
plant(unsigned n, const char *to)
{
	char name[100];

	snprintf(name, sizeof(name), "it.tmp%d.%u", (int)getpid(), n);
	ck_assert_int_eq(symlink(to, in_dir(name)), 0);
}

START_TEST(a_link_at_the_temporary_name_is_not_followed)
{
	put("precious", "old");
	plant(0, "precious");
	plant(1, "nowhere");
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(dump_file_write(fill, 0600));
	ck_assert_str_eq(content("precious"), "old");
	ck_assert_int_ne(access(in_dir("nowhere"), F_OK), 0);
	ck_assert_str_eq(content("it"), "whole\n");
	ck_assert_uint_eq(entries(false), 4); /* both links are still there */
}
END_TEST

START_TEST(a_link_at_the_final_name_is_replaced_not_followed)
{
	put("precious", "old");
	ck_assert_int_eq(symlink("precious", in_dir("it")), 0);
	ck_assert(dump_file_literal(path));
	ck_assert(dump_file_write(fill, 0600));
	ck_assert_str_eq(content("precious"), "old");
	ck_assert_str_eq(content("it"), "whole\n");
}
END_TEST

START_TEST(when_every_temporary_name_is_taken_it_gives_up)
{
	for (unsigned n = 0; n < 100; n++)
		plant(n, "nowhere");
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(!dump_file_write(fill, 0600));
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_uint_eq(entries(false), 100);
}
END_TEST

/* In a child, which has nothing of Check's open below 3. */
START_TEST(the_standard_streams_of_a_daemon_stay_closed)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		close(0);
		close(1);
		close(2);
		bool good = dump_file_literal(in_dir("it")) && dump_file_write(fill, 0600);
		_exit(good && filled > 2 && fcntl(0, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1 && fcntl(2, F_GETFD) == -1 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(content("it"), "whole\n");
}
END_TEST

static int child_status;

/* Half of it, a fork, the other half: the child sees to its copy as the library's fork handler does. */
static bool
fill_around_a_fork(int fd)
{
	bool good = write(fd, "who", 3) == 3;
	pid_t child = fork();

	if (child == 0) {
		errno = 77;
		dump_file_fork_child();
		bool kept = errno == 77;
		bool closed = fcntl(fd, F_GETFD) == -1 && errno == EBADF;
		dump_file_fork_child(); /* and once more, when nothing is under way */
		good = dump_file_literal(in_dir("child")) && dump_file_write(fill, 0600);
		_exit(kept && closed && good ? 0 : 1);
	}
	return waitpid(child, &child_status, 0) == child && good && write(fd, "le\n", 3) == 3;
}

START_TEST(a_child_closes_the_file_that_its_parent_was_writing)
{
	child_status = -1;
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(dump_file_write(fill_around_a_fork, 0600));
	ck_assert_int_eq(child_status, 0);
	ck_assert_str_eq(content("it"), "whole\n");
	ck_assert_str_eq(content("child"), "whole\n");
	ck_assert_uint_eq(entries(false), 2);
}
END_TEST

static bool
fill_around_a_fork_after_reuse(int fd)
{
	bool good = fill(fd);
	pid_t child = fork();

	if (child == 0) {
		int other = open(in_dir("other"), O_WRONLY | O_CREAT, 0600);
		good = dup2(other, fd) == fd; /* the number is another file's by now */
		dump_file_fork_child();
		_exit(good && fcntl(fd, F_GETFD) == 0 ? 0 : 1);
	}
	return waitpid(child, &child_status, 0) == child && good;
}

START_TEST(a_child_closes_no_other_file)
{
	child_status = -1;
	ck_assert(dump_file_literal(in_dir("it")));
	ck_assert(dump_file_write(fill_around_a_fork_after_reuse, 0600));
	ck_assert_int_eq(child_status, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump_file");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, a_pattern_is_expanded, 0, (int)(sizeof(patterns) / sizeof(patterns[0])));
	tcase_add_test(all, a_literal_path_is_not_expanded);
	tcase_add_test(all, an_answer_lies_beside_the_dumps);
	tcase_add_test(all, a_path_that_is_too_long_is_refused);
	tcase_add_test(all, the_file_replaces_the_old_one_when_it_is_whole);
	tcase_add_test(all, of_a_failure_nothing_is_left);
	tcase_add_test(all, a_directory_in_its_place_is_an_error_and_stays);
	tcase_add_test(all, a_pipe_in_its_place_is_an_error_and_stays);
	tcase_add_test(all, a_missing_directory_is_named_by_errno);
	tcase_add_test(all, a_link_at_the_temporary_name_is_not_followed);
	tcase_add_test(all, a_link_at_the_final_name_is_replaced_not_followed);
	tcase_add_test(all, when_every_temporary_name_is_taken_it_gives_up);
	tcase_add_test(all, the_standard_streams_of_a_daemon_stay_closed);
	tcase_add_test(all, a_child_closes_the_file_that_its_parent_was_writing);
	tcase_add_test(all, a_child_closes_no_other_file);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
