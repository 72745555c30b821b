/* large: what is freed serves the next, wherever it lies; and goes back when nobody asks, or too much of it lies there. */
#include "large.h"
#include "control.h"
#include "frames.h"
#include "plain.h"
#include "shortage.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

static void
start(void)
{
	unit_start(1, NULL);
	large_start(60000); /* jemalloc's own clock stays out of it */
	large_set_kept(true);
	plain_free(plain_malloc(3 * MIB)); /* the first few bytes are jemalloc's */
}

static void
touch(void *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i += PAGE)
		((unsigned char *)p)[i] = byte;
}

static bool
holds(const void *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i += PAGE)
		if (((const unsigned char *)p)[i] != byte)
			return false;
	return true;
}

/* A block of which every page is there. */
static void *
block(size_t n)
{
	void *p = plain_malloc(n);
	ck_assert_ptr_nonnull(p);
	touch(p, n, 1);
	return p;
}

static void
drop(void *p)
{
	plain_free(p);
}

static size_t
page_faults(void)
{
	struct rusage u;
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_minflt;
}

/* A sanitizer's shadow memory has faults of its own. */
static bool
faults_are_ours(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(UNIT_THREAD_SANITIZER)
	return false;
#else
	return true;
#endif
}

static size_t
resident(void)
{
	unsigned long all, here;
	FILE *f = fopen("/proc/self/statm", "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu %lu", &all, &here), 2);
	fclose(f);
	return here * PAGE;
}

/* --- what is kept ---------------------------------------------------------------------------------------------------- */

START_TEST(small_blocks_and_few_bytes_are_jemallocs)
{
	unit_start(1, NULL);
	large_start(60000);
	drop(plain_malloc(MIB));
	drop(plain_malloc(2 * MIB));
	ck_assert_uint_eq(large_backed_bytes(), 0);
}
END_TEST

START_TEST(what_is_freed_serves_the_next)
{
	start();
	drop(block(20 * MIB));
	ck_assert_uint_ge(large_kept_bytes(), 20 * MIB);
	size_t before = page_faults();
	void *p = block(20 * MIB);
	ck_assert(page_faults() - before <= 100 || !faults_are_ours());
	ck_assert_uint_le(large_kept_bytes(), MIB);
	drop(p);
}
END_TEST

/* Eight of 2 MiB with something alive between them: no room for a longer one. */
static void
keep_in_pieces(void *piece[16])
{
	for (unsigned i = 0; i < 16; i++)
		piece[i] = block(2 * MIB);
	for (unsigned i = 0; i < 16; i += 2)
		drop(piece[i]);
}

static void
expect_held(void *const piece[16], void *longer)
{
	for (unsigned i = 1; i < 16; i += 2)
		ck_assert(holds(piece[i], 2 * MIB, 1));
	ck_assert(holds(longer, 16 * MIB, 1));
}

START_TEST(what_is_kept_in_pieces_goes_under_a_longer_block)
{
	start();
	void *piece[16];
	keep_in_pieces(piece);
	size_t before = page_faults();
	void *p = block(16 * MIB);
	ck_assert(page_faults() - before <= 300 || !faults_are_ours()); /* of 4,096 */
	ck_assert_uint_le(large_kept_bytes(), 3 * MIB);
	expect_held(piece, p);
}
END_TEST

START_TEST(where_nothing_can_be_moved_the_rest_holds)
{
	start();
	frames_forbid();
	void *piece[16];
	keep_in_pieces(piece);
	void *p = block(16 * MIB);
	ck_assert_uint_le(large_backed_bytes(), 38 * MIB); /* 32 were alive: with what is kept it were 48 */
	expect_held(piece, p);
}
END_TEST

START_TEST(the_whole_stays_near_what_was_alive)
{
	start();
	static void *at[8];
	size_t n[8] = { 0 }, alive = 0, most = 0, random = 1;
	for (unsigned i = 0; i < 500; i++) {
		unsigned k = (unsigned)((random = random * 6364136223846793005u + 1442695040888963407u) >> 33) % 8;
		if (at[k] != NULL) {
			ck_assert(holds(at[k], n[k], (unsigned char)k));
			drop(at[k]);
			alive -= n[k];
		}
		n[k] = (2 + (random >> 40) % 12) * MIB;
		at[k] = plain_malloc(n[k]);
		touch(at[k], n[k], (unsigned char)k);
		alive += plain_usable_size(at[k]);
		most = alive > most ? alive : most;
		ck_assert_uint_le(large_backed_bytes(), most + most / 8 + 6 * MIB);
	}
}
END_TEST

