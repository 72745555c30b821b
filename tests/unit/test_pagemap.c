/* pagemap: a byte for each page, zero wherever nobody has said otherwise. */
#include "pagemap.h"
#include "unit.h"

#include <stdio.h>

#define PAGE ((uintptr_t)1 << PAGEMAP_PAGE_BITS)
#define LEAF ((uintptr_t)1 << (PAGEMAP_PAGE_BITS + PAGEMAP_LEAF_BITS))
#define TOP ((uintptr_t)1 << PAGEMAP_ADDRESS_BITS)

static const void *
at(uintptr_t address)
{
	return (const void *)address;
}

START_TEST(any_value_may_be_asked_for_and_is_not_ours)
{
	static const uintptr_t values[] = { 0, 1, 4095, 4096, 0xdeadbeef, TOP - 1, TOP, TOP * 2, UINTPTR_MAX, UINTPTR_MAX / 2 };
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
		ck_assert_uint_eq(pagemap_of(at(values[i])), 0);
	ck_assert_uint_eq(pagemap_of(values), 0);
}
END_TEST

START_TEST(a_page_is_what_it_was_set_to_and_its_neighbours_are_not)
{
	uintptr_t page = 5 * LEAF + 77 * PAGE;

	ck_assert(pagemap_set(at(page + 123), 42));
	ck_assert_uint_eq(pagemap_of(at(page)), 42);
	ck_assert_uint_eq(pagemap_of(at(page + PAGE - 1)), 42);
	ck_assert_uint_eq(pagemap_of(at(page - 1)), 0);
	ck_assert_uint_eq(pagemap_of(at(page + PAGE)), 0);
	ck_assert_uint_eq(pagemap_of(at(page + LEAF)), 0);
	ck_assert_uint_eq(pagemap_of(at(page - LEAF)), 0);
	ck_assert(pagemap_set(at(page), POOLS_MAX)); /* the slab is another class's now */
	ck_assert_uint_eq(pagemap_of(at(page)), POOLS_MAX);
}
END_TEST

START_TEST(both_ends_of_the_address_space_can_be_set)
{
	ck_assert(pagemap_set(at(TOP - 1), 7));
	ck_assert_uint_eq(pagemap_of(at(TOP - PAGE)), 7);
	ck_assert(pagemap_set(at(PAGE), 8));
	ck_assert_uint_eq(pagemap_of(at(PAGE)), 8);
	ck_assert_uint_eq(pagemap_of(at(0)), 0);
}
END_TEST

START_TEST(an_address_past_the_map_is_refused)
{
	ck_assert(!pagemap_set(at(TOP), 7));
	ck_assert(!pagemap_set(at(UINTPTR_MAX), 7));
	ck_assert_uint_eq(pagemap_of(at(TOP)), 0);
	ck_assert_uint_eq(pagemap_of(at(0)), 0);
	pagemap_clear(at(TOP), 100);
	pagemap_clear(at(UINTPTR_MAX - 100), 10);
}
END_TEST

START_TEST(clearing_takes_every_page_that_is_touched_and_no_other)
{
	uintptr_t first = 3 * LEAF + 9 * PAGE;

	for (uintptr_t i = 0; i < 10; i++)
		ck_assert(pagemap_set(at(first + i * PAGE), 5));
	pagemap_clear(at(first + 2 * PAGE + 100), 2 * PAGE); /* parts of three pages */
	for (uintptr_t i = 0; i < 10; i++)
		ck_assert_uint_eq(pagemap_of(at(first + i * PAGE)), i >= 2 && i <= 4 ? 0 : 5);
	pagemap_clear(at(first + 7 * PAGE), PAGE); /* exactly one */
	ck_assert_uint_eq(pagemap_of(at(first + 6 * PAGE)), 5);
	ck_assert_uint_eq(pagemap_of(at(first + 7 * PAGE)), 0);
	ck_assert_uint_eq(pagemap_of(at(first + 8 * PAGE)), 5);
	pagemap_clear(at(first + 8 * PAGE), 1);
	ck_assert_uint_eq(pagemap_of(at(first + 8 * PAGE)), 0);
	ck_assert_uint_eq(pagemap_of(at(first + 9 * PAGE)), 5);
}
END_TEST

START_TEST(clearing_goes_over_borders_and_gaps)
{
	uintptr_t first = 20 * LEAF - 2 * PAGE, last = 23 * LEAF + PAGE; /* nothing was ever set in 21 and 22 */

	ck_assert(pagemap_set(at(first - PAGE), 6));
	ck_assert(pagemap_set(at(first), 6));
	ck_assert(pagemap_set(at(20 * LEAF - PAGE), 6));
	ck_assert(pagemap_set(at(20 * LEAF), 6));
	ck_assert(pagemap_set(at(23 * LEAF), 6));
	ck_assert(pagemap_set(at(last), 6));
	pagemap_clear(at(first), last - first);
	ck_assert_uint_eq(pagemap_of(at(first - PAGE)), 6);
	ck_assert_uint_eq(pagemap_of(at(first)), 0);
	ck_assert_uint_eq(pagemap_of(at(20 * LEAF - PAGE)), 0);
	ck_assert_uint_eq(pagemap_of(at(20 * LEAF)), 0);
	ck_assert_uint_eq(pagemap_of(at(23 * LEAF)), 0);
	ck_assert_uint_eq(pagemap_of(at(last)), 6);
	ck_assert_uint_eq(pagemap_root[21], 0);
	ck_assert_uint_eq(pagemap_root[22], 0);
}
END_TEST

