#include "background.h"

#include "backend.h"
#include "budget.h"
#include "epoch.h"
#include "options.h"
#include "pool.h"
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define WORTH_A_THREAD ((uint64_t)1 << 20) /* reserved bytes; or so much … */
#define WILL_BE_WORTH ((uint64_t)16 << 20) /* … held, which may be freed at once by calls that can't start a thread */
#define IDLE_EPOCHS 5                      /* with nothing cached, before the thread ends */
#define STACK_BYTES (1u << 20) /* when all others have ended, the program's exit handlers run on it; untouched until then */
#define RETRY_MS 1000          /* after the system has refused a thread */

static sem_t wake;
static void (*serve_requests)(void);
static _Atomic bool running;      /* the thread serves what it is woken for */
static _Atomic bool starting;
static _Atomic bool hurry;
static _Atomic uint64_t next_try;      /* epoch_clock; when to ask for a thread again */
static _Atomic uint64_t next_rotation; /* epoch_clock; for slow paths */

static bool
flag(const _Atomic bool *f)
{
	return atomic_load_explicit(f, memory_order_acquire); /* sync: background.life */
}

static void
set_flag(_Atomic bool *f, bool value)
{
	atomic_store_explicit(f, value, memory_order_release); /* sync: background.life */
}

bool
background_runs(void)
{
	return flag(&running);
}

static void
set_running(bool value)
{
	set_flag(&running, value);
	set_flag(&pool_wants_ticks, !value);
}

void
background_init(void (*serve)(void))
{
	sem_init(&wake, 0, 0);
	serve_requests = serve;
	set_running(false);
}

bool
background_wake(void)
{
	if (!background_runs())
		return false;
	sem_post(&wake);
	return true;
}

void
background_hurry(void)
{
	set_flag(&hurry, true);
	background_wake();
}

void
background_last_end(void)
{
	background_wake();
}

/* --- the thread ---------------------------------------------------------------------------------------------------- */

/* Waits for the end of the epoch or for somebody who wakes us; true: the epoch is over. */
static bool
wait_until(uint64_t deadline_ms)
{
	struct timespec until = { .tv_sec = (time_t)(deadline_ms / 1000), .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
	while (sem_clockwait(&wake, CLOCK_MONOTONIC, &until) != 0)
		if (errno != EINTR)
			return true;
	return false;
}

static bool
nothing_cached(void)
{
	return budget_reserved() == 0;
}

static bool
take_hurry(void)
{
	return atomic_exchange_explicit(&hurry, false, memory_order_acq_rel); /* sync: background.life */
}

static void *
epoch_thread(void *unused)
{
	unsigned idle = 0;
	uint64_t deadline = epoch_clock() + options.epoch_ms;

	(void)unused;
	thread_refuse();
	prctl(PR_SET_NAME, "tidepool");
	while (idle < IDLE_EPOCHS && thread_live_count() > 0) {
		bool over = wait_until(deadline);
		serve_requests();
		if (over) {
			epoch_rotate(ROTATION_TIMER);
			idle = nothing_cached() ? idle + 1 : 0;
		} else {
			if (take_hurry())
				epoch_rotate_over_budget();
			continue;
		}
		deadline = epoch_clock() + options.epoch_ms;
	}
	/* From here on requests are served by whoever makes them; those made before that saw us running are served here. */
	set_running(false);
	serve_requests();
	return NULL;
}

static bool
create_thread(void)
{
	pthread_t thread;
	pthread_attr_t attributes;
	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, size_max(STACK_BYTES, (size_t)sysconf(_SC_THREAD_STACK_MIN)));
	bool made = pthread_create(&thread, &attributes, epoch_thread, NULL) == 0;
	pthread_attr_destroy(&attributes);
	return made;
}

static void
start_thread(void)
{
	sigset_t every, before;
	int saved = errno;

	if (atomic_exchange_explicit(&starting, true, memory_order_acq_rel)) /* sync: background.life */
		return;
	if (!background_runs()) {
		sigfillset(&every); /* the thread inherits this: no signal of the program is ever delivered to it */
		pthread_sigmask(SIG_SETMASK, &every, &before);
		set_running(true);
		if (!create_thread()) {
			set_running(false);
			atomic_store_explicit(&next_try, epoch_clock() + RETRY_MS, memory_order_relaxed); /* sync: none, a hint */
		}
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	set_flag(&starting, false);
	errno = saved;
}

/* --- while there is none -------------------------------------------------------------------------------------------- */

static bool
worth_a_thread(void)
{
	return options.background == BACKGROUND_AUTO && options.epoch_ms != 0 && (budget_reserved() >= WORTH_A_THREAD || backend_held_bytes() >= WILL_BE_WORTH) &&
	    epoch_clock() >= atomic_load_explicit(&next_try, memory_order_relaxed); /* sync: none, a hint */
}

void
background_tick(bool may_start)
{
	if (flag(&starting) || background_runs())
		return;
	if (may_start && worth_a_thread())
		start_thread();
	if (background_runs() || options.epoch_ms == 0)
		return;
	uint64_t now = epoch_clock(), next = atomic_load_explicit(&next_rotation, memory_order_relaxed); /* sync: none, a hint */
	bool over = now >= next;
	if (over)
		atomic_store_explicit(&next_rotation, now + options.epoch_ms, memory_order_relaxed); /* sync: none, a hint */
	if (!over && take_hurry())
		epoch_rotate_over_budget();
	else if (over && next != 0) /* the first look only starts the clock */
		epoch_rotate(ROTATION_TIMER);
}

void
background_fork_child(void)
{
	sem_init(&wake, 0, 0);
	set_flag(&starting, false);
	set_running(false);
}
