/* elffile: what executables say, and that no file makes us read past its end. */
#include "elffile.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "elf-XXXXXX";
static unsigned char image[4 << 20];
static size_t size;

/* A copy of this program, to be spoilt. */
static void
set_up(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	ssize_t got;

	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	size = 0;
	while ((got = read(fd, image + size, sizeof image - size)) > 0)
		size += (size_t)got;
	close(fd);
	ck_assert_uint_gt(size, 4096);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
tear_down(void)
{
	unlink(path);
}

static void
put(const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_eq(write(fd, bytes, n) == (ssize_t)n, 1);
	close(fd);
}

START_TEST(this_program_is_dynamic)
{
	struct elffile e;

	put(image, size);
	ck_assert(elffile_read(path, &e));
	ck_assert(!e.is_static && !e.foreign);
	ck_assert_ptr_nonnull(strstr(e.interpreter, "ld-linux"));
}
END_TEST

START_TEST(a_script_is_no_executable_but_names_one)
{
	struct elffile e;

	put("#! /bin/sh -e\necho", 18);
	ck_assert(!elffile_read(path, &e));
	ck_assert_str_eq(e.script, "/bin/sh -e");
	put("#!", 2);
	ck_assert(!elffile_read(path, &e));
	ck_assert_str_eq(e.script, "");
}
END_TEST

START_TEST(what_is_no_elf_file_is_refused)
{
	static const char *const texts[] = { "hello", "\177EL", "\177ELF", "MZ\0\0" };
	struct elffile e;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		put(texts[i], strlen(texts[i]));
		elffile_read(path, &e); /* "\177ELF" alone says nothing of its kind */
		ck_assert_str_eq(e.script, "");
	}
	ck_assert(!elffile_read("nowhere", &e));
	ck_assert(!elffile_read("/", &e));
	ck_assert(!elffile_read("/dev/null", &e));
}
END_TEST

START_TEST(another_machine_is_foreign)
{
	struct elffile e;

	image[4] = image[4] == 1 ? 2 : 1; /* the other word size */
	put(image, size);
	ck_assert(elffile_read(path, &e));
	ck_assert(e.foreign);
}
END_TEST

START_TEST(a_file_may_end_anywhere)
{
	struct elffile e;

	for (size_t n = 0; n < size; n += n < 512 ? 1 : size / 61 + 1) {
		put(image, n);
		elffile_read(path, &e);
	}
}
END_TEST

/* Bytes of the heads and tables are replaced; under AddressSanitizer no read may leave the file. */
START_TEST(a_file_may_say_anything)
{
	unsigned seed = getenv("SEED") != NULL ? (unsigned)atoi(getenv("SEED")) : (unsigned)getpid();
	unsigned char *spoilt = malloc(size);
	struct elffile e;

	printf("SEED=%u\n", seed);
	srandom(seed);
	for (int round = 0; round < 400; round++) {
		memcpy(spoilt, image, size);
		for (int i = 0; i < 8; i++) {
			size_t at = round % 2 ? (size_t)random() % 1024 : size - 1 - (size_t)random() % (size < 4096 ? size : 4096);

			spoilt[at] = (unsigned char)(random() % 4 == 0 ? 0xff : random());
		}
		put(spoilt, size);
		elffile_read(path, &e);
	}
	free(spoilt);
}
END_TEST

START_TEST(libraries_are_known_by_their_names)
{
	ck_assert_str_eq(elffile_known_allocator("/usr/lib/libjemalloc.so.2"), "jemalloc");
	ck_assert_str_eq(elffile_known_allocator("libtcmalloc_minimal.so.4"), "tcmalloc");
	ck_assert_ptr_null(elffile_known_allocator("/opt/libjemalloc/libc.so.6"));
	ck_assert_str_eq(elffile_known_sanitizer("libasan.so.8"), "AddressSanitizer");
	ck_assert_ptr_null(elffile_known_sanitizer("libc.so.6"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("elffile");
	TCase *tests = tcase_create("elffile");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, this_program_is_dynamic);
	tcase_add_test(tests, a_script_is_no_executable_but_names_one);
	tcase_add_test(tests, what_is_no_elf_file_is_refused);
	tcase_add_test(tests, another_machine_is_foreign);
	tcase_add_test(tests, a_file_may_end_anywhere);
	tcase_add_test(tests, a_file_may_say_anything);
	tcase_add_test(tests, libraries_are_known_by_their_names);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
