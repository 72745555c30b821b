/* bin: what the owner does, what anybody else may do to it, and what neither of them loses. */
#include "bin.h"
#include "sizeclass.h"
#include "unit.h"

#include <linux/membarrier.h>
#include <signal.h>
#include <sys/syscall.h>

static struct bin bin;

static struct magazine *
magazine(unsigned room, unsigned n)
{
	struct magazine *m = calloc(1, sizeof *m + room * sizeof(void *));
	m->room = (uint16_t)room;
	for (unsigned i = 0; i < n; i++)
		m->slots[i] = (void *)(uintptr_t)(i + 1);
	magazine_set_count(m, n);
	return m;
}

/* What is popped, 0 when nothing is. */
static uintptr_t
pop(struct bin *b)
{
	void *p = NULL;
	return bin_pop_owner(b, &p) ? (uintptr_t)p : 0;
}

static bool
push(struct bin *b, uintptr_t p)
{
	return bin_push_owner(b, (void *)p);
}

static void
set_sequence(uint64_t n)
{
	atomic_store_explicit(&bin.sequence, n, memory_order_relaxed);
}

static uint64_t
sequence(void)
{
	return atomic_load_explicit(&bin.sequence, memory_order_relaxed);
}

/* --- the owner ------------------------------------------------------------------------------------------------------- */

START_TEST(a_bin_of_zeros_gives_and_takes_nothing)
{
	ck_assert(!pop(&bin));
	ck_assert(!push(&bin, 7));
	ck_assert_uint_eq(sequence(), 0); /* nothing happened, so nothing is counted */
	ck_assert_uint_eq(bin_objects(&bin), 0);
	ck_assert(!bin_armed(&bin));
	ck_assert(bin_loaded_is_empty(&bin));
	ck_assert(bin_loaded_is_full(&bin));
}
END_TEST

START_TEST(what_was_pushed_last_is_popped_first)
{
	bin_load_owner(&bin, magazine(4, 0));
	ck_assert(push(&bin, 10));
	ck_assert(push(&bin, 20));
	ck_assert_uint_eq(pop(&bin), 20);
	ck_assert(push(&bin, 30));
	ck_assert_uint_eq(pop(&bin), 30);
	ck_assert_uint_eq(pop(&bin), 10);
	ck_assert_uint_eq(pop(&bin), 0);
}
END_TEST

START_TEST(it_is_popped_to_its_floor_and_filled_to_its_limit)
{
	struct magazine *m = magazine(4, 2);

	bin_load_owner(&bin, m);
	ck_assert(push(&bin, 3) && push(&bin, 4));
	ck_assert(!push(&bin, 5));
	ck_assert(bin_loaded_is_full(&bin));
	ck_assert(!bin_loaded_is_empty(&bin));
	for (uintptr_t i = 4; i > 0; i--)
		ck_assert_uint_eq(pop(&bin), i);
	ck_assert_uint_eq(pop(&bin), 0);
	ck_assert(bin_loaded_is_empty(&bin));
	ck_assert(!bin_loaded_is_full(&bin));
}
END_TEST

