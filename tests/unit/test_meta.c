/* meta: no two users have the same block, what is free long enough goes back to the kernel, and no memory is an answer. */
#include "meta.h"
#include "unit.h"

#include <string.h>
#include <sys/mman.h>

#define MANY 5000u

static unsigned char *block[MANY];

static bool
is_filled(const unsigned char *p, size_t n, unsigned char with)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != with)
			return false;
	return true;
}

static unsigned
kind_of(unsigned i)
{
	return i % META_KINDS;
}

static void
take_many(void)
{
	for (unsigned i = 0; i < MANY; i++) {
		block[i] = meta_alloc(kind_of(i));
		ck_assert_ptr_nonnull(block[i]);
	}
}

static void
free_many(void)
{
	for (unsigned i = 0; i < MANY; i++)
		meta_free(kind_of(i), block[i]);
}

/* Pages of the blocks that have memory. */
static unsigned
resident(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < MANY; i++) {
		unsigned char is = 0;
		ck_assert_int_eq(mincore((void *)((uintptr_t)block[i] & ~(uintptr_t)4095), 4096, &is), 0);
		n += is & 1;
	}
	return n;
}

START_TEST(a_new_block_is_zeroed_and_begins_a_cache_line)
{
	take_many();
	for (unsigned i = 0; i < MANY; i++) {
		ck_assert_uint_eq((uintptr_t)block[i] % CACHE_LINE, 0);
		ck_assert(is_filled(block[i], META_BLOCK_BYTES(kind_of(i)), 0));
	}
}
END_TEST

START_TEST(blocks_do_not_overlap)
{
	take_many();
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++)
			memset(block[i], (int)(i % 251), META_BLOCK_BYTES(kind_of(i)));
		for (unsigned i = 0; i < MANY; i++)
			ck_assert(is_filled(block[i], META_BLOCK_BYTES(kind_of(i)), (unsigned char)(i % 251)));
		for (unsigned i = 0; i < MANY; i += 3) /* and neither do those that were free in between */
			meta_free(kind_of(i), block[i]);
		for (unsigned i = 0; i < MANY; i += 3)
			block[i] = meta_alloc(kind_of(i));
	}
}
END_TEST

START_TEST(what_is_free_is_used_before_the_kernel_is_asked)
{
	take_many();
	uint64_t before = meta_bytes();
	for (unsigned round = 0; round < 20; round++) {
		free_many();
		if (round % 2)
			meta_trim();
		take_many();
	}
	ck_assert_uint_eq(meta_bytes(), before);
}
END_TEST

/* Also a page that is empty, and one whose memory the kernel has: a late reader of a freed block finds one of the same kind, or zeros. */
START_TEST(a_page_serves_one_kind_for_ever)
{
	static uintptr_t pages[300];
	unsigned n = 300;

	for (unsigned i = 0; i < n; i++)
		pages[i] = (uintptr_t)(block[i] = meta_alloc(3)) / 4096;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < n; i++)
			meta_free(3, block[i]);
		meta_trim();
		if (round == 2)
			meta_trim();
		for (unsigned i = 0; i < n; i++) {
			uintptr_t page = (uintptr_t)meta_alloc(i % 3) / 4096;
			for (unsigned k = 0; k < n; k++)
				if (page == pages[k])
					ck_abort_msg("round %u", round);
		}
		for (unsigned i = 0; i < n; i++)
			block[i] = meta_alloc(3);
	}
}
END_TEST

START_TEST(pages_that_were_empty_for_two_trims_go_back_to_the_kernel)
{
	take_many();
	for (unsigned i = 0; i < MANY; i++)
		memset(block[i], 1, META_BLOCK_BYTES(kind_of(i)));
	uint64_t mapped = meta_bytes();
	free_many();
	meta_trim();
	ck_assert_uint_eq(resident(), MANY); /* once is not enough: they may be wanted again */
	meta_trim();
	ck_assert_uint_lt(resident(), MANY / 100);
	ck_assert_uint_eq(meta_bytes(), mapped); /* the address space stays ours */
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_uint_eq(*block[i], 0); /* a late reader finds zeros and no fault */
}
END_TEST

START_TEST(pages_that_are_used_again_between_two_trims_stay)
{
	take_many();
	for (unsigned i = 0; i < MANY; i++)
		memset(block[i], 1, META_BLOCK_BYTES(kind_of(i)));
	for (unsigned round = 0; round < 3; round++) {
		free_many();
		meta_trim();
		take_many();
	}
	ck_assert_uint_ge(resident(), MANY - MANY / 100);
}
END_TEST

START_TEST(a_page_with_one_block_in_use_stays)
{
	take_many();
	for (unsigned i = 0; i < MANY; i++)
		memset(block[i], 0x5a, META_BLOCK_BYTES(kind_of(i)));
	for (unsigned i = 0; i < MANY; i++)
		if (i % 97 != 0)
			meta_free(kind_of(i), block[i]);
	for (unsigned round = 0; round < 4; round++)
		meta_trim();
	for (unsigned i = 0; i < MANY; i += 97)
		ck_assert(is_filled(block[i], META_BLOCK_BYTES(kind_of(i)), 0x5a));
}
END_TEST

