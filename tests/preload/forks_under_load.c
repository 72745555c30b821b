/*
 * forks_under_load - thousands of forks while four threads allocate and the pools rotate. Each child frees blocks of its parent,
 * allocates, starts a thread, rotates, and ends: a child or a fork that takes a minute hangs.
 *
 * PRELOAD_FORKS says how many (make check-long: 100,000).
 */
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

#include "churn.h"

#define FORKERS 2
#define PATIENCE_MS 60000
#define OURS 40

struct forker {
	pthread_t thread;
	long began;  /* now_ms of the fork that is under way; 0: done */
	pid_t child; /* 0: fork has not returned yet */
};

static struct forker forkers[FORKERS];
static unsigned left;

static void *
in_the_childs_thread(void *arg)
{
	void **parents = arg, *mine[OURS];
	for (unsigned i = 0; i < OURS / 2; i++) {
		check(holds(parents[i], churn_size(i), i + 200));
		free(parents[i]);
		check((mine[i] = malloc(churn_size(i))) != NULL);
		fill(mine[i], churn_size(i), i + 100);
	}
	for (unsigned i = 0; i < OURS / 2; i++) {
		check(holds(mine[i], churn_size(i), i + 100));
		free(mine[i]);
	}
	return NULL;
}

static void
child(void **parents)
{
	pthread_t thread;
	for (unsigned i = OURS / 2; i < OURS; i++) {
		check(holds(parents[i], churn_size(i), i + 200));
		free(parents[i]);
	}
	check(pthread_create(&thread, NULL, in_the_childs_thread, parents) == 0);
	check(pthread_join(thread, NULL) == 0);
	malloc_trim(0);
	for (unsigned i = OURS / 2; i < OURS; i++) {
		check((parents[i] = malloc(churn_size(i))) != NULL);
		fill(parents[i], churn_size(i), i + 100);
	}
	for (unsigned i = OURS / 2; i < OURS; i++) {
		check(holds(parents[i], churn_size(i), i + 100));
		free(parents[i]);
	}
	_exit(0);
}

static void *
forker_run(void *arg)
{
	struct forker *f = arg;
	while ((int)__atomic_fetch_sub(&left, 1, __ATOMIC_RELAXED) > 0) {
		void *blocks[OURS];
		for (unsigned i = 0; i < OURS; i++) {
			check((blocks[i] = malloc(churn_size(i))) != NULL);
			fill(blocks[i], churn_size(i), i + 200);
		}
		__atomic_store_n(&f->child, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&f->began, now_ms(), __ATOMIC_RELEASE);
		pid_t pid = fork();
		if (pid == 0)
			child(blocks);
		__atomic_store_n(&f->child, pid, __ATOMIC_RELAXED);
		check_child(pid);
		__atomic_store_n(&f->began, 0, __ATOMIC_RELEASE);
		for (unsigned i = 0; i < OURS; i++) {
			check(holds(blocks[i], churn_size(i), i + 200));
			free(blocks[i]);
		}
	}
	__atomic_store_n(&f->began, -1, __ATOMIC_RELEASE);
	return NULL;
}

/* True: this forker has nothing more to do. */
static int
watch(struct forker *f)
{
	long began = __atomic_load_n(&f->began, __ATOMIC_ACQUIRE);
	if (began > 0 && now_ms() - began > PATIENCE_MS) {
		pid_t pid = __atomic_load_n(&f->child, __ATOMIC_RELAXED);
		dprintf(2, "forks_under_load: hangs in %s %d, with %d forks left\n", pid == 0 ? "fork of" : "child",
		    pid == 0 ? (int)getpid() : (int)pid, (int)left);
		if (pid > 0)
			kill(pid, SIGKILL);
		_exit(1);
	}
	return began < 0;
}

/* The load is nicer than the children, who would otherwise wait for a processor most of their lives. A fork meets it preempted at any
 * point. Returns from a thread of its own, as a nice value is a thread's, and can't be taken back. */
static void *
start_load(void *threads)
{
	check(setpriority(PRIO_PROCESS, 0, 15) == 0);
	churn_start(threads, 4);
	return NULL;
}

int
main(void)
{
	const char *forks = getenv("PRELOAD_FORKS");
	struct churn threads[4];
	pthread_t starter;
	left = forks != NULL && *forks != '\0' ? (unsigned)atoi(forks) : 1000;
	check(pthread_create(&starter, NULL, start_load, threads) == 0);
	check(pthread_join(starter, NULL) == 0);
	for (int i = 0; i < FORKERS; i++)
		check(pthread_create(&forkers[i].thread, NULL, forker_run, &forkers[i]) == 0);
	for (int i = 0; i < FORKERS; i++) {
		while (!watch(&forkers[i])) {
			for (int k = i; k < FORKERS; k++)
				watch(&forkers[k]);
			sleep_ms(20);
		}
		check(pthread_join(forkers[i].thread, NULL) == 0);
	}
	churn_stop(threads, 4);
	return 0;
}