START_TEST(an_object_that_is_nothing_is_popped_like_any_other)
{
	void *p = &p;
	bin_load_owner(&bin, magazine(4, 0));
	ck_assert(bin_push_owner(&bin, NULL));
	ck_assert(bin_pop_owner(&bin, &p));
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(every_operation_is_counted_by_its_sequence)
{
	struct bin_figures f;

	bin_load_owner(&bin, magazine(100, 20));
	bin_moved(&bin, 20); /* by whoever laid them in */
	for (unsigned i = 0; i < 30; i++)
		ck_assert(push(&bin, 100 + i));
	for (unsigned i = 0; i < 45; i++)
		ck_assert(pop(&bin));
	ck_assert_uint_eq(sequence(), 2 * 75);
	bin_read(&bin, &f);
	ck_assert_uint_eq(f.pops, 45);
	ck_assert_uint_eq(f.pushes, 30);
	ck_assert_uint_eq(f.objects, 5);
}
END_TEST

static void
slow_push(void *p)
{
	ck_assert(bin_enter_owner(&bin));
	bin_push_loaded(&bin, p);
	bin_leave_owner(&bin, true);
}

START_TEST(slow_paths_are_operations_when_they_have_done_one)
{
	struct bin_figures f;

	bin_load_owner(&bin, magazine(100, 0));
	slow_push((void *)7);
	slow_push((void *)8);
	ck_assert(bin_enter_owner(&bin));
	ck_assert_ptr_eq(bin_pop_loaded(&bin), (void *)8);
	bin_leave_owner(&bin, true);
	ck_assert_uint_eq(sequence(), 2 * 3);
	ck_assert(bin_enter_owner(&bin));
	bin_loaded(&bin)->slots[1] = (void *)9; /* a refill alone is none */
	bin_loaded(&bin)->slots[2] = (void *)10;
	bin_raise_top(&bin, 2);
	bin_leave_owner(&bin, false);
	ck_assert_uint_eq(sequence(), 2 * 3);
	bin_read(&bin, &f);
	ck_assert_uint_eq(f.pops, 1);
	ck_assert_uint_eq(f.pushes, 2);
	ck_assert_uint_eq(f.objects, 3);
	ck_assert_uint_eq(pop(&bin), 10);
	bin_read(&bin, &f);
	ck_assert_uint_eq(f.pops, 2);
}
END_TEST

START_TEST(with_pushes_closed_every_free_takes_the_slow_path)
{
	bin_pushes_closed = true;
	bin_load_owner(&bin, magazine(4, 2));
	ck_assert(!push(&bin, 9));
	ck_assert_uint_eq(pop(&bin), 2);
	ck_assert(!push(&bin, 9));
	ck_assert(bin_armed(&bin));
}
END_TEST

/* --- handlers -------------------------------------------------------------------------------------------------------- */

START_TEST(a_handler_that_interrupts_an_operation_gets_nothing_from_this_bin)
{
	bin_load_owner(&bin, magazine(4, 2));
	set_sequence(5);
	ck_assert(!pop(&bin));
	ck_assert(!push(&bin, 9));
	ck_assert(!bin_enter_owner(&bin));
	ck_assert_uint_eq(sequence(), 5);
	ck_assert_uint_eq(bin_objects(&bin), 2);
	set_sequence(6);
	ck_assert_uint_eq(pop(&bin), 2);
}
END_TEST

START_TEST(a_slow_path_keeps_handlers_off)
{
	bin_load_owner(&bin, magazine(4, 2));
	ck_assert(bin_enter_owner(&bin));
	ck_assert(!bin_enter_owner(&bin));
	ck_assert(!pop(&bin));
	ck_assert(!push(&bin, 9));
	bin_leave_owner(&bin, false);
	ck_assert(pop(&bin));
}
END_TEST

#define OBJECTS 64u

static _Atomic uint8_t out[OBJECTS + 1]; /* 1: somebody has it */
static _Atomic bool twice, stop;
static _Atomic unsigned interrupted, refused;

/* Notes that p came out (or goes in): true when that is news. */
static void
came_out(uintptr_t p)
{
	if (p == 0 || p > OBJECTS || atomic_exchange_explicit(&out[p], 1, memory_order_relaxed) != 0)
		atomic_store_explicit(&twice, true, memory_order_relaxed);
}

static bool
put_back(struct bin *b, uintptr_t p)
{
	atomic_store_explicit(&out[p], 0, memory_order_relaxed);
	if (push(b, p))
		return true;
	atomic_store_explicit(&out[p], 1, memory_order_relaxed);
	return false;
}

static void
interrupt(int signal_number)
{
	static uintptr_t held;
	(void)signal_number;
	atomic_fetch_add_explicit(&interrupted, 1, memory_order_relaxed);
	if (held != 0 && put_back(&bin, held)) {
		held = 0;
	} else if (held == 0) {
		uintptr_t p = pop(&bin);
		if (p != 0) {
			came_out(p);
			held = p;
		} else {
			atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
		}
	} else {
		atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
	}
}

static void *
send_signals(void *to)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		pthread_kill(*(pthread_t *)to, SIGUSR1);
	return NULL;
}

