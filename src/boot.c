#include "boot.h"

#include "aside.h"
#include "backend.h"
#include "background.h"
#include "budget.h"
#include "cpu.h"
#include "drain.h"
#include "dump.h"
#include "epoch.h"
#include "extents.h"
#include "large.h"
#include "magazine.h"
#include "options.h"
#include "pool.h"
#include "pressure.h"
#include "progname.h"
#include "shard.h"
#include "shortage.h"
#include "single.h"
#include "thread.h"
#include "trigger.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/sysinfo.h>
#include <unistd.h>

bool (*pool_start_hook)(void) = boot;

#define EARLY_CALLS 256u
#define EARLY_LARGE_BYTES ((uint64_t)16 << 20) /* a process with so much in large blocks is none of the small ones */

/* UNDECIDED: somebody in front of us has a malloc; whether that calls ours is seen in our constructor. ASIDE: for ever. */
enum state { STATE_NEW, STATE_BOOTING, STATE_UNDECIDED, STATE_ASIDE, STATE_READY };
static _Atomic int state;

/* --- settings into rooms ------------------------------------------------------------------------------------------- */

static uint64_t
cap_bytes(void)
{
	struct sysinfo machine;
	if (options.cap.percent == 0)
		return options.cap.bytes;
	if (sysinfo(&machine) != 0)
		return UINT64_MAX;
	return (uint64_t)machine.totalram * machine.mem_unit / 100 * options.cap.percent;
}

static void
choose_classes(const struct sizeclass *all, unsigned count)
{
	bool pooled = !options.disable && cap_bytes() > 0;
	sizeclass_init(all, count, options.classes.at, pooled ? options.classes.count : 0);
}

static void
choose_reset(void)
{
	if (options.reset == RESET_NONE)
		return;
	pool_reset_byte = options.reset == RESET_ZERO ? 0 : 0xa5;
	bin_pushes_closed = true;
}

static uint64_t
serve_dumps(void)
{
	uint64_t next = trigger_look();
	dump_serve(SNAPSHOT_THREAD);
	return next;
}

/* For our tests: a folder that stands in for the root of /proc and /sys where memory limits are looked for. */
static const char *
pressure_root(void)
{
	static const char name[] = "TIDEPOOL_TEST_PRESSURE_ROOT=";
	for (char **variable = environ; getauxval(AT_SECURE) == 0 && *variable != NULL; variable++)
		if (strncmp(*variable, name, sizeof name - 1) == 0)
			return *variable + sizeof name - 1;
	return NULL;
}

/* How long pages that nobody wants stay: an epoch; where none is turned, as long as jemalloc keeps them. */
static uint64_t
page_decay_ms(void)
{
	return options.epoch_ms != 0 ? options.epoch_ms : 10000;
}

static bool
start_pools(void)
{
	static struct sizeclass all[256];
	unsigned count = backend_start(all, sizeof all / sizeof *all);

	if (count == 0) /* no pools, but all else: single calls go to that jemalloc */
		aside_say_old_jemalloc();
	cpu_init();
	choose_classes(all, count);
	choose_reset();
	magazine_init(options.magazine);
	extents_set_huge(options.thp);
	backend_configure(page_decay_ms());
	if (count != 0 && !options.disable && cap_bytes() > 0)
		large_start(page_decay_ms());
	budget_init(cap_bytes());
	budget_hook = background_hurry;
	shortage_hook = epoch_last_resort;
	background_init(serve_dumps);
	drain_init(options.membarrier);
	pressure_init(pressure_root());
	epoch_init();
	return shard_init() && thread_init(background_last_end);
}

/* --- fork ---------------------------------------------------------------------------------------------------------- */

/* glibc takes its list of open files during fork, after the prepare handlers; a thread inside fflush(NULL) or fopen holds that list
 * while it waits for an allocator's lock. So it is taken before any allocator's. Weak: another libc need not have it. */
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));
extern void _IO_list_resetlock(void) __attribute__((weak));

static void
fork_prepare(void)
{
	int saved = errno;
	if (_IO_list_lock != NULL)
		_IO_list_lock();
	epoch_fork_prepare();
	drain_fork_prepare();
	backend_fork_prepare();
	errno = saved;
}

static void
fork_parent(void)
{
	drain_fork_parent();
	epoch_fork_release();
	if (_IO_list_unlock != NULL)
		_IO_list_unlock();
}

static void
fork_child(void)
{
	drain_fork_child();
	epoch_fork_release();
	pressure_fork_child();
	background_fork_child();
	large_fork_child();
	dump_fork_child();
	trigger_fork_child();
	if (_IO_list_resetlock != NULL)
		_IO_list_resetlock();
}

