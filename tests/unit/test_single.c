/* single: blocks go back to whom they came from. */
#include "single.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"
#include "control.h"

/* The others: the C library's calls, counted. By these names, as malloc is jemalloc's in this program. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static char aligned_from[1 << 14]; /* the one aligned block */
static unsigned mallocs, callocs, reallocs, frees, memaligns, asked;

static void *
their_malloc(size_t n)
{
	mallocs++;
	return __libc_malloc(n);
}

static void *
their_calloc(size_t count, size_t size)
{
	callocs++;
	return __libc_calloc(count, size);
}

static void *
their_realloc(void *p, size_t n)
{
	reallocs++;
	return __libc_realloc(p, n);
}

static void
their_free(void *p)
{
	frees++;
	if ((char *)p < aligned_from || (char *)p >= aligned_from + sizeof aligned_from)
		__libc_free(p);
}

static void *
their_memalign(size_t alignment, size_t n)
{
	/* A sanitizer has taken the C library's over. */
	memaligns++;
	uintptr_t at = ((uintptr_t)aligned_from + alignment - 1) & ~(uintptr_t)(alignment - 1);
	ck_assert_uint_lt(at + n, (uintptr_t)(aligned_from + sizeof aligned_from));
	return (void *)at;
}

static size_t
their_usable_size(void *p)
{
	asked++;
	return ((size_t *)p)[-1] & ~(size_t)15; /* of the chunk, as glibc has it in front of a block */
}

static const struct single_calls theirs = {
	.malloc = their_malloc,
	.calloc = their_calloc,
	.realloc = their_realloc,
	.free = their_free,
	.memalign = their_memalign,
	.usable_size = their_usable_size,
};

/* How many calls have gone to the others. */
static unsigned
theirs_were_called(void)
{
	return mallocs + callocs + reallocs + frees + memaligns + asked;
}

static void
use(void)
{
	char *p = single_malloc(100), *z = single_zalloc(5000), *a = single_aligned(4096, 100);

	ck_assert_uint_eq((uintptr_t)a % 4096, 0);
	ck_assert(z[0] == 0 && memcmp(z, z + 1, 4999) == 0);
	ck_assert_uint_ge(single_usable_size(p), 100);
	memset(p, 7, 100);
	p = single_realloc(p, 100000);
	ck_assert(p[0] == 7 && memcmp(p, p + 1, 99) == 0);
	single_free(p);
	single_free(z);
	single_free(a);
}

START_TEST(before_the_decision_it_is_jemalloc)
{
	for (unsigned i = 0; i < 1000; i++) /* more than are written down */
		use();
	ck_assert_uint_eq(theirs_were_called(), 0);
}
END_TEST

START_TEST(settled_it_stays_jemalloc)
{
	void *early = single_malloc(100);

	single_settle();
	use();
	single_free(early);
	ck_assert_uint_eq(theirs_were_called(), 0);
}
END_TEST

START_TEST(handed_over_it_is_theirs)
{
	ck_assert(single_hand_over(&theirs));
	use();
	ck_assert_uint_eq(mallocs, 1);
	ck_assert_uint_eq(callocs, 1);
	ck_assert_uint_eq(memaligns, 1);
	ck_assert_uint_eq(reallocs, 1);
	ck_assert_uint_eq(frees, 3);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(what_was_handed_out_before_stays_jemallocs)
{
	char *moving = single_malloc(100), *other = single_zalloc(50), *third = single_aligned(64, 64);

	memset(moving, 7, 100);
	moving = single_realloc(moving, 200);
	size_t usable = plain_usable_size(moving);
	ck_assert(single_hand_over(&theirs));
	ck_assert_uint_eq(single_usable_size(moving), usable);
	char *moved = single_realloc(moving, 5000); /* theirs from now on */
	ck_assert_uint_eq(mallocs, 1);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(moved[i], 7);
	single_free(other);
	single_free(third);
	ck_assert_uint_eq(frees + reallocs, 0);
	single_free(moved);
	ck_assert_uint_eq(frees, 1);
	use();
	ck_assert_uint_eq(frees, 4);
}
END_TEST

static void *
no_malloc(size_t n)
{
	(void)n;
	return NULL;
}

START_TEST(an_early_block_that_cannot_move_stays_where_it_is)
{
	struct single_calls none = theirs;
	void *early = single_malloc(100);

	none.malloc = no_malloc;
	ck_assert(single_hand_over(&none));
	ck_assert_ptr_null(single_realloc(early, 5000));
	ck_assert_uint_ge(single_usable_size(early), 100);
	single_free(early);
	ck_assert_uint_eq(frees + reallocs, 0);
}
END_TEST

START_TEST(with_a_call_missing_nothing_changes)
{
	struct single_calls less = theirs;

	less.memalign = NULL;
	ck_assert(!single_hand_over(&less));
	use();
	ck_assert_uint_eq(theirs_were_called(), 0);
	less = theirs;
	less.usable_size = NULL;
	ck_assert(single_hand_over(&less));
	void *p = single_malloc(100);
	ck_assert_uint_eq(single_usable_size(p), 0);
	single_free(p);
	ck_assert_uint_eq(frees, 1);
}
END_TEST

START_TEST(jemalloc_says_its_version)
{
	ck_assert_int_eq(strncmp(control_version(), "5.", 2), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("single");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_fork_status(runner, CK_FORK); /* what is handed over stays so */
	tcase_add_test(all, before_the_decision_it_is_jemalloc);
	tcase_add_test(all, settled_it_stays_jemalloc);
	tcase_add_test(all, handed_over_it_is_theirs);
	tcase_add_test(all, what_was_handed_out_before_stays_jemallocs);
	tcase_add_test(all, an_early_block_that_cannot_move_stays_where_it_is);
	tcase_add_test(all, with_a_call_missing_nothing_changes);
	tcase_add_test(all, jemalloc_says_its_version);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