START_TEST(a_storm_of_handlers_loses_nothing)
{
	pthread_t self = pthread_self();
	uintptr_t held[8] = { 0 };

	bin_load_owner(&bin, magazine(OBJECTS, OBJECTS));
	signal(SIGUSR1, interrupt);
	pthread_t sender = unit_thread(send_signals, &self);
	uint64_t end = unit_ms() + 300;
	/* For a while, and on a busy machine until it was a storm. */
	for (unsigned i = 0; (unit_ms() < end || (interrupted < 100 && unit_ms() < end + 10000)) && !twice; i++)
		for (unsigned k = 0; k < 64; k++) {
			uintptr_t *h = &held[(i + k) % 8];
			if (*h != 0 && put_back(&bin, *h)) {
				*h = 0;
			} else if (*h == 0 && (*h = pop(&bin)) != 0) {
				came_out(*h);
			}
		}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	unit_join(sender);
	signal(SIGUSR1, SIG_IGN);
	ck_assert(!twice);
	ck_assert_uint_gt(interrupted, 10);
	unsigned inside = 0, outside = 0;
	for (uintptr_t p; (p = pop(&bin)) != 0; inside++)
		came_out(p);
	ck_assert(!twice);
	for (unsigned i = 1; i <= OBJECTS; i++)
		outside += out[i];
	ck_assert_uint_eq(outside, OBJECTS);
	ck_assert_uint_gt(inside, OBJECTS / 2);
}
END_TEST

/* --- whoever holds the lock ------------------------------------------------------------------------------------------ */

START_TEST(a_revoked_bin_gives_and_takes_nothing_and_keeps_what_it_has)
{
	bin_load_owner(&bin, magazine(4, 2));
	ck_assert(bin_armed(&bin));
	bin_revoke(&bin);
	ck_assert(!bin_armed(&bin));
	ck_assert(!pop(&bin));
	ck_assert(!push(&bin, 9));
	ck_assert_uint_eq(bin_objects(&bin), 2);
	bin_arm_owner(&bin);
	ck_assert(bin_armed(&bin));
	ck_assert(push(&bin, 9));
	ck_assert_uint_eq(pop(&bin), 9);
	ck_assert_uint_eq(pop(&bin), 2);
}
END_TEST

START_TEST(a_drained_bin_stays_revoked_until_its_owner_rearms_it)
{
	struct magazine *m = magazine(4, 2), *spare = magazine(4, 4), *taken[2] = { NULL };

	bin_load_owner(&bin, m);
	bin_set_spare(&bin, spare);
	bin_moved(&bin, 6);
	ck_assert(push(&bin, 9));
	ck_assert_uint_eq(bin_take_all(&bin, taken), 2);
	ck_assert_ptr_eq(taken[0], m);
	ck_assert_ptr_eq(taken[1], spare);
	ck_assert_uint_eq(magazine_count(m), 3);
	ck_assert_uint_eq(magazine_count(spare), 4);
	ck_assert(!bin_armed(&bin));
	ck_assert(!pop(&bin));
	ck_assert(!push(&bin, 9));
	ck_assert_uint_eq(bin_objects(&bin), 0);
	ck_assert_uint_eq(bin_take_all(&bin, taken), 0);
	ck_assert(!pop(&bin));

	struct bin_figures f;
	bin_read(&bin, &f); /* what was taken is not taken for pops */
	ck_assert_uint_eq(f.pops, 0);
	ck_assert_uint_eq(f.pushes, 1);

	bin_load_owner(&bin, magazine(4, 1));
	ck_assert_uint_eq(pop(&bin), 1);
}
END_TEST

START_TEST(a_bin_with_a_spare_alone_is_taken_too)
{
	struct magazine *spare = magazine(4, 4), *taken[2] = { NULL };
	bin_set_spare(&bin, spare);
	ck_assert_uint_eq(bin_objects(&bin), 4);
	ck_assert_uint_eq(bin_take_all(&bin, taken), 1);
	ck_assert_ptr_eq(taken[0], spare);
	ck_assert_ptr_null(bin_spare(&bin));
}
END_TEST

START_TEST(loading_gives_back_what_was_loaded_with_its_count)
{
	struct magazine *first = magazine(4, 2), *second = magazine(8, 8);

	ck_assert_ptr_null(bin_load_owner(&bin, first));
	ck_assert(push(&bin, 3));
	ck_assert_ptr_eq(bin_load_owner(&bin, second), first);
	ck_assert_uint_eq(magazine_count(first), 3);
	ck_assert_ptr_eq(bin_loaded(&bin), second);
	ck_assert_uint_eq(pop(&bin), 8);
	ck_assert_ptr_eq(bin_unload_owner(&bin), second);
	ck_assert_uint_eq(magazine_count(second), 7);
	ck_assert(!pop(&bin));
	ck_assert(!bin_armed(&bin));
	ck_assert_ptr_null(bin_unload_owner(&bin));
}
END_TEST

