/* tcache: who has an automatic cache of jemalloc's. */
#include "control.h"
#include "shortage.h"
#include "tcache.h"
#include "unit.h"

#include <jemalloc/jemalloc.h>

static bool
is_enabled(void)
{
	bool on = false;
	ck_assert(control_read("thread.tcache.enabled", &on, sizeof on));
	return on;
}

static void
set_enabled(bool on)
{
	ck_assert_int_eq(mallctl("thread.tcache.enabled", NULL, NULL, &on, sizeof on), 0);
}

START_TEST(where_all_that_it_could_hold_is_pooled_nobody_gets_one)
{
	unit_start(1, NULL);
	ck_assert(shortage_make_arena());
	tcache_configure();
	set_enabled(true);
	ck_assert(tcache_begin());
	ck_assert(!is_enabled());
}
END_TEST

START_TEST(where_something_is_not_pooled_all_threads_do)
{
	unit_start(1, "TIDEPOOL_CLASSES=8-1K", NULL);
	ck_assert(shortage_make_arena());
	set_enabled(false);
	tcache_configure();
	ck_assert(is_enabled());
	set_enabled(false);
	ck_assert(tcache_begin());
	ck_assert(is_enabled());
}
END_TEST

START_TEST(unless_the_user_has_forbidden_it)
{
	unit_start(1, "TIDEPOOL_CLASSES=8-1K", NULL);
	ck_assert(shortage_make_arena());
	tcache_configure();
	ck_assert(tcache_begin());
	ck_assert(!is_enabled());
}
END_TEST

START_TEST(the_users_setting_is_heeded)
{
	ck_assert(unit_again("forbidden", "MALLOC_CONF=tcache:false", NULL));
}
END_TEST

static bool epoch_had_one;

static void *
be_the_epoch_thread(void *unused)
{
	(void)unused;
	epoch_had_one = tcache_begin_own() && tcache_is_own() && is_enabled();
	return NULL;
}

static size_t
given_back(void)
{
	uint64_t n = 0, again = 1;
	size_t len = sizeof again;
	mallctl("epoch", NULL, NULL, &again, len);
	ck_assert(control_read("stats.arenas.0.bins.8.ndalloc", &n, sizeof n));
	return n;
}

START_TEST(the_epoch_threads_is_its_own_and_nobody_elses)
{
	unit_start(1, NULL);
	ck_assert(!tcache_is_own());
	unit_join(unit_thread(be_the_epoch_thread, NULL));
	ck_assert(epoch_had_one);
	ck_assert(!tcache_is_own());
}
END_TEST

START_TEST(what_lies_in_it_can_be_handed_on)
{
	void *p[20];
	unit_start(1, NULL);
	ck_assert(tcache_begin_own());
	for (unsigned i = 0; i < 20; i++)
		p[i] = mallocx(128, MALLOCX_ARENA(0) | MALLOCX_TCACHE_NONE);
	size_t before = given_back();
	for (unsigned i = 0; i < 20; i++)
		sdallocx(p[i], 128, 0);
	ck_assert_uint_lt(given_back(), before + 20);
	tcache_flush_own();
	ck_assert_uint_ge(given_back(), before + 20);
}
END_TEST

int
main(void)
{
	TCase *room = tcase_create("room"), *forbidden = tcase_create("forbidden");

	if (unit_is_again()) {
		tcase_add_test(forbidden, unless_the_user_has_forbidden_it);
		return unit_run("tcache", forbidden, NULL);
	}
	tcase_add_test(room, where_all_that_it_could_hold_is_pooled_nobody_gets_one);
	tcase_add_test(room, where_something_is_not_pooled_all_threads_do);
	tcase_add_test(room, the_users_setting_is_heeded);
	tcase_add_test(room, the_epoch_threads_is_its_own_and_nobody_elses);
	tcase_add_test(room, what_lies_in_it_can_be_handed_on);
	return unit_run("tcache", room, NULL);
}
