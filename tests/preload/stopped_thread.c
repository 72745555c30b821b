/*
 * stopped_thread - a debugger stops one thread in the middle of malloc or free, after every single instruction of a pair of them: the
 * others go on allocating, the pools rotate (twice for each instruction), and nobody waits for it. When it may go on it has lost nothing.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "churn.h"
#include "figures.h"

#define OTHERS 2
#define SIZE 64
#define STEPS_MOST 2000

/* Between the process and its debugger. Each number is written by one side. */
static struct {
	int task;                 /* the thread that is stopped */
	int ready, pair, done;    /* pair: it is inside malloc, free and what is between; done: pairs that it has ended */
	int go;                   /* pairs that it may begin */
	int rotate, rotated;      /* asked for, done */
	unsigned long operations[OTHERS];
	int end;
} *told;

static int
get(const int *what)
{
	return __atomic_load_n(what, __ATOMIC_ACQUIRE);
}

static void
set(int *what, int value)
{
	__atomic_store_n(what, value, __ATOMIC_RELEASE);
}

/* --- the process --------------------------------------------------------------------------------------------------- */

static void
warm(void)
{
	void *at[20];
	for (unsigned i = 0; i < 20; i++) {
		check((at[i] = malloc(SIZE)) != NULL);
		fill(at[i], SIZE, i);
	}
	for (unsigned i = 0; i < 20; i++) {
		check(holds(at[i], SIZE, i));
		free(at[i]);
	}
}

static void *
stopped(void *unused)
{
	(void)unused;
	set(&told->task, gettid());
	for (int n = 1; ; n++) {
		warm();
		set(&told->ready, n);
		while (get(&told->go) < n && !get(&told->end))
			sched_yield();
		if (get(&told->end))
			return NULL;
		set(&told->pair, n);
		void *p = malloc(SIZE);
		memset(p, n, SIZE);
		free(p);
		set(&told->done, n);
	}
}

static void *
rotator(void *unused)
{
	while (!get(&told->end)) {
		int wanted = get(&told->rotate);
		if (wanted != get(&told->rotated)) {
			tidepool_rotate();
			set(&told->rotated, wanted);
		}
		sched_yield();
	}
	return unused;
}

static void
process(void)
{
	struct churn others[OTHERS];
	pthread_t first, second;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where only parents of its choice may be debuggers */
	churn_start(others, OTHERS);
	check(pthread_create(&first, NULL, stopped, NULL) == 0 && pthread_create(&second, NULL, rotator, NULL) == 0);
	while (!get(&told->end)) {
		for (int i = 0; i < OTHERS; i++)
			__atomic_store_n(&told->operations[i], churn_operations(&others[i]), __ATOMIC_RELAXED);
		sleep_ms(1);
	}
	check(pthread_join(first, NULL) == 0 && pthread_join(second, NULL) == 0);
	churn_stop(others, OTHERS);
}

/* --- the debugger -------------------------------------------------------------------------------------------------- */

static unsigned long
operations(int i)
{
	return __atomic_load_n(&told->operations[i], __ATOMIC_RELAXED);
}

static void
everybody_else_goes_on(void)
{
	unsigned long before[OTHERS];
	int asked = get(&told->rotate) + 1;
	for (int i = 0; i < OTHERS; i++)
		before[i] = operations(i);
	set(&told->rotate, asked);
	check_within(20, get(&told->rotated) == asked);
	for (int i = 0; i < OTHERS; i++)
		check_within(20, operations(i) > before[i]);
}

static void
wait_for_stop(void)
{
	int status;
	check(waitpid(told->task, &status, __WALL) == told->task && WIFSTOPPED(status));
}

static void
step(void)
{
	check(ptrace(PTRACE_SINGLESTEP, told->task, NULL, NULL) == 0);
	wait_for_stop();
}

/* Stopped `steps` instructions into pair n. False: it has fewer. */
static int
stop_in_pair(int n, int steps)
{
	check_within(20, get(&told->ready) == n);
	check(ptrace(PTRACE_INTERRUPT, told->task, NULL, NULL) == 0);
	wait_for_stop();
	set(&told->go, n);
	while (get(&told->pair) != n)
		step();
	for (int i = 0; i < steps && get(&told->done) != n; i++)
		step();
	if (get(&told->done) != n)
		everybody_else_goes_on();
	check(ptrace(PTRACE_CONT, told->task, NULL, NULL) == 0);
	return get(&told->done) != n;
}

int
main(void)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(told != MAP_FAILED);
	pid_t pid = fork();
	if (pid == 0) {
		process();
		_exit(0);
	}
	check_within(20, get(&told->ready) == 1);
	check(ptrace(PTRACE_SEIZE, told->task, NULL, NULL) == 0);
	int steps = 0;
	for (int n = 1, inside = 1; inside; n++, steps++) {
		check(steps < STEPS_MOST);
		inside = stop_in_pair(n, steps);
	}
	check(steps > 20); /* it was more than a call that returns */
	/* a thread that ended under a debugger would keep its process */
	check(ptrace(PTRACE_INTERRUPT, told->task, NULL, NULL) == 0);
	wait_for_stop();
	check(ptrace(PTRACE_DETACH, told->task, NULL, NULL) == 0);
	set(&told->end, 1);
	check_child(pid);
	return 0;
}
