/*
 * unit - what the tests of the core rooms share: the rooms started without boot, a process of its own for each test, threads.
 *
 * Everything is inline, so that a test that brings a room's functions of its own links nothing that it does not use.
 */
#ifndef TIDEPOOL_UNIT_H
#define TIDEPOOL_UNIT_H

#include "backend.h"
#include "budget.h"
#include "cpu.h"
#include "lock.h"
#include "magazine.h"
#include "options.h"
#include "shard.h"
#include "thread.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- sanitizers: the tests end by _exit in the middle of everything, and start threads in children; neither is a fault --- */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNIT_THREAD_SANITIZER 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define UNIT_THREAD_SANITIZER 1
#endif

const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__tsan_default_suppressions(void);

EXPORT const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

EXPORT const char *
__tsan_default_options(void)
{
	return "die_after_fork=0:report_destroy_locked=0:detect_deadlocks=0:atexit_sleep_ms=0";
}

/* A fresh leaf of the page map is zeros for everybody who finds it, however early: the kernel wrote them, and not mmap's caller. */
EXPORT const char *
__tsan_default_suppressions(void)
{
	return "race:^install_leaf$\n";
}

#ifdef UNIT_THREAD_SANITIZER
/* After a fork jemalloc makes its locks anew instead of giving them. ThreadSanitizer would take them for locked for ever. */
int __interceptor_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes);
int __interceptor_pthread_mutex_destroy(pthread_mutex_t *m);

EXPORT int
pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
	__interceptor_pthread_mutex_destroy(m);
	return __interceptor_pthread_mutex_init(m, attributes);
}
#endif

