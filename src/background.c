#include "background.h"

#include "backend.h"
#include "budget.h"
#include "control.h"
#include "cpu.h"
#include "epoch.h"
#include "large.h"
#include "options.h"
#include "pool.h"
#include "tcache.h"
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define WORTH_A_THREAD ((uint64_t)1 << 20) /* bytes that are reserved or left in pages, or held … */
#define WORTH_AT_ONCE ((uint64_t)16 << 20) /* … so many held by a single thread before the first epoch is over */
#define IDLE_EPOCHS 5                      /* with nothing cached, before the thread ends */
#define STACK_BYTES (1u << 20) /* when all others have ended, the program's exit handlers run on it; untouched until then */
#define WATCH_MS 100           /* between two questions, on slow paths, whether there is something to watch over */
#define RETRY_MS 1000          /* after the system has refused a thread */

static sem_t wake;
static uint64_t (*serve_requests)(void);
static _Atomic bool stays;
static _Atomic bool running;      /* the thread serves what it is woken for */
static _Atomic bool starting;
static _Atomic bool hurry;
static _Atomic uint64_t next_try;      /* epoch_clock; when to ask for a thread again */
static _Atomic uint64_t next_rotation; /* epoch_clock; for slow paths */
static _Atomic uint64_t next_watch;    /* the same */
static _Atomic uint64_t next_serve;    /* the same */

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
	large_set_kept(value);
}

void
background_init(uint64_t (*serve)(void))
{
	sem_init(&wake, 0, 0);
	serve_requests = serve;
	set_running(false);
}

void
background_stay(void)
{
	set_flag(&stays, true);
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

/* Waits for that moment or for somebody who wakes us; true: the moment has come. */
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
	return budget_reserved() == 0 && backend_left_bytes() + large_kept_bytes() < WORTH_A_THREAD;
}

static bool
take_hurry(void)
{
	return atomic_exchange_explicit(&hurry, false, memory_order_acq_rel); /* sync: background.life */
}

/* epoch_clock, so many milliseconds from now; what is never stays never. */
static uint64_t
after(uint64_t ms)
{
	return ms == EPOCH_NO_WATCH ? EPOCH_NO_WATCH : epoch_clock() + ms;
}

static void
not_before(uint64_t ms)
{
	atomic_store_explicit(&next_try, ms, memory_order_relaxed); /* sync: none, a hint */
}

static void *
epoch_thread(void *unused)
{
	unsigned idle = 0;
	uint64_t began = epoch_clock(), watch = began; /* the first look: something is cached, or there would be no thread */
	uint64_t served_next = flag(&stays) ? 0 : UINT64_MAX;

	(void)unused;
	thread_refuse();
	prctl(PR_SET_NAME, "tidepool");
	cpu_use_all(); /* not only the CPU of the thread that has started us */
	bool able = tcache_begin_own(); /* if not, the slow paths go on rotating, and ask for a thread again */
	if (!able)
		not_before(epoch_clock() + RETRY_MS);
	while (able && (idle < IDLE_EPOCHS || flag(&stays)) && thread_live_count() > 0) {
		uint64_t end = began + epoch_length(), work = watch < end ? watch : end;
		bool over = wait_until(work < served_next ? work : served_next) && (work <= served_next || epoch_clock() >= work);
		served_next = serve_requests();
		bool asked = take_hurry();
		if (over && end <= watch) {
			epoch_rotate(epoch_timer_cause());
			idle = nothing_cached() ? idle + 1 : 0;
			began = epoch_clock();
		} else if (asked) {
			epoch_rotate_over_budget();
		}
		if (over || asked)
			watch = after(epoch_watch());
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
			not_before(epoch_clock() + RETRY_MS);
		}
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	set_flag(&starting, false);
	errno = saved;
}

/* --- while there is none -------------------------------------------------------------------------------------------- */

/* What is held now may lie cached, with nobody awake, after frees that can't start a thread. A program that has one thread loses
 * by getting a second one, so it gets it for that reason only when it is large or has lived for an epoch. */
static bool
could_be_worth_a_thread(void)
{
	uint64_t held = backend_held_bytes() + large_backed_bytes();
	if (held < WORTH_A_THREAD)
		return false;
	return held >= WORTH_AT_ONCE || thread_live_count() > 1 || epoch_clock() >= epoch_start_ms + options.epoch_ms;
}

static bool
worth_a_thread(void)
{
	if (options.background == BACKGROUND_OFF || options.epoch_ms == 0)
		return false;
	if (!flag(&stays) && budget_reserved() + backend_left_bytes() < WORTH_A_THREAD && !could_be_worth_a_thread())
		return false;
	return epoch_clock() >= atomic_load_explicit(&next_try, memory_order_relaxed); /* sync: none, a hint */
}

/* On a slow path. jemalloc, which is asked for its figures, may call back into malloc: past the pools meanwhile. */
static void
serve_here(void)
{
	struct thread_cache *self = thread_self();
	bool before = self != NULL && thread_set_busy(self, true);
	uint64_t next = serve_requests();
	atomic_store_explicit(&next_serve, next, memory_order_relaxed); /* sync: none, a hint */
	if (self != NULL)
		thread_set_busy(self, before);
}

void
background_tick(bool getting, bool now_and_then)
{
	if (flag(&starting) || background_runs())
		return;
	if (getting && worth_a_thread() && !control_is_inside())
		start_thread();
	if (!now_and_then || background_runs() || control_is_inside())
		return;
	uint64_t now = epoch_clock(), next = atomic_load_explicit(&next_rotation, memory_order_relaxed); /* sync: none, a hint */
	if (flag(&stays) && now >= atomic_load_explicit(&next_serve, memory_order_relaxed)) /* sync: none, a hint */
		serve_here();
	if (options.epoch_ms == 0)
		return;
	if (now >= atomic_load_explicit(&next_watch, memory_order_relaxed)) { /* sync: none, a hint */
		uint64_t ms = epoch_watch();
		if (ms == EPOCH_NO_WATCH)
			ms = WATCH_MS;
		atomic_store_explicit(&next_watch, now + ms, memory_order_relaxed); /* sync: none, a hint */
	}
	bool over = now >= next;
	if (over)
		atomic_store_explicit(&next_rotation, now + epoch_length(), memory_order_relaxed); /* sync: none, a hint */
	if (!over && take_hurry())
		epoch_rotate_over_budget();
	else if (over && next != 0) /* the first look only starts the clock */
		epoch_rotate(epoch_timer_cause());
}

void
background_fork_child(void)
{
	sem_init(&wake, 0, 0);
	set_flag(&starting, false);
	set_running(false);
}
