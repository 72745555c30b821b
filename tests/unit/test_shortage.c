/* shortage: no call of jemalloc's that would crash for want of memory, and one more try. */
#include "control.h"
#include "shortage.h"
#include "unit.h"

#include <sys/mman.h>

static size_t asked_for;
static bool helps;

static bool
note(size_t n)
{
	asked_for = n;
	return helps;
}

static void *
fills_up(void *unused)
{
	struct rlimit room = { (rlim_t)1 << 32, (rlim_t)1 << 32 };
	(void)unused;
	setrlimit(RLIMIT_AS, &room);
	for (size_t n = (size_t)1 << 30; n >= 4096; n /= 2)
		while (mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
			;
	return NULL;
}

START_TEST(before_anything_was_short_nobody_asks)
{
	ck_assert(shortage_has_state());
	ck_assert(shortage_has_arena());
	ck_assert(!shortage_seen);
}
END_TEST

START_TEST(the_hook_decides_on_a_second_try_and_hears_how_much_was_wanted)
{
	ck_assert(!shortage_try_again(5)); /* nobody there */
	shortage_hook = note;
	ck_assert(!shortage_try_again(77));
	ck_assert_uint_eq(asked_for, 77);
	helps = true;
	ck_assert(shortage_try_again(78));
	ck_assert(shortage_seen);
}
END_TEST

static void *
asks_for_both(void *answers)
{
	bool *made = answers;
	made[0] = shortage_has_state();
	made[1] = shortage_has_arena();
	made[2] = shortage_make_arena();
	return NULL;
}

START_TEST(without_room_a_new_thread_makes_neither_and_an_old_one_has_both)
{
	bool made[3] = { true, true, true };
	pthread_t late;
	pthread_attr_t attributes;
	size_t stack = 256 << 10;

	unit_start(1, NULL);
	ck_assert(shortage_make_arena());
	ck_assert(!shortage_try_again(1));
	void *memory = mmap(NULL, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_int_eq(pthread_attr_init(&attributes), 0);
	ck_assert_int_eq(pthread_attr_setstack(&attributes, memory, stack), 0);
	fills_up(NULL);
	ck_assert_int_eq(pthread_create(&late, &attributes, asks_for_both, made), 0);
	ck_assert_int_eq(pthread_join(late, NULL), 0);
	ck_assert(!made[0] && !made[1] && !made[2]);
	ck_assert(shortage_has_state() && shortage_has_arena());
}
END_TEST

START_TEST(with_room_a_new_thread_has_both_though_memory_was_short)
{
	bool made[3] = { false, false, false };

	unit_start(1, NULL);
	ck_assert(!shortage_try_again(1));
	ck_assert_int_eq(pthread_join(unit_thread(asks_for_both, made), NULL), 0);
	ck_assert(made[0] && made[1] && made[2]);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("shortage");

	tcase_add_test(tests, before_anything_was_short_nobody_asks);
	tcase_add_test(tests, the_hook_decides_on_a_second_try_and_hears_how_much_was_wanted);
#if !defined(UNIT_THREAD_SANITIZER) && !defined(__SANITIZE_ADDRESS__) /* which need address space of their own for a thread */
	tcase_add_test(tests, without_room_a_new_thread_makes_neither_and_an_old_one_has_both);
#endif
	tcase_add_test(tests, with_room_a_new_thread_has_both_though_memory_was_short);
	return unit_run("shortage", tests, NULL);
}