/* Runs the cases (up to a NULL), each test in a process of its own: most begin with rooms that nobody has used. */
static inline int
unit_run(const char *room, ...)
{
	Suite *suite = suite_create(room);
	struct rlimit no_cores = { 0, 0 };
	va_list cases;

	va_start(cases, room);
	for (TCase *c = va_arg(cases, TCase *); c != NULL; c = va_arg(cases, TCase *)) {
		tcase_set_timeout(c, 60); /* a sanitizer on a busy machine; and a deadlock ends some time */
		suite_add_tcase(suite, c);
	}
	va_end(cases);
	setrlimit(RLIMIT_CORE, &no_cores); /* some are meant to abort */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- rooms ---------------------------------------------------------------------------------------------------------- */

static inline void
unit_nothing(void)
{
}

/* So many shards, whatever the machine has; every thread is at home in the first. */
static inline void
unit_make_shards(unsigned shards)
{
	cpu_set_t before, one;
	ck_assert_int_eq(sched_getaffinity(0, sizeof before, &before), 0);
	CPU_ZERO(&one);
	for (unsigned cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
	cpu_init();
	ck_assert_int_eq(sched_setaffinity(0, sizeof before, &before), 0);
	cpu_shards = shards;
}

/* Starts the rooms up to thread, in boot's order, with settings ("TIDEPOOL_CAP=1M", …, NULL). shards: 0 for those of the machine. */
static inline void
unit_start(unsigned shards, ...)
{
	static struct sizeclass all[256];
	char *settings[16];
	unsigned n = 0;
	va_list list;

	va_start(list, shards);
	do
		settings[n] = va_arg(list, char *);
	while (settings[n++] != NULL);
	va_end(list);
	options_load(settings, false);
	unsigned classes = backend_start(all, 256);
	ck_assert_uint_gt(classes, 0);
	if (shards == 0)
		cpu_init();
	else
		unit_make_shards(shards);
	sizeclass_init(all, classes, options.classes.at, options.classes.count);
	magazine_init(options.magazine);
	backend_configure(options.epoch_ms);
	budget_init(options.cap.bytes);
	ck_assert(shard_init());
	ck_assert(thread_init(unit_nothing));
}

/* The calling thread's cache, which is there. */
static inline struct thread_cache *
unit_self(void)
{
	struct thread_cache *t = thread_self();
	if (t == NULL)
		abort();
	return t;
}

/* A magazine of pool c with n objects from jemalloc. */
static inline struct magazine *
unit_magazine(unsigned c, unsigned room, unsigned n)
{
	struct magazine *m = magazine_new(c, room);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(backend_fetch(0, c, n, m->slots), n);
	magazine_set_count(m, n);
	return m;
}

/* --- time and threads ------------------------------------------------------------------------------------------------ */

static inline uint64_t
unit_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline void
unit_sleep(unsigned ms)
{
	struct timespec pause = { ms / 1000, (long)(ms % 1000) * 1000000 };
	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
}

/* Waits until `fact` becomes true: true, or false after ten seconds. */
#define unit_becomes(fact)                                                                                                     \
	({                                                                                                                     \
		uint64_t end_ = unit_ms() + 10000;                                                                            \
		while (!(fact) && unit_ms() < end_)                                                                            \
			unit_sleep(1);                                                                                         \
		(fact);                                                                                                        \
	})

static inline pthread_t
unit_thread(void *(*body)(void *), void *argument)
{
	pthread_t t;
	ck_assert_int_eq(pthread_create(&t, NULL, body, argument), 0);
	return t;
}

static inline void
unit_join(pthread_t t)
{
	ck_assert_int_eq(pthread_join(t, NULL), 0);
}

/* A thread that does one thing, and then another, and sleeps between: the steps are the caller's. */
struct unit_sleeper {
	void (*first)(void), (*then)(void); /* may be NULL */
	_Atomic int step;                   /* 1: first is done; 2: asked for then; 3: then is done; 4: asked to end */
	pthread_t thread;
};

static inline void
unit_wait_for_step(struct unit_sleeper *s, int step)
{
	while (atomic_load_explicit(&s->step, memory_order_acquire) < step)
		sched_yield();
}

static inline void
unit_set_step(struct unit_sleeper *s, int step)
{
	atomic_store_explicit(&s->step, step, memory_order_release);
}

static inline void *
unit_sleeper_body(void *argument)
{
	struct unit_sleeper *s = argument;
	s->first();
	unit_set_step(s, 1);
	unit_wait_for_step(s, 2);
	int asked = 2;
	if (s->then != NULL)
		s->then();
	/* Whoever has asked it to end without asking for `then` is not to be overwritten. */
	atomic_compare_exchange_strong_explicit(&s->step, &asked, 3, memory_order_release, memory_order_relaxed);
	unit_wait_for_step(s, 4);
	return NULL;
}

/* Returns when `first` is done and the thread does nothing any more. */
static inline void
unit_sleeper_start(struct unit_sleeper *s, void (*first)(void), void (*then)(void))
{
	s->first = first;
	s->then = then;
	unit_set_step(s, 0);
	s->thread = unit_thread(unit_sleeper_body, s);
	unit_wait_for_step(s, 1);
}

/* Returns when `then` is done. */
static inline void
unit_sleeper_go_on(struct unit_sleeper *s)
{
	unit_set_step(s, 2);
	unit_wait_for_step(s, 3);
}

static inline void
unit_sleeper_end(struct unit_sleeper *s)
{
	unit_set_step(s, 4);
	unit_join(s->thread);
}

/* --- processes ------------------------------------------------------------------------------------------------------- */

/* What waitpid says of the child, which must leave by itself. */
static inline int
unit_status(pid_t child)
{
	int status = 0;
	ck_assert_int_gt(child, 0);
	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

/* In a child of fork: ck_assert would speak for the parent, so a fact that does not hold ends it with its line. */
#define unit_child_assert(fact)                                                                                                \
	do {                                                                                                                   \
		if (!(fact))                                                                                                   \
			_exit(__LINE__ % 255 + 1);                                                                             \
	} while (0)

/*
 * Runs one of this program's cases again in a process that starts with the settings ("NAME=VALUE", …, NULL): for what is read once, at
 * start. main offers the cases for this only where unit_is_again(). True when all tests of the case passed.
 */
static inline bool
unit_again(const char *in_case, ...)
{
	static char program[] = "/proc/self/exe";
	pid_t child = fork();
	if (child == 0) {
		va_list settings;
		va_start(settings, in_case);
		for (char *s = va_arg(settings, char *); s != NULL; s = va_arg(settings, char *))
			putenv(s);
		va_end(settings);
		setenv("CK_RUN_CASE", in_case, 1);
		setenv("TIDEPOOL_TEST_AGAIN", "1", 1);
		execv(program, (char *[]){ program, NULL });
		_exit(127);
	}
	return unit_status(child) == 0;
}

static inline bool
unit_is_again(void)
{
	return getenv("TIDEPOOL_TEST_AGAIN") != NULL;
}

/* The kernel has MADV_POPULATE_WRITE (Linux 5.14). */
static inline bool
unit_kernel_prefaults(void)
{
	enum { ONE = 4096, POPULATE_WRITE = 23 };
	char *p = mmap(NULL, ONE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	bool can = madvise(p, ONE, POPULATE_WRITE) == 0;
	munmap(p, ONE);
	return can;
}

/* The page that p lies in is in memory. */
static inline bool
unit_is_resident(const void *p)
{
	unsigned char there;
	ck_assert_int_eq(mincore((void *)((uintptr_t)p & ~(uintptr_t)4095), 1, &there), 0);
	return there & 1;
}

/*
 * The address space ends here, or it does not. In between there is no room for an assertion either: each of Check's allocates, and a
 * sanitizer's allocator ends the process when it gets nothing.
 */
static inline void
unit_memory_is_gone(bool gone)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_AS, &limit) != 0)
		abort();
	limit.rlim_cur = gone ? 0 : limit.rlim_max;
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		abort();
}

#endif