static void *
object_at(uintptr_t address)
{
	return (void *)address;
}

START_TEST(all_of_a_batch_are_set_and_turned)
{
	for (unsigned n = 0; n <= 9; n++) {
		void *objects[9];
		for (unsigned i = 0; i < n; i++)
			objects[i] = object_at(25 * LEAF + (n * 16 + i) * PAGE / 2); /* two on each page */
		ck_assert(pagemap_set_and_turn(objects, n, n + 1));
		for (unsigned i = 0; i < n; i++) {
			ck_assert_ptr_eq(objects[n - 1 - i], object_at(25 * LEAF + (n * 16 + i) * PAGE / 2));
			ck_assert_uint_eq(pagemap_of(objects[i]), n + 1);
		}
	}
	void *beyond[3] = { object_at(25 * LEAF), object_at(UINTPTR_MAX - PAGE), object_at(25 * LEAF + PAGE) };
	ck_assert(!pagemap_set_and_turn(beyond, 3, 7));
	ck_assert_uint_eq(pagemap_of(at(25 * LEAF)), 7);
	ck_assert_uint_eq(pagemap_of(at(25 * LEAF + PAGE)), 7);
	ck_assert_uint_eq(pagemap_of(beyond[1]), 0);
}
END_TEST

/* Kilobytes that were written to in the mapping around `address`. */
static unsigned long
written_around(uintptr_t address)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	unsigned long first, end, kilobytes = 0;
	bool here = false;
	char line[512];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			here = first <= address && address < end;
		if (here && sscanf(line, "Anonymous: %lu", &kilobytes) == 1)
			break;
	}
	fclose(maps);
	return kilobytes;
}

START_TEST(clearing_what_was_never_set_writes_to_no_memory)
{
	ck_assert(pagemap_set(at(9 * LEAF), 6));
	uintptr_t leaf = pagemap_root[9] + ((uintptr_t)9 << PAGEMAP_LEAF_BITS);
	unsigned long before = written_around(leaf);
	ck_assert_uint_gt(before, 0);
	pagemap_clear(at(9 * LEAF), LEAF);
	ck_assert_uint_eq(pagemap_of(at(9 * LEAF)), 0);
	ck_assert_uint_lt(written_around(leaf), before + (1 << PAGEMAP_LEAF_BITS) / 1024 / 2);
}
END_TEST

START_TEST(without_memory_a_page_cannot_be_ours_and_errno_is_kept)
{
	ck_assert(pagemap_set(at(30 * LEAF), 3));
	unit_memory_is_gone(true);
	errno = 7;
	bool fresh = pagemap_set(at(31 * LEAF), 3), there = pagemap_set(at(30 * LEAF + PAGE), 3);
	int error = errno;
	unit_memory_is_gone(false);
	ck_assert(!fresh);
	ck_assert(there); /* the leaf is there already */
	ck_assert_int_eq(error, 7);
	ck_assert_uint_eq(pagemap_of(at(31 * LEAF)), 0);
	ck_assert(pagemap_set(at(31 * LEAF), 3));
}
END_TEST

#define ROUNDS 400u

static _Atomic unsigned arrived;

static void *
set_in_fresh_leaves(void *number)
{
	uintptr_t me = *(unsigned *)number;
	for (unsigned round = 0; round < ROUNDS; round++) {
		atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel);
		while (atomic_load_explicit(&arrived, memory_order_acquire) < (round + 1) * 4)
			sched_yield();
		if (!pagemap_set(at((1000 + round) * LEAF + me * PAGE), (unsigned)me + 1))
			return number;
	}
	return NULL;
}

START_TEST(whoever_installs_a_leaf_nobody_loses_a_byte)
{
	unsigned numbers[4] = { 0, 1, 2, 3 };
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(set_in_fresh_leaves, &numbers[i]);
	for (unsigned i = 0; i < 4; i++) {
		void *failed = NULL;
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	for (uintptr_t round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < 4; i++)
			ck_assert_uint_eq(pagemap_of(at((1000 + round) * LEAF + i * PAGE)), i + 1);
}
END_TEST

int
main(void)
{
	TCase *bytes = tcase_create("bytes");

	tcase_add_test(bytes, all_of_a_batch_are_set_and_turned);
	tcase_add_test(bytes, any_value_may_be_asked_for_and_is_not_ours);
	tcase_add_test(bytes, a_page_is_what_it_was_set_to_and_its_neighbours_are_not);
	tcase_add_test(bytes, both_ends_of_the_address_space_can_be_set);
	tcase_add_test(bytes, an_address_past_the_map_is_refused);
	tcase_add_test(bytes, clearing_takes_every_page_that_is_touched_and_no_other);
	tcase_add_test(bytes, clearing_goes_over_borders_and_gaps);
	tcase_add_test(bytes, clearing_what_was_never_set_writes_to_no_memory);
	tcase_add_test(bytes, without_memory_a_page_cannot_be_ours_and_errno_is_kept);
	tcase_add_test(bytes, whoever_installs_a_leaf_nobody_loses_a_byte);
	return unit_run("pagemap", bytes, NULL);
}
