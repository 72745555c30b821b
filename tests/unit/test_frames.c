/* frames: memory goes to other addresses, and away, and the mappings stay few. */
#include "frames.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

static char *
map(size_t n)
{
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static size_t
pages_there(char *p, size_t n)
{
	static unsigned char there[16384];
	size_t sum = 0;
	ck_assert_int_eq(mincore(p, n, there), 0);
	for (size_t i = 0; i < n / PAGE; i++)
		sum += there[i] & 1;
	return sum;
}

static unsigned
mappings(void)
{
	unsigned n = 0;
	FILE *f = fopen("/proc/self/maps", "re");
	ck_assert_ptr_nonnull(f);
	for (int c; (c = fgetc(f)) != EOF;)
		n += c == '\n';
	fclose(f);
	return n;
}

START_TEST(memory_lies_under_the_new_addresses_and_the_old_are_empty)
{
	char *from = map(4 * MIB), *to = map(8 * MIB);
	memset(from, 'x', 4 * MIB);
	errno = 7;
	ck_assert_uint_eq(frames_move(from, 4 * MIB, to + MIB, 6 * MIB), 4 * MIB);
	ck_assert_int_eq(errno, 7);
	ck_assert_uint_eq(pages_there(from, 4 * MIB), 0);
	ck_assert_uint_eq(pages_there(to, 8 * MIB), 4 * MIB / PAGE);
	ck_assert_int_eq(to[MIB], 'x');
	ck_assert_int_eq(to[5 * MIB - 1], 'x');
	ck_assert_int_eq(to[5 * MIB], 0);
	ck_assert_int_eq(from[MIB], 0); /* still ours to use */
	to[0] = to[8 * MIB - 1] = from[0] = 1;
}
END_TEST

START_TEST(no_more_is_moved_than_there_is_room_for)
{
	char *from = map(4 * MIB), *to = map(4 * MIB);
	memset(from, 'x', 4 * MIB);
	memset(to, 'y', 4 * MIB);
	ck_assert_uint_eq(frames_move(from, 4 * MIB, to, MIB), MIB);
	ck_assert_int_eq(to[MIB - 1], 'x');
	ck_assert_int_eq(to[MIB], 'y');
	ck_assert_int_eq(from[MIB], 'x');
}
END_TEST

/* What was moved keeps its offset in the kernel's books: `to` is three mappings, and has to be moved on in pieces. */
START_TEST(what_lies_in_several_mappings_is_moved_in_pieces)
{
	char *a = map(4 * MIB), *b = map(4 * MIB), *c = map(4 * MIB);
	memset(a, 'x', 4 * MIB);
	memset(b, 'y', 4 * MIB);
	ck_assert_uint_eq(frames_move(a, MIB, b + 3 * MIB / 2, MIB), MIB);
	size_t moved = frames_move(b, 4 * MIB, c, 4 * MIB);
	ck_assert_uint_ge(moved, 3 * MIB);
	ck_assert_uint_eq(pages_there(c, moved), moved / PAGE);
	ck_assert_uint_eq(pages_there(b, 4 * MIB) + moved / PAGE, 4 * MIB / PAGE);
}
END_TEST

START_TEST(what_is_dropped_reads_as_zeros)
{
	char *p = map(MIB);
	memset(p, 'x', MIB);
	ck_assert(frames_drop(p + PAGE, MIB - 2 * PAGE));
	ck_assert_uint_eq(pages_there(p, MIB), 2);
	ck_assert_int_eq(p[PAGE], 0);
	ck_assert_int_eq(p[0], 'x');
	ck_assert_int_eq(p[MIB - 1], 'x');
}
END_TEST

START_TEST(what_is_locked_is_not_dropped)
{
	char *p = map(16 * PAGE);
	memset(p, 'x', 16 * PAGE);
	ck_assert_int_eq(syscall(SYS_mlock, p, 16 * PAGE), 0); /* sanitizers make a no-op of mlock */
	errno = 7;
	ck_assert(!frames_drop(p, 16 * PAGE));
	ck_assert_int_eq(errno, 7);
	ck_assert_int_eq(p[PAGE], 'x');
}
END_TEST

START_TEST(after_a_drop_the_mappings_are_one_again)
{
	char *from = map(4 * MIB), *to = map(4 * MIB);
	unsigned before = mappings();
	for (unsigned i = 0; i < 4; i++) {
		memset(from, 'x', 4 * MIB);
		for (size_t at = 0; at < 4 * MIB; at += MIB / 2)
			ck_assert_uint_eq(frames_move(from + at, MIB / 2, to + (7 * MIB / 2 - at), MIB / 2), MIB / 2);
		ck_assert_uint_ge(mappings(), before + 6);
		ck_assert(frames_drop(to, 4 * MIB));
		ck_assert(frames_drop(from, 4 * MIB));
	}
	ck_assert_uint_le(mappings(), before + 2);
}
END_TEST

START_TEST(after_so_many_moves_the_mappings_are_counted)
{
	char *a = map(MIB), *b = map(MIB);
	for (unsigned i = 0; frames_can_move(); i++) {
		ck_assert_uint_le(i, FRAMES_MOVES);
		a[0] = 1;
		frames_move(a, MIB, b, MIB);
		frames_drop(b, MIB);
		frames_drop(a, MIB);
	}
	ck_assert_uint_eq(frames_move(a, MIB, b, MIB), 0);
	frames_recount();
	ck_assert(frames_can_move());

	while (frames_can_move()) {
		a[0] = 1;
		frames_move(a, MIB, b, MIB);
	}
	static char *many;
	many = map(2 * FRAMES_MAPPINGS * PAGE); /* every other page is a mapping of its own */
	for (size_t i = 0; i < FRAMES_MAPPINGS; i++)
		ck_assert_int_eq(mprotect(many + 2 * i * PAGE, PAGE, PROT_NONE), 0);
	frames_recount();
	ck_assert(!frames_can_move());
	munmap(many, 2 * FRAMES_MAPPINGS * PAGE);
	frames_recount();
	ck_assert(frames_can_move());
}
END_TEST

START_TEST(without_address_space_nothing_is_moved_and_nothing_lost)
{
	char *from = map(MIB), *to = map(MIB);
	memset(from, 'x', MIB);
	memset(to, 'y', MIB);
	unit_memory_is_gone(true);
	size_t moved = frames_move(from, MIB, to, MIB);
	unit_memory_is_gone(false);
	ck_assert_uint_eq(moved, 0);
	ck_assert_int_eq(from[0], 'x');
	ck_assert_int_eq(to[0], 'y');
	ck_assert_uint_eq(frames_move(from, MIB, to, MIB), MIB);
}
END_TEST

START_TEST(what_is_forbidden_is_not_done)
{
	char *from = map(MIB), *to = map(MIB);
	memset(from, 'x', MIB);
	frames_forbid();
	frames_recount();
	ck_assert(!frames_can_move());
	ck_assert_uint_eq(frames_move(from, MIB, to, MIB), 0);
	ck_assert_int_eq(from[0], 'x');
}
END_TEST

int
main(void)
{
	TCase *moves = tcase_create("moves");
	tcase_add_test(moves, memory_lies_under_the_new_addresses_and_the_old_are_empty);
	tcase_add_test(moves, no_more_is_moved_than_there_is_room_for);
	tcase_add_test(moves, what_lies_in_several_mappings_is_moved_in_pieces);
	tcase_add_test(moves, without_address_space_nothing_is_moved_and_nothing_lost);
	tcase_add_test(moves, what_is_forbidden_is_not_done);
	TCase *drops = tcase_create("drops");
	tcase_add_test(drops, what_is_dropped_reads_as_zeros);
	tcase_add_test(drops, what_is_locked_is_not_dropped);
	TCase *mapping = tcase_create("mappings");
	tcase_add_test(mapping, after_a_drop_the_mappings_are_one_again);
	tcase_add_test(mapping, after_so_many_moves_the_mappings_are_counted);
	return unit_run("frames", moves, drops, mapping, NULL);
}