START_TEST(an_even_number_says_that_the_owner_is_outside)
{
	ck_assert(bin_owner_outside(&bin));
	bin_load_owner(&bin, magazine(4, 2));
	pop(&bin);
	ck_assert(bin_owner_outside(&bin));
	ck_assert(bin_enter_owner(&bin));
	ck_assert(!bin_owner_outside(&bin));
	bin_leave_owner(&bin, false);
	ck_assert(bin_owner_outside(&bin));
}
END_TEST

START_TEST(a_reset_bin_is_as_new)
{
	static const struct bin zeros;
	struct bin_figures f;

	bin_load_owner(&bin, magazine(4, 2));
	bin_set_spare(&bin, magazine(4, 2));
	bin.room = bin.take = bin.refill = 7;
	pop(&bin);
	bin_reset(&bin);
	ck_assert_mem_eq(&bin, &zeros, sizeof bin);
	bin_read(&bin, &f);
	ck_assert_uint_eq(f.pops + f.pushes + f.objects, 0);
}
END_TEST

START_TEST(a_figure_that_is_met_half_way_is_no_nonsense)
{
	struct bin_figures f;

	bin_load_owner(&bin, magazine(4, 2));
	atomic_store_explicit(&bin.loaded, magazine(4, 0), memory_order_relaxed); /* top is still the old one's */
	ck_assert_uint_eq(bin_objects(&bin), 0);
	bin_read(&bin, &f);
	ck_assert_uint_eq(f.objects, 0);
}
END_TEST

/* --- how much it wants ----------------------------------------------------------------------------------------------- */

START_TEST(a_class_starts_small_and_doubles_to_the_most)
{
	sizeclass_pool[1].size = 64;
	sizeclass_pool[2].size = 1024;
	sizeclass_pool[3].size = 1 << 20;
	magazine_room_max[1] = 100;
	magazine_room_max[2] = 1;
	magazine_room_max[3] = 1;

	bin_prepare(&bin, 1);
	ck_assert_uint_eq(bin.room, 6);
	ck_assert_uint_eq(bin.refill, 6);
	ck_assert_uint_eq(bin.take, 1);
	bin_grow(&bin, 1);
	ck_assert_uint_eq(bin.room, 14);
	for (unsigned i = 0; i < 10; i++)
		bin_grow(&bin, 1);
	ck_assert_uint_eq(bin.room, 100);
	bin_load_owner(&bin, magazine(4, 0));
	bin.refill = 1;
	bin_prepare(&bin, 1); /* it knows already what it wants */
	ck_assert_uint_eq(bin.refill, 1);

	bin_reset(&bin);
	bin_prepare(&bin, 2);
	ck_assert_uint_eq(bin.room, 1); /* two would fit, but not what a thread may keep */
	bin_reset(&bin);
	bin_prepare(&bin, 3);
	ck_assert_uint_eq(bin.room, 1);
	ck_assert_uint_eq(bin.refill, 1);
	bin_grow(&bin, 3);
	ck_assert_uint_eq(bin.room, 1);
}
END_TEST

/* --- the owner and a drain at once: drain.h's argument, with nothing around it --------------------------------------- */

static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;
static struct magazine *_Atomic pool_of_two[2]; /* magazines that nobody has loaded */

static struct magazine *
take_one(void)
{
	for (unsigned i = 0;; i = !i) {
		struct magazine *m = atomic_exchange_explicit(&pool_of_two[i], NULL, memory_order_acq_rel);
		if (m != NULL)
			return m;
		sched_yield();
	}
}

static void
leave_one(struct magazine *m)
{
	struct magazine *none = NULL;
	if (!atomic_compare_exchange_strong_explicit(&pool_of_two[0], &none, m, memory_order_acq_rel, memory_order_acquire))
		atomic_store_explicit(&pool_of_two[1], m, memory_order_release);
}

static void
membarrier(int command)
{
	if (syscall(SYS_membarrier, command, 0, 0) != 0)
		abort();
}