/* --- what goes ------------------------------------------------------------------------------------------------------- */

START_TEST(what_nobody_asked_for_goes_at_the_second_rotation)
{
	start();
	void *p = block(40 * MIB);
	size_t before = resident();
	drop(p);
	large_age(false);
	large_age(false);
	ck_assert_uint_le(large_kept_bytes(), MIB);
	ck_assert_uint_le(resident() + 39 * MIB, before);
}
END_TEST

START_TEST(a_purge_takes_all_at_once)
{
	start();
	drop(block(40 * MIB));
	large_age(true);
	ck_assert_uint_le(large_kept_bytes(), MIB);
}
END_TEST

START_TEST(nobody_turns_the_epochs_and_little_is_kept)
{
	start();
	large_set_kept(false);
	void *a = block(40 * MIB), *b = block(4 * MIB);
	size_t before = resident();
	drop(a);
	ck_assert_uint_le(large_kept_bytes(), MIB);
	ck_assert_uint_le(resident() + 39 * MIB, before);
	drop(b);
	ck_assert_uint_ge(large_kept_bytes(), 4 * MIB);
	ck_assert_uint_le(large_kept_bytes(), 8 * MIB);
}
END_TEST

START_TEST(what_is_locked_stays_and_is_counted)
{
	start();
	char *p = block(6 * MIB);
	char *page = p + (-(uintptr_t)p & (PAGE - 1));
	ck_assert_int_eq(syscall(SYS_mlock, page, 4 * PAGE), 0); /* sanitizers make a no-op of mlock */
	drop(p);
	large_age(true);
	ck_assert_uint_ge(large_kept_bytes(), 6 * MIB);
	ck_assert_int_eq(syscall(SYS_munlock, page, 4 * PAGE), 0);
	drop(block(6 * MIB)); /* it serves on */
	large_age(true);
	ck_assert_uint_le(large_kept_bytes(), MIB);
}
END_TEST

/* --- the calls --------------------------------------------------------------------------------------------------------- */

START_TEST(a_block_grows_and_shrinks_where_it_lies)
{
	start();
	char *p = block(8 * MIB), *q;
	touch(p, 8 * MIB, 3);
	q = plain_realloc(p, 5 * MIB);
	ck_assert_ptr_eq(q, p);
	ck_assert_uint_lt(plain_usable_size(q), 6 * MIB);
	q = plain_realloc(p, 8 * MIB);
	ck_assert_ptr_eq(q, p);
	ck_assert(holds(q, 5 * MIB, 3));
	q = plain_realloc(p, 60 * MIB);
	ck_assert(holds(q, 5 * MIB, 3));
	q = plain_realloc(q, 100);
	ck_assert_int_eq(q[0], 3);
	drop(q);
}
END_TEST

/* Growing in place takes memory that is kept elsewhere, and nothing of the block's own goes. */
START_TEST(what_a_block_had_stays_when_it_grows)
{
	start();
	unsigned in_place = 0;
	drop(block(200 * MIB)); /* addresses to grow into */
	large_age(true);
	for (unsigned round = 0; round < 20; round++) {
		char *piece = block(2 * MIB), *p = block((8 + round) * MIB), *q;
		size_t had = plain_usable_size(p) & ~(PAGE - 1);
		touch(p, had, 3);
		drop(piece);
		size_t before = page_faults();
		q = plain_realloc(p, had + 4 * MIB);
		ck_assert(holds(q, had, 3));
		touch(q, had + 4 * MIB, 4);
		in_place += q == p && page_faults() - before < 700; /* of 1,024 */
		drop(q);
		large_age(true);
	}
	ck_assert_uint_gt(in_place, 0);
}
END_TEST

START_TEST(boundaries_are_kept_to)
{
	start();
	for (size_t alignment = 1; alignment <= 16 * MIB; alignment *= 2) {
		char *p = plain_aligned(alignment, 5 * MIB);
		ck_assert_uint_eq((uintptr_t)p % alignment, 0);
		touch(p, 5 * MIB, 1);
		drop(p);
	}
}
END_TEST

START_TEST(cleared_memory_is_zero_and_not_touched)
{
	start();
	drop(block(40 * MIB));
	size_t before = page_faults();
	char *p = plain_zalloc(40 * MIB);
	ck_assert(page_faults() - before <= 100 || !faults_are_ours());
	ck_assert(holds(p, 40 * MIB, 0));
}
END_TEST

