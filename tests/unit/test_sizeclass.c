/* sizeclass: every request is served by the smallest class that has room for it, or by none. */
#include "unit.h"

static struct sizeclass all[256];
static unsigned classes;

static void
add_class(size_t size)
{
	all[classes++] = (struct sizeclass){ .size = size, .slab_objects = size < 16384 ? 8 : 0,
		.alignment = size < 16384 ? size_min(size & -size, 4096) : CACHE_LINE };
}

/* Four to each doubling, as jemalloc has them. */
static void
like_jemalloc(void)
{
	classes = 0;
	add_class(8);
	for (size_t size = 16; size <= 64; size += 16)
		add_class(size);
	for (size_t base = 64; base < SIZECLASS_LIMIT; base *= 2)
		for (size_t i = 1; i <= 4; i++)
			add_class(base + base / 4 * i);
}

static void
choose(size_t low, size_t high)
{
	struct size_range range = { low, high };
	like_jemalloc();
	sizeclass_init(all, classes, &range, 1);
}

/* Out of line: from a size that it knows the compiler would draw conclusions which the tables forbid. */
static __attribute__((noinline)) unsigned
pool_of(size_t n)
{
	return sizeclass_of(n);
}

/* The size of the class that serves n when all are pooled. */
static size_t
class_size(size_t n)
{
	for (unsigned i = 0; i < classes; i++)
		if (all[i].size >= n)
			return all[i].size;
	return 0;
}

START_TEST(before_it_is_told_nothing_is_pooled)
{
	ck_assert_uint_eq(pool_of(0), 0);
	ck_assert_uint_eq(pool_of(64), 0);
	ck_assert_uint_eq(pool_of(1 << 20), 0);
	ck_assert_uint_eq(pool_of(SIZE_MAX), 0);
	ck_assert_uint_eq(sizeclass_of_aligned(64, 64), 0);
}
END_TEST

START_TEST(every_request_has_the_smallest_class_with_room)
{
	choose(1, SIZECLASS_LIMIT);
	ck_assert_uint_eq(sizeclass_pools, classes);
	ck_assert_uint_eq(sizeclass_largest, SIZECLASS_LIMIT);
	for (size_t n = 1; n <= 70000; n++)
		ck_assert_uint_eq(sizeclass_pool[pool_of(n)].size, class_size(n));
	for (unsigned i = 0; i < classes; i++) { /* and both sides of every border */
		ck_assert_uint_eq(pool_of(all[i].size), i + 1);
		ck_assert_uint_eq(pool_of(all[i].size + 1), i + 1 < classes ? i + 2 : 0);
	}
}
END_TEST

START_TEST(nothing_at_all_is_served_by_the_smallest_class)
{
	choose(1, 4096);
	ck_assert_uint_eq(sizeclass_pool[pool_of(0)].size, 8);
	ck_assert_uint_eq(pool_of(0), pool_of(1));
}
END_TEST

START_TEST(a_range_means_the_classes_that_serve_it)
{
	choose(100, 100);
	ck_assert_uint_eq(sizeclass_pools, 1);
	ck_assert_uint_eq(sizeclass_pool[1].size, 112);
	ck_assert_uint_eq(pool_of(96), 0);
	ck_assert_uint_eq(pool_of(97), 1);
	ck_assert_uint_eq(pool_of(112), 1);
	ck_assert_uint_eq(pool_of(113), 0);

	choose(96, 97); /* one byte into the class of 112 */
	ck_assert_uint_eq(sizeclass_pools, 2);
	ck_assert_uint_eq(pool_of(96), 1);
	ck_assert_uint_eq(pool_of(112), 2);

	choose(97, 112);
	ck_assert_uint_eq(sizeclass_pools, 1);
}
END_TEST

START_TEST(what_lies_between_the_ranges_is_not_pooled)
{
	struct size_range ranges[] = { { 20480, 20480 }, { 16, 32 }, { 4096, 4096 } }; /* in any order */

	like_jemalloc();
	sizeclass_init(all, classes, ranges, 3);
	ck_assert_uint_eq(sizeclass_pools, 4);
	for (unsigned c = 2; c <= sizeclass_pools; c++)
		ck_assert_uint_gt(sizeclass_pool[c].size, sizeclass_pool[c - 1].size);
	for (size_t n = 0; n <= 30000; n++) {
		size_t size = class_size(n);
		bool pooled = size == 16 || size == 32 || size == 4096 || size == 20480;
		ck_assert_uint_eq(sizeclass_pool[pool_of(n)].size, pooled ? size : 0);
	}
	ck_assert_uint_eq(sizeclass_largest, 20480);
}
END_TEST

START_TEST(no_range_is_no_pool)
{
	choose(1, SIZECLASS_LIMIT);
	sizeclass_init(all, classes, NULL, 0);
	ck_assert_uint_eq(sizeclass_pools, 0);
	ck_assert_uint_eq(sizeclass_largest, 0);
	for (size_t n = 0; n < 100000; n += 7)
		ck_assert_uint_eq(pool_of(n), 0);
	ck_assert_uint_eq(sizeclass_of_aligned(8, 8), 0);
}
END_TEST

START_TEST(a_gap_below_is_seen)
{
	choose(1, 32768);
	ck_assert(sizeclass_all_pooled(0));
	ck_assert(sizeclass_all_pooled(1));
	ck_assert(sizeclass_all_pooled(32768));
	ck_assert(!sizeclass_all_pooled(32769));
	ck_assert(!sizeclass_all_pooled(SIZE_MAX));
	struct size_range ranges[] = { { 1, 256 }, { 400, 32768 } };
	sizeclass_init(all, classes, ranges, 2);
	ck_assert(sizeclass_all_pooled(256));
	ck_assert(!sizeclass_all_pooled(257));
	ck_assert(!sizeclass_all_pooled(1000));
	sizeclass_init(all, classes, NULL, 0);
	ck_assert(!sizeclass_all_pooled(1));
}
END_TEST

