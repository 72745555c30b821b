#include "boot.h"

#include "backend.h"
#include "background.h"
#include "budget.h"
#include "cpu.h"
#include "drain.h"
#include "dump.h"
#include "epoch.h"
#include "extents.h"
#include "magazine.h"
#include "options.h"
#include "pool.h"
#include "pressure.h"
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

enum state { STATE_NEW, STATE_BOOTING, STATE_READY };
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

static bool
start_pools(void)
{
	static struct sizeclass all[256];
	unsigned count = backend_start(all, sizeof all / sizeof *all);

	options_load(environ, getauxval(AT_SECURE) != 0);
	cpu_init();
	choose_classes(all, count);
	choose_reset();
	magazine_init(options.magazine);
	extents_set_huge(options.thp);
	backend_configure(options.epoch_ms != 0 ? options.epoch_ms : 10000);
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
	dump_fork_child();
	trigger_fork_child();
	if (_IO_list_resetlock != NULL)
		_IO_list_resetlock();
}

/* --- start --------------------------------------------------------------------------------------------------------- */

static bool
is_ready(void)
{
	return atomic_load_explicit(&state, memory_order_acquire) == STATE_READY; /* sync: boot.ready */
}

bool
boot(void)
{
	int expected = STATE_NEW, saved = errno;

	if (likely(is_ready()))
		return true;
	if (environ == NULL) /* the C library has not come that far */
		return false;
	/* sync: boot.ready; one call starts, all others (its own too) fall through meanwhile */
	if (!atomic_compare_exchange_strong_explicit(&state, &expected, STATE_BOOTING, memory_order_acquire, memory_order_acquire))
		return false;
	if (!start_pools())
		sizeclass_init(NULL, 0, NULL, 0); /* no memory for us: everything falls through */
	pthread_atfork(fork_prepare, fork_parent, fork_child);
	dump_wake_hook = background_wake;
	dump_install();
	pool_tick_hook = background_tick;
	single_settle();
	atomic_store_explicit(&state, STATE_READY, memory_order_release); /* sync: boot.ready */
	errno = saved;
	return true;
}

static void __attribute__((constructor))
begin(void)
{
	if (!boot())
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
	if (is_ready() && options.dump_at_exit)
		dump_write(NULL, SNAPSHOT_THREAD);
}