static void *
own(void *unused)
{
	uintptr_t held[4] = { 0 };
	(void)unused;
	for (unsigned i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		uintptr_t *h = &held[i % 4];
		if (*h == 0 && (*h = pop(&bin)) != 0)
			came_out(*h);
		else if (*h != 0 && put_back(&bin, *h))
			*h = 0;
		else if (!bin_armed(&bin) && pthread_mutex_trylock(&cache) == 0) {
			if (bin_loaded(&bin) == NULL)
				bin_load_owner(&bin, take_one());
			else
				bin_arm_owner(&bin);
			pthread_mutex_unlock(&cache);
		}
	}
	for (unsigned i = 0; i < 4; i++)
		if (held[i] != 0)
			out[held[i]] = 0;
	return NULL;
}

START_TEST(an_owner_at_work_and_a_drain_never_have_the_same_object)
{
	unsigned drained = 0, there = 0;
	struct magazine *taken[2];

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0)
		return; /* the protocol has no other form */
	leave_one(magazine(OBJECTS, OBJECTS));
	pthread_t owner = unit_thread(own, NULL);
	uint64_t end = unit_ms() + 500;
	while (unit_ms() < end && !twice) {
		pthread_mutex_lock(&cache);
		if (bin_loaded(&bin) != NULL) {
			bin_revoke(&bin);
			membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
			if (bin_owner_outside(&bin) && bin_take_all(&bin, taken) == 1) {
				/* Ours now: each of its objects is nobody's. */
				for (unsigned i = 0; i < magazine_count(taken[0]); i++)
					came_out((uintptr_t)taken[0]->slots[i]);
				for (unsigned i = 0; i < magazine_count(taken[0]); i++)
					out[(uintptr_t)taken[0]->slots[i]] = 0;
				leave_one(taken[0]);
				drained++;
			}
		}
		pthread_mutex_unlock(&cache);
		for (unsigned i = 0; i < 2000 && !bin_armed(&bin); i++) /* the owner only tries the lock: it needs a moment without us */
			sched_yield();
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed);
	unit_join(owner);
	ck_assert(!twice);
	ck_assert_uint_gt(drained, 0);
	there = (unsigned)bin_objects(&bin);
	for (unsigned i = 0; i < 2; i++)
		there += pool_of_two[i] != NULL ? magazine_count(pool_of_two[i]) : 0;
	ck_assert_uint_ge(there, OBJECTS - 4); /* the owner held four at most when it ended */
	ck_assert_uint_le(there, OBJECTS);
}
END_TEST

int
main(void)
{
	TCase *owner = tcase_create("owner"), *handlers = tcase_create("handlers"), *locked = tcase_create("locked"),
	      *wants = tcase_create("wants");

	tcase_add_test(owner, a_bin_of_zeros_gives_and_takes_nothing);
	tcase_add_test(owner, what_was_pushed_last_is_popped_first);
	tcase_add_test(owner, it_is_popped_to_its_floor_and_filled_to_its_limit);
	tcase_add_test(owner, an_object_that_is_nothing_is_popped_like_any_other);
	tcase_add_test(owner, every_operation_is_counted_by_its_sequence);
	tcase_add_test(owner, slow_paths_are_operations_when_they_have_done_one);
	tcase_add_test(owner, with_pushes_closed_every_free_takes_the_slow_path);
	tcase_add_test(handlers, a_handler_that_interrupts_an_operation_gets_nothing_from_this_bin);
	tcase_add_test(handlers, a_slow_path_keeps_handlers_off);
	tcase_add_test(handlers, a_storm_of_handlers_loses_nothing);
	tcase_add_test(locked, a_revoked_bin_gives_and_takes_nothing_and_keeps_what_it_has);
	tcase_add_test(locked, a_drained_bin_stays_revoked_until_its_owner_rearms_it);
	tcase_add_test(locked, a_bin_with_a_spare_alone_is_taken_too);
	tcase_add_test(locked, loading_gives_back_what_was_loaded_with_its_count);
	tcase_add_test(locked, an_even_number_says_that_the_owner_is_outside);
	tcase_add_test(locked, a_reset_bin_is_as_new);
	tcase_add_test(locked, a_figure_that_is_met_half_way_is_no_nonsense);
	tcase_add_test(locked, an_owner_at_work_and_a_drain_never_have_the_same_object);
	tcase_add_test(wants, a_class_starts_small_and_doubles_to_the_most);
	return unit_run("bin", owner, handlers, locked, wants, NULL);
}
