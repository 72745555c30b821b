/*
 * refused_membarrier - a kernel or a sandbox that has no membarrier for us, from the start or in the middle of a run: the program works
 * on, threads that work hand in what they do not use, and the dump says that sleeping ones are not drained, and why. With
 * TIDEPOOL_MEMBARRIER=off the call is never made, so that a sandbox which ends the process for it does not.
 */
#include <semaphore.h>
#include <signal.h>

#include "churn.h"
#include "figures.h"
#include "refuse.h"

#define HELD 3000 /* more than a MiB: worth a helper */
#define SIZE 700

static sem_t go, gone_to_sleep;

static void
hold_many_then_none(void)
{
	static __thread void *at[HELD];
	for (int i = 0; i < HELD; i++)
		check((at[i] = malloc(SIZE)) != NULL);
	for (int i = 0; i < HELD; i++)
		free(at[i]);
}

/* Sleeps between its turns; the second turn is one malloc and one free. */
static void *
sleeper(void *unused)
{
	(void)unused;
	hold_many_then_none();
	sem_post(&gone_to_sleep);
	sem_wait(&go);
	free(opaque(malloc(SIZE)));
	sem_post(&gone_to_sleep);
	sem_wait(&go);
	return NULL;
}

static pthread_t
start_sleeper(void)
{
	pthread_t thread;
	check(sem_init(&go, 0, 0) == 0 && sem_init(&gone_to_sleep, 0, 0) == 0);
	check(pthread_create(&thread, NULL, sleeper, NULL) == 0);
	check(sem_wait(&gone_to_sleep) == 0);
	return thread;
}

static void
wake_sleeper(void)
{
	check(sem_post(&go) == 0 && sem_wait(&gone_to_sleep) == 0);
}

static void
end_sleeper(pthread_t thread)
{
	sem_post(&go);
	sem_post(&go);
	check(pthread_join(thread, NULL) == 0);
}

static int
idle_drain_is(const char *value)
{
	return strncmp(value_in(dump_now(), "epoch", "idle_drain"), value, strlen(value)) == 0;
}

static void
the_dump_says_why(const char *why)
{
	const char *epoch = strstr(dump_now(), "\"epoch\":");
	char wanted[128];
	snprintf(wanted, sizeof(wanted), "\"idle_drain\":false,\"idle_drain_why\":\"%s\"", why);
	check(epoch != NULL && strstr(epoch, wanted) != NULL);
}

static void
threads_work(void)
{
	struct churn threads[4];
	churn_start(threads, 4);
	sleep_ms(100);
	pid_t pid = fork();
	if (pid == 0) {
		hold_many_then_none();
		tidepool_rotate();
		_exit(0);
	}
	check_child(pid);
	churn_stop(threads, 4);
}

static void
an_active_thread_hands_in(void)
{
	hold_many_then_none();
	check_within(10, (free(opaque(malloc(SIZE))), cached_objects(SIZE) <= 10));
}

static void
a_sleeper_hands_in_when_it_wakes(void)
{
	pthread_t thread = start_sleeper();
	uint64_t before = figure("epoch", "number");
	check_within(10, figure("epoch", "number") >= before + 2); /* it has been asked */
	wake_sleeper();
	check_within(10, cached_objects(SIZE) <= 10);
	end_sleeper(thread);
}

static void
works_without(const char *why)
{
	threads_work();
	an_active_thread_hands_in();
	a_sleeper_hands_in_when_it_wakes();
	the_dump_says_why(why);
}

/* In the middle of a run: drains have worked, and go on while the filter comes. */
static void
refused_later(unsigned error, const char *why)
{
	struct churn threads[4];
	check_within(10, (hold_many_then_none(), helper_task() != 0));
	pthread_t asleep = start_sleeper();
	check_within(10, cached_objects(SIZE) <= 10);
	check(idle_drain_is("true"));
	churn_start(threads, 4);
	sleep_ms(50);
	refuse(REFUSE_MEMBARRIER, SECCOMP_RET_ERRNO | error);
	check_within(10, idle_drain_is("false"));
	sleep_ms(50);
	churn_stop(threads, 4);
	end_sleeper(asleep);
	works_without(why);
}

#define REFUSED "membarrier is refused here"
#define ABSENT "this kernel has no membarrier"
#define SWITCHED_OFF "switched off by TIDEPOOL_MEMBARRIER"

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	if (strcmp(part, "refused") == 0)
		works_without(REFUSED);
	else if (strcmp(part, "absent") == 0)
		works_without(ABSENT);
	else if (strcmp(part, "never called") == 0)
		works_without(SWITCHED_OFF);
	else if (strcmp(part, "refused later") == 0)
		refused_later(EPERM, REFUSED);
	else if (strcmp(part, "absent later") == 0)
		refused_later(ENOSYS, ABSENT);
	if (*part != '\0')
		return 0;

	check(again_refused("refused", REFUSE_MEMBARRIER, SECCOMP_RET_ERRNO | EPERM, NULL, NULL) == 0);
	check(again_refused("absent", REFUSE_MEMBARRIER, SECCOMP_RET_ERRNO | ENOSYS, NULL, NULL) == 0);
	check(again_refused("refused later", REFUSE_MEMBARRIER, 0, NULL, NULL) == 0);
	check(again_refused("absent later", REFUSE_MEMBARRIER, 0, NULL, NULL) == 0);
	check(again_refused("never called", REFUSE_MEMBARRIER, SECCOMP_RET_KILL_PROCESS, "TIDEPOOL_MEMBARRIER", "off") == 0);
	check(again_refused("never called", REFUSE_MEMBARRIER, SECCOMP_RET_TRAP, "TIDEPOOL_MEMBARRIER", "off") == 0);
	/* and without the setting it is: the filter is one that bites */
	int status = again_refused("refused", REFUSE_MEMBARRIER, SECCOMP_RET_KILL_PROCESS, NULL, NULL);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	return 0;
}
