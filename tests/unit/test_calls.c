/* calls: zeroed, aligned and resized memory, on both sides of every border. */
#include "calls.h"
#include "demand.h"
#include "pool.h"
#include "unit.h"

#include <stdint.h>
#include <string.h>

static bool
ready(void)
{
	return true;
}

bool (*pool_start_hook)(void) = ready;

static void
start(void)
{
	unit_start(2, "TIDEPOOL_CLASSES=8-256,1K-64K", NULL); /* with a gap, and an end */
}

static bool
is_filled(const unsigned char *p, size_t n, unsigned char with)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != with)
			return false;
	return true;
}

static const size_t sizes[] = { 0, 1, 8, 9, 64, 100, 256, 257, 400, 1000, 1024, 5000, 16384, 65536, 65537, 200000, 3000000 };
#define SIZES (sizeof sizes / sizeof *sizes)

START_TEST(zeroed_memory_is_zeroed_also_when_it_was_used_before)
{
	start();
	for (unsigned round = 0; round < 2 * DEMAND_PROOFS; round++)
		for (unsigned i = 0; i < SIZES; i++) {
			unsigned char *p = calls_zalloc(sizes[i]);
			ck_assert_ptr_nonnull(p);
			ck_assert(is_filled(p, sizes[i], 0));
			memset(p, 0xff, calls_usable_size(p));
			pool_free(p);
		}
}
END_TEST

START_TEST(zeroed_memory_of_the_kernels_is_not_touched)
{
	start();
	pool_free(calls_zalloc(64)); /* the thread is known */
	char *p = calls_zalloc(65536);
	ck_assert(!unit_is_resident(p + 32768));
}
END_TEST

START_TEST(aligned_memory_is_aligned_and_has_room)
{
	start();
	for (size_t alignment = 1; alignment <= 4 << 20; alignment *= 2)
		for (unsigned i = 0; i < SIZES; i++) {
			unsigned char *p = calls_aligned(alignment, sizes[i]);
			ck_assert_ptr_nonnull(p);
			ck_assert_uint_eq((uintptr_t)p % alignment, 0);
			ck_assert_uint_ge(calls_usable_size(p), sizes[i]);
			memset(p, 0xff, calls_usable_size(p));
			pool_free(p);
		}
}
END_TEST

START_TEST(usual_alignments_come_from_the_pools)
{
	start();
	ck_assert_uint_ne(pagemap_of(calls_aligned(64, 100)), 0);
	ck_assert_uint_ne(pagemap_of(calls_aligned(4096, 4096)), 0);
	ck_assert_uint_eq(pagemap_of(calls_aligned(4096, 300000)), 0);
	ck_assert_uint_gt(unit_self()->unpooled, 0);
}
END_TEST

START_TEST(a_resized_block_keeps_its_content_across_every_border)
{
	start();
	for (unsigned from = 0; from < SIZES; from++)
		for (unsigned to = 0; to < SIZES; to++) {
			if (sizes[to] == 0)
				continue;
			unsigned char *p = pool_malloc(sizes[from]), *q;
			memset(p, 0x5a, sizes[from]);
			q = calls_realloc(p, sizes[to]);
			ck_assert_ptr_nonnull(q);
			ck_assert(is_filled(q, size_min(sizes[from], sizes[to]), 0x5a));
			ck_assert_uint_ge(calls_usable_size(q), sizes[to]);
			memset(q, 0xff, calls_usable_size(q));
			pool_free(q);
		}
}
END_TEST

START_TEST(a_block_that_stays_in_its_class_stays_where_it_is)
{
	start();
	void *p = pool_malloc(100);
	ck_assert_ptr_eq(calls_realloc(p, 112), p);
	ck_assert_ptr_eq(calls_realloc(p, 97), p);
	ck_assert_ptr_ne(calls_realloc(p, 113), p);
}
END_TEST

START_TEST(what_was_left_by_a_move_is_free)
{
	start();
	void *p = pool_malloc(100), *q = calls_realloc(p, 200);
	ck_assert_ptr_ne(q, p);
	ck_assert_ptr_eq(pool_malloc(100), p);
}
END_TEST

START_TEST(the_usable_size_is_that_of_the_class_for_the_whole_life)
{
	start();
	ck_assert_uint_eq(calls_usable_size(NULL), 0);
	for (size_t n = 1; n < 100000; n += n < 300 ? 1 : 331) {
		void *p = pool_malloc(n);
		size_t usable = calls_usable_size(p);
		ck_assert_uint_ge(usable, n);
		if (pagemap_of(p) != 0)
			ck_assert_uint_eq(usable, sizeclass_pool[sizeclass_of(n)].size);
		memset(p, 0xff, usable);
		ck_assert_uint_eq(calls_usable_size(p), usable);
		pool_free(p);
	}
}
END_TEST

START_TEST(when_memory_is_gone_the_old_block_is_as_it_was)
{
	unsigned char *blocks[] = { NULL, NULL, NULL };

	start();
	blocks[0] = pool_malloc(100);
	blocks[1] = pool_malloc(65536);
	blocks[2] = pool_malloc(200000);
	for (unsigned i = 0; i < 3; i++) {
		memset(blocks[i], 0x5a, 100);
		errno = 0;
		ck_assert_ptr_null(calls_realloc(blocks[i], (size_t)PTRDIFF_MAX));
		ck_assert_int_eq(errno, ENOMEM);
		ck_assert(is_filled(blocks[i], 100, 0x5a));
		pool_free(blocks[i]);
	}
}
END_TEST

START_TEST(absurd_sizes_and_alignments_are_enomem)
{
	start();
	errno = 0;
	ck_assert_ptr_null(calls_zalloc(SIZE_MAX));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(calls_aligned(64, SIZE_MAX - 10));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(calls_aligned((size_t)1 << 62, 1));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(calls_aligned((size_t)1 << 62, (size_t)1 << 62));
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

START_TEST(an_unpooled_block_that_shrinks_in_place_leaves_nothing_behind_when_frees_overwrite)
{
	start();
	bin_pushes_closed = true;
	pool_reset_byte = 0;
	unsigned char *p = pool_malloc(3000000);
	memset(p, 0x5a, 3000000);
	unsigned char *q = calls_realloc(p, 200000);
	ck_assert_ptr_ne(q, p); /* moved: jemalloc would have cut it, and given away the rest as it is */
	ck_assert(is_filled(q, 200000, 0x5a));
}
END_TEST

int
main(void)
{
	TCase *calls = tcase_create("calls");

	tcase_add_test(calls, zeroed_memory_is_zeroed_also_when_it_was_used_before);
	tcase_add_test(calls, zeroed_memory_of_the_kernels_is_not_touched);
	tcase_add_test(calls, aligned_memory_is_aligned_and_has_room);
	tcase_add_test(calls, usual_alignments_come_from_the_pools);
	tcase_add_test(calls, a_resized_block_keeps_its_content_across_every_border);
	tcase_add_test(calls, a_block_that_stays_in_its_class_stays_where_it_is);
	tcase_add_test(calls, what_was_left_by_a_move_is_free);
	tcase_add_test(calls, the_usable_size_is_that_of_the_class_for_the_whole_life);
	tcase_add_test(calls, when_memory_is_gone_the_old_block_is_as_it_was);
	tcase_add_test(calls, absurd_sizes_and_alignments_are_enomem);
	tcase_add_test(calls, an_unpooled_block_that_shrinks_in_place_leaves_nothing_behind_when_frees_overwrite);
	return unit_run("calls", calls, NULL);
}
