/* shield: nobody takes the thread away, and everything is put back. */
#include "shield.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static bool
is_blocked(int sig)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, sig) == 1;
}

START_TEST(everything_but_the_faults_is_blocked)
{
	struct shield shield;
	sigset_t own;
	int cancel;

	sigemptyset(&own);
	sigaddset(&own, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &own, NULL);
	shield_up(&shield);
	ck_assert(is_blocked(SIGTERM) && is_blocked(SIGUSR2) && is_blocked(SIGRTMAX) && is_blocked(SIGALRM));
	ck_assert(!is_blocked(SIGSEGV) && !is_blocked(SIGBUS) && !is_blocked(SIGSYS));
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	ck_assert_int_eq(cancel, PTHREAD_CANCEL_DISABLE);
	shield_down(&shield);
	ck_assert(is_blocked(SIGUSR1) && !is_blocked(SIGTERM) && !is_blocked(SIGRTMAX));
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancel);
	ck_assert_int_eq(cancel, PTHREAD_CANCEL_ENABLE);
}
END_TEST

static volatile sig_atomic_t caught;

static void
count(int sig)
{
	(void)sig;
	caught++;
}

/* A file that may not grow: SIGXFSZ comes with the write. */
static void
write_too_much(void)
{
	char name[] = "shield-XXXXXX";
	int fd = mkstemp(name);
	struct rlimit little;

	ck_assert_int_ge(fd, 0);
	unlink(name);
	getrlimit(RLIMIT_FSIZE, &little);
	little.rlim_cur = 10;
	setrlimit(RLIMIT_FSIZE, &little);
	ck_assert_int_eq(write(fd, "0123456789", 10), 10);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	little.rlim_cur = little.rlim_max;
	setrlimit(RLIMIT_FSIZE, &little);
	close(fd);
}

START_TEST(the_signal_of_a_write_of_ours_is_taken_back)
{
	struct shield shield;

	signal(SIGXFSZ, count);
	caught = 0;
	shield_up(&shield);
	write_too_much();
	shield_down(&shield);
	ck_assert_int_eq(caught, 0);
}
END_TEST

START_TEST(one_that_was_the_programs_stays)
{
	struct shield shield;
	sigset_t one;

	signal(SIGXFSZ, count);
	caught = 0;
	sigemptyset(&one);
	sigaddset(&one, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	raise(SIGXFSZ);
	shield_up(&shield);
	write_too_much();
	shield_down(&shield);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	ck_assert_int_eq(caught, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("shield");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(all, everything_but_the_faults_is_blocked);
	tcase_add_test(all, the_signal_of_a_write_of_ours_is_taken_back);
	tcase_add_test(all, one_that_was_the_programs_stays);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