/* --- start --------------------------------------------------------------------------------------------------------- */

static bool
is(enum state what)
{
	return atomic_load_explicit(&state, memory_order_acquire) == (int)what; /* sync: boot.ready */
}

static void
set_state(enum state to)
{
	atomic_store_explicit(&state, to, memory_order_release); /* sync: boot.ready */
}

static bool
change_state(int from, enum state to)
{
	/* sync: boot.ready; of all callers one starts */
	return atomic_compare_exchange_strong_explicit(&state, &from, to, memory_order_acquire, memory_order_acquire);
}

static void
start(void)
{
	progname_take();
	if (!start_pools())
		sizeclass_init(NULL, 0, NULL, 0); /* no memory for us: everything falls through */
	pthread_atfork(fork_prepare, fork_parent, fork_child);
	dump_wake_hook = background_wake;
	dump_install();
	pool_tick_hook = background_tick;
	single_settle();
	set_state(STATE_READY);
}

static void
step_aside(void)
{
	aside_step();
	set_state(STATE_ASIDE);
}

/* We have the state BOOTING. Before the neighbours are known nothing is called: a sanitizer's runtime comes here from the middle of its own
 * start, when not even a lock can be taken. */
static void
look_and_start(void)
{
	static bool looked;
	static enum aside_answer answer;

	if (!looked)
		answer = aside_look();
	looked = true;
	if (answer == ASIDE_YES) {
		step_aside();
	} else if (answer == ASIDE_UNDECIDED) {
		set_state(STATE_UNDECIDED);
	} else if (environ == NULL) { /* the C library has not come that far */
		set_state(STATE_NEW);
	} else {
		options_load(environ, getauxval(AT_SECURE) != 0);
		start();
	}
}

/* Whoever is in front of us has called our malloc. Counted while it is tried. */
static _Atomic bool was_called;

static THREAD_LOCAL bool was_first; /* the thread that has started everything */

/* The first calls of a process's first thread, before it attaches. Most small programs end before they have made so many, and need no pools:
 * an arena of ours and a cache are a hundred page faults. */
static bool
is_early(void)
{
	static unsigned calls;
	if (!was_first || trigger_is_set()) /* which needs the epoch thread at once */
		return false;
	return calls++ < EARLY_CALLS && large_backed_bytes() < EARLY_LARGE_BYTES;
}

bool
boot(void)
{
	int saved = errno, now = atomic_load_explicit(&state, memory_order_acquire); /* sync: boot.ready */

	if (likely(now == STATE_READY))
		return !is_early();
	if (now == STATE_ASIDE)
		return false;
	if (now == STATE_UNDECIDED)
		atomic_store_explicit(&was_called, true, memory_order_relaxed); /* sync: none, looked at by who has caused it */
	/* All other calls (our own too) fall through meanwhile. */
	if (!change_state(STATE_NEW, STATE_BOOTING))
		return false;
	was_first = true;
	look_and_start();
	errno = saved;
	return is(STATE_READY) && !is_early();
}

/* A malloc in front of ours: a tracer's calls ours, an allocator's does not. */
static void
decide(void)
{
	options_load(environ, getauxval(AT_SECURE) != 0);
	atomic_store_explicit(&was_called, false, memory_order_relaxed); /* sync: none, our own */
	aside_try();
	if (!change_state(STATE_UNDECIDED, STATE_BOOTING))
		return;
	if (atomic_load_explicit(&was_called, memory_order_relaxed)) { /* sync: none, our own */
		aside_forget();
		start();
	} else {
		step_aside();
	}
}

static void __attribute__((constructor))
begin(void)
{
	int saved = errno;

	progname_take();
	boot();
	if (is(STATE_UNDECIDED))
		decide();
	else if (is(STATE_ASIDE))
		options_load(environ, getauxval(AT_SECURE) != 0);
	if (is(STATE_ASIDE))
		aside_say();
	errno = saved;
	if (!is(STATE_READY))
		return;
	if (trigger_is_set())
		background_stay();
	for (unsigned i = 0; i < options.prewarm.count; i++) {
		unsigned c = sizeclass_of(options.prewarm.at[i].size);
		if (c != 0)
			pool_prewarm(c, options.prewarm.at[i].objects);
	}
}

static void __attribute__((destructor))
finish(void)
{
	if (!is(STATE_READY))
		return;
	if (options.dump_at_exit)
		dump_write(NULL, SNAPSHOT_THREAD);
	dump_end();
}
