/* program: what the loader's list says about this process. */
#include "program.h"

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

START_TEST(what_somebody_needs_is_known_by_the_beginning_of_its_name)
{
	/* This executable's own needs are ours and not asked for; libcheck and libjemalloc need the C library. */
	ck_assert(program_needs("libc.so"));
	ck_assert(program_needs("libc"));
	ck_assert(!program_needs("libc.so.6.6"));
	ck_assert(!program_needs("no-such-library"));
}
END_TEST

/* Every name that is asked for at start, as the loader itself would find it behind us. */
static const char *const names[] = {
	"malloc", "calloc", "realloc", "free", "memalign", "malloc_usable_size", "reallocarray", "posix_memalign", "aligned_alloc",
	"valloc", "pvalloc", "malloc_trim", "mallopt", "mallinfo", "mallinfo2", "malloc_info", "malloc_stats", "mallocx",
};

START_TEST(the_next_of_a_name_is_the_loaders)
{
	void *next = program_next(names[_i]);

	ck_assert_ptr_nonnull(next);
	ck_assert_ptr_eq(next, dlsym(RTLD_NEXT, names[_i]));
}
END_TEST

START_TEST(a_name_that_nobody_has_has_no_next)
{
	ck_assert_ptr_null(program_next("no_such_name_anywhere"));
	ck_assert_ptr_null(program_next(""));
	ck_assert_ptr_null(program_next("main")); /* the executable is we */
	ck_assert_ptr_null(program_next("environ")); /* no function */
}
END_TEST

START_TEST(behind_us_nobody_is_an_allocator)
{
	struct program_neighbours them;

	memset(&them, 0xff, sizeof(them));
	program_look(&them); /* the C library and jemalloc have a malloc each, but come after the executable, which is we */
	ck_assert_str_eq(them.allocator, "");
#if defined(__SANITIZE_ADDRESS__)
	ck_assert_str_eq(them.sanitizer, "AddressSanitizer");
#elif defined(__SANITIZE_THREAD__)
	ck_assert_str_eq(them.sanitizer, "ThreadSanitizer");
#else
	ck_assert_ptr_null(them.sanitizer);
#endif
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("program");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, what_somebody_needs_is_known_by_the_beginning_of_its_name);
	tcase_add_loop_test(all, the_next_of_a_name_is_the_loaders, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(all, a_name_that_nobody_has_has_no_next);
	tcase_add_test(all, behind_us_nobody_is_an_allocator);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