static void *
churn(void *seed)
{
	size_t random = (size_t)(uintptr_t)seed;
	void *at[4] = { NULL };
	size_t n[4] = { 0 };
	for (unsigned i = 0; i < 400; i++) {
		unsigned k = i % 4;
		if (at[k] != NULL && !holds(at[k], n[k], (unsigned char)(size_t)(uintptr_t)seed))
			return seed;
		plain_free(at[k] == NULL ? plain_malloc(1) : at[k]);
		random = random * 6364136223846793005u + 1442695040888963407u;
		n[k] = (1 + (random >> 40) % 6) * MIB + 1;
		at[k] = plain_malloc(n[k]);
		touch(at[k], n[k], (unsigned char)(size_t)(uintptr_t)seed);
		if (i % 16 == 0)
			large_age(i % 32 == 0);
	}
	for (unsigned k = 0; k < 4; k++)
		plain_free(at[k]);
	return NULL;
}

START_TEST(threads_do_not_get_each_others_memory)
{
	pthread_t thread[4];
	start();
	for (uintptr_t i = 0; i < 4; i++)
		thread[i] = unit_thread(churn, (void *)(i + 1));
	for (unsigned i = 0; i < 4; i++) {
		void *wrong;
		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	large_age(true);
	ck_assert_uint_le(large_backed_bytes(), MIB);
}
END_TEST

START_TEST(a_child_has_blocks_and_keeps_on)
{
	start();
	char *p = block(20 * MIB);
	drop(block(20 * MIB));
	touch(p, 20 * MIB, 5);
	pid_t child = fork();
	if (child == 0) {
		large_fork_child();
		char *q = plain_malloc(36 * MIB);
		touch(q, 36 * MIB, 6);
		unit_child_assert(holds(p, 20 * MIB, 5));
		plain_free(p);
		plain_free(q);
		large_age(true);
		unit_child_assert(large_kept_bytes() <= MIB);
		_exit(0);
	}
	ck_assert_int_eq(unit_status(child), 0);
	ck_assert(holds(p, 20 * MIB, 5));
}
END_TEST

static bool
give_all_back(size_t n)
{
	(void)n;
	return control_purge_all() > 0;
}

START_TEST(without_address_space_there_is_none_and_then_there_is)
{
	start();
	shortage_hook = give_all_back;
	ck_assert(shortage_make_state());
	void *small = block(2 * MIB), *between = block(2 * MIB);
	drop(small);
	void *a = block(20 * MIB); /* some of it was moved */
	drop(between);
	drop(block(30 * MIB));
	unit_memory_is_gone(true);
	void *too_large = plain_malloc(64 * MIB);
	void *b = plain_malloc(8 * MIB); /* of what is kept */
	void *grown = plain_realloc(a, 400 * MIB);
	unit_memory_is_gone(false);
	ck_assert_ptr_null(too_large);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_null(grown);
	ck_assert(holds(a, 20 * MIB, 1));
	drop(block(64 * MIB));
	drop(a);
	drop(b);
}
END_TEST

int
main(void)
{
	TCase *keeps = tcase_create("keeps");
	tcase_add_test(keeps, small_blocks_and_few_bytes_are_jemallocs);
	tcase_add_test(keeps, what_is_freed_serves_the_next);
	tcase_add_test(keeps, what_is_kept_in_pieces_goes_under_a_longer_block);
	tcase_add_test(keeps, where_nothing_can_be_moved_the_rest_holds);
	tcase_add_test(keeps, the_whole_stays_near_what_was_alive);
	TCase *goes = tcase_create("goes");
	tcase_add_test(goes, what_nobody_asked_for_goes_at_the_second_rotation);
	tcase_add_test(goes, a_purge_takes_all_at_once);
	tcase_add_test(goes, nobody_turns_the_epochs_and_little_is_kept);
	tcase_add_test(goes, what_is_locked_stays_and_is_counted);
	TCase *calls = tcase_create("calls");
	tcase_add_test(calls, a_block_grows_and_shrinks_where_it_lies);
	tcase_add_test(calls, what_a_block_had_stays_when_it_grows);
	tcase_add_test(calls, boundaries_are_kept_to);
	tcase_add_test(calls, cleared_memory_is_zero_and_not_touched);
	tcase_add_test(calls, threads_do_not_get_each_others_memory);
	tcase_add_test(calls, a_child_has_blocks_and_keeps_on);
	tcase_add_test(calls, without_address_space_there_is_none_and_then_there_is);
	return unit_run("large", keeps, goes, calls, NULL);
}