START_TEST(nothing_over_the_limit_is_pooled)
{
	like_jemalloc();
	add_class(SIZECLASS_LIMIT / 4 * 5);
	sizeclass_init(all, classes, &(struct size_range){ 1, SIZE_MAX }, 1);
	ck_assert_uint_eq(sizeclass_pools, classes - 1);
	ck_assert_uint_eq(pool_of(SIZECLASS_LIMIT), classes - 1);
	ck_assert_uint_eq(pool_of(SIZECLASS_LIMIT + 1), 0);
	ck_assert_uint_eq(pool_of(SIZE_MAX), 0);
	ck_assert_uint_eq(pool_of((size_t)1 << 63), 0);
}
END_TEST

START_TEST(there_are_never_more_pools_than_numbers)
{
	classes = 0;
	for (size_t size = 8; classes < 120; size += 8)
		add_class(size);
	sizeclass_init(all, classes, &(struct size_range){ 1, 4096 }, 1);
	ck_assert_uint_eq(sizeclass_pools, POOLS_MAX);
	ck_assert_uint_eq(sizeclass_largest, POOLS_MAX * 8);
	ck_assert_uint_eq(pool_of(POOLS_MAX * 8), POOLS_MAX);
	ck_assert_uint_eq(pool_of(POOLS_MAX * 8 + 1), 0);
}
END_TEST

/* Three classes inside one bucket of 8 to a doubling. */
START_TEST(a_bucket_that_a_border_divides_gives_more_room_and_never_less)
{
	classes = 0;
	add_class(4096);
	add_class(8192);
	add_class(8400);
	add_class(8600);
	add_class(16384);
	sizeclass_init(all, classes, &(struct size_range){ 1, 16384 }, 1);
	for (size_t n = 1; n <= 16384; n++)
		ck_assert_uint_ge(sizeclass_pool[pool_of(n)].size, n);
	ck_assert_uint_eq(pool_of(8192), 2);
	ck_assert_uint_eq(pool_of(16385), 0);
}
END_TEST

START_TEST(an_alignment_has_a_class_with_room_that_promises_it)
{
	choose(1, SIZECLASS_LIMIT);
	for (size_t alignment = 1; alignment <= SIZECLASS_LIMIT * 2; alignment *= 2)
		for (size_t n = 1; n <= 40000; n += n < 300 ? 1 : 97) {
			unsigned c = sizeclass_of_aligned(alignment, n);
			if (c == 0)
				continue;
			ck_assert_uint_ge(sizeclass_pool[c].size, n);
			ck_assert_uint_ge(sizeclass_pool[c].alignment, alignment);
		}
}
END_TEST

START_TEST(usual_alignments_are_pooled)
{
	choose(1, SIZECLASS_LIMIT);
	for (size_t alignment = 1; alignment <= 4096; alignment *= 2)
		for (size_t n = 1; n <= 8192; n += 13)
			ck_assert_uint_ne(sizeclass_of_aligned(alignment, n), 0);
	ck_assert_uint_eq(sizeclass_pool[sizeclass_of_aligned(64, 65)].size, 128);
	ck_assert_uint_eq(sizeclass_pool[sizeclass_of_aligned(32, 80)].size, 96);
}
END_TEST

START_TEST(an_alignment_that_no_class_promises_is_not_pooled)
{
	choose(1, SIZECLASS_LIMIT);
	ck_assert_uint_eq(sizeclass_of_aligned(8192, 8), 0);
	ck_assert_uint_eq(sizeclass_of_aligned(128, 20000), 0); /* extents promise a cache line */
	ck_assert_uint_ne(sizeclass_of_aligned(64, 20000), 0);
	ck_assert_uint_eq(sizeclass_of_aligned((size_t)1 << 40, 8), 0);
	ck_assert_uint_eq(sizeclass_of_aligned((size_t)1 << 63, 1), 0);
	ck_assert_uint_eq(sizeclass_of_aligned(16, SIZE_MAX), 0);
	ck_assert_uint_eq(sizeclass_of_aligned(16, SIZE_MAX - 8), 0);
	choose(1, 64);
	ck_assert_uint_eq(sizeclass_of_aligned(64, 65), 0);
}
END_TEST

int
main(void)
{
	TCase *sizes = tcase_create("sizes"), *alignments = tcase_create("alignments");

	tcase_add_test(sizes, before_it_is_told_nothing_is_pooled);
	tcase_add_test(sizes, every_request_has_the_smallest_class_with_room);
	tcase_add_test(sizes, nothing_at_all_is_served_by_the_smallest_class);
	tcase_add_test(sizes, a_range_means_the_classes_that_serve_it);
	tcase_add_test(sizes, what_lies_between_the_ranges_is_not_pooled);
	tcase_add_test(sizes, no_range_is_no_pool);
	tcase_add_test(sizes, a_gap_below_is_seen);
	tcase_add_test(sizes, nothing_over_the_limit_is_pooled);
	tcase_add_test(sizes, there_are_never_more_pools_than_numbers);
	tcase_add_test(sizes, a_bucket_that_a_border_divides_gives_more_room_and_never_less);
	tcase_add_test(alignments, an_alignment_has_a_class_with_room_that_promises_it);
	tcase_add_test(alignments, usual_alignments_are_pooled);
	tcase_add_test(alignments, an_alignment_that_no_class_promises_is_not_pooled);
	return unit_run("sizeclass", sizes, alignments, NULL);
}
