/* prefault: what is asked for is there, and nothing else; what can't be had does no harm. */
#include "prefault.h"
#include "unit.h"

#include <errno.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define PAGES 64u

static char *memory;
static void *objects[PAGES * PAGE / 64];

static void
start(void)
{
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE);
}

static bool
is_there(unsigned page)
{
	return unit_is_resident(memory + page * PAGE);
}

static unsigned
how_many_are_there(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < PAGES; i++)
		n += is_there(i);
	return n;
}

/* Lays n objects of that size from the page on; returns where the next ones go. */
static size_t
lay(size_t at, unsigned page, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++)
		objects[at + i] = memory + page * PAGE + i * size;
	return at + n;
}

START_TEST(whole_slabs_are_there_and_their_neighbours_are_not)
{
	start();
	size_t n = lay(0, 3, 256, 80); /* a slab of 5 pages … */
	n = lay(n, 8, 256, 80);        /* … and its neighbour … */
	n = lay(n, 40, 256, 80);       /* … and one somewhere else */
	prefault_slabs(objects, n, 256, 80);
	if (!unit_kernel_prefaults())
		return;
	for (unsigned i = 0; i < PAGES; i++)
		ck_assert_int_eq(is_there(i), (i >= 3 && i < 13) || (i >= 40 && i < 45));
}
END_TEST

START_TEST(what_is_not_whole_slabs_is_left_alone)
{
	start();
	size_t n = lay(0, 3, 256, 80);
	objects[255] = memory + 50 * PAGE;
	prefault_slabs(objects, n, 256, 80);
	ck_assert_uint_eq(how_many_are_there(), 0);
	lay(0, 3, 8, 8192); /* a program need not touch all of one */
	prefault_slabs(objects, 8, 8, 8192);
	ck_assert_uint_eq(how_many_are_there(), 0);
	lay(0, 3, 64, 64); /* one page is had as fast by touching it */
	prefault_slabs(objects, 64, 64, 64);
	ck_assert_uint_eq(how_many_are_there(), 0);
	prefault_slabs(objects, 0, 64, 64);
	prefault_slabs(objects, 63, 64, 64);
	ck_assert_uint_eq(how_many_are_there(), 0);
}
END_TEST

START_TEST(what_cannot_be_had_is_kept_to_itself)
{
	start();
	ck_assert_int_eq(munmap(memory + 8 * PAGE, 4 * PAGE), 0);
	size_t n = lay(0, 3, 256, 80);
	n = lay(n, 8, 256, 80);
	errno = 7;
	prefault_slabs(objects, n, 256, 80);
	ck_assert_int_eq(errno, 7);
	n = lay(0, 20, 256, 80);
	prefault_slabs(objects, n, 256, 80); /* and it is no reason to give up */
	ck_assert_int_eq(is_there(20) && is_there(24), unit_kernel_prefaults());
}
END_TEST

int
main(void)
{
	TCase *slabs = tcase_create("slabs");
	tcase_add_test(slabs, whole_slabs_are_there_and_their_neighbours_are_not);
	tcase_add_test(slabs, what_is_not_whole_slabs_is_left_alone);
	tcase_add_test(slabs, what_cannot_be_had_is_kept_to_itself);
	return unit_run("prefault", slabs, NULL);
}