START_TEST(of_idle_pages_those_that_are_used_again_stay_among_those_that_go)
{
	take_many();
	for (unsigned i = 0; i < MANY; i++)
		memset(block[i], 1, META_BLOCK_BYTES(kind_of(i)));
	free_many();
	meta_trim();
	for (unsigned i = 0; i < MANY / 2; i++) {
		block[i] = meta_alloc(kind_of(i));
		memset(block[i], 0x5a, META_BLOCK_BYTES(kind_of(i)));
	}
	meta_trim();
	for (unsigned i = 0; i < MANY / 2; i++)
		ck_assert(is_filled(block[i], META_BLOCK_BYTES(kind_of(i)), 0x5a));
}
END_TEST

START_TEST(what_went_back_to_the_kernel_can_be_had_again)
{
	take_many();
	free_many();
	meta_trim();
	meta_trim();
	uint64_t mapped = meta_bytes();
	take_many();
	ck_assert_uint_eq(meta_bytes(), mapped);
	for (unsigned i = 0; i < MANY; i++)
		memset(block[i], (int)(i % 251), META_BLOCK_BYTES(kind_of(i)));
	for (unsigned i = 0; i < MANY; i++)
		ck_assert(is_filled(block[i], META_BLOCK_BYTES(kind_of(i)), (unsigned char)(i % 251)));
}
END_TEST

START_TEST(what_is_for_ever_is_zeroed_and_may_be_large)
{
	unsigned char *small = meta_forever(10), *large = meta_forever(5 << 20), *next = meta_forever(10);

	ck_assert(small != NULL && large != NULL && next != NULL);
	ck_assert_uint_eq((uintptr_t)small % CACHE_LINE, 0);
	ck_assert_uint_eq((uintptr_t)large % CACHE_LINE, 0);
	ck_assert_uint_eq((uintptr_t)next % CACHE_LINE, 0);
	ck_assert(is_filled(large, 5 << 20, 0));
	memset(large, 0xff, 5 << 20);
	ck_assert(is_filled(small, 10, 0));
	ck_assert(is_filled(next, 10, 0));
	ck_assert_uint_ge(meta_bytes(), 5 << 20);
}
END_TEST

START_TEST(without_memory_there_is_no_block_and_errno_is_kept)
{
	void *last = NULL, *p;
	unsigned n = 0;

	meta_alloc(1);
	unit_memory_is_gone(true);
	errno = 7;
	while ((p = meta_alloc(1)) != NULL && n++ < 1000000) /* what is left of the chunk */
		last = p;
	void *for_ever = meta_forever(1 << 20);
	int error = errno;
	if (last != NULL)
		meta_free(1, last);
	void *again = meta_alloc(1);
	unit_memory_is_gone(false);
	ck_assert_ptr_null(p);
	ck_assert_ptr_null(for_ever);
	ck_assert_int_eq(error, 7);
	ck_assert_ptr_nonnull(last);
	ck_assert_ptr_eq(again, last); /* what is given back can be had */
	ck_assert_ptr_nonnull(meta_alloc(1));
}
END_TEST

static _Atomic bool stop;

static void *
use_blocks(void *tag)
{
	unsigned char *mine[32] = { NULL };
	for (unsigned i = 0; i < 20000; i++) {
		unsigned char **b = &mine[i % 32];
		size_t n = META_BLOCK_BYTES(i % 4);
		if (*b != NULL) { /* 32 is a multiple of 4: of the same kind */
			if (!is_filled(*b, n, *(unsigned char *)tag))
				return tag;
			meta_free(i % 4, *b);
		}
		*b = meta_alloc(i % 4);
		memset(*b, *(unsigned char *)tag, n);
	}
	for (unsigned i = 0; i < 32; i++)
		meta_free(i % 4, mine[i]);
	return NULL;
}

static void *
trim(void *unused)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		meta_trim();
		sched_yield();
	}
	return unused;
}

START_TEST(no_two_threads_have_the_same_block_and_trims_take_none_that_is_used)
{
	unsigned char tags[4] = { 1, 2, 3, 4 };
	pthread_t threads[4], trimmer = unit_thread(trim, NULL);

	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(use_blocks, &tags[i]);
	for (unsigned i = 0; i < 4; i++) {
		void *broken = NULL;
		pthread_join(threads[i], &broken);
		ck_assert_ptr_null(broken);
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	unit_join(trimmer);
}
END_TEST

int
main(void)
{
	TCase *blocks = tcase_create("blocks"), *trims = tcase_create("trims");

	tcase_add_test(blocks, a_new_block_is_zeroed_and_begins_a_cache_line);
	tcase_add_test(blocks, blocks_do_not_overlap);
	tcase_add_test(blocks, what_is_free_is_used_before_the_kernel_is_asked);
	tcase_add_test(blocks, a_page_serves_one_kind_for_ever);
	tcase_add_test(blocks, what_is_for_ever_is_zeroed_and_may_be_large);
	tcase_add_test(blocks, without_memory_there_is_no_block_and_errno_is_kept);
	tcase_add_test(blocks, no_two_threads_have_the_same_block_and_trims_take_none_that_is_used);
	tcase_add_test(trims, pages_that_were_empty_for_two_trims_go_back_to_the_kernel);
	tcase_add_test(trims, pages_that_are_used_again_between_two_trims_stay);
	tcase_add_test(trims, of_idle_pages_those_that_are_used_again_stay_among_those_that_go);
	tcase_add_test(trims, a_page_with_one_block_in_use_stays);
	tcase_add_test(trims, what_went_back_to_the_kernel_can_be_had_again);
	return unit_run("meta", blocks, trims, NULL);
}
