/* See shield.h. */
#include "shield.h"

#include <pthread.h>
#include <time.h>

void
shield_set(sigset_t *set)
{
	static const int fault[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };

	sigfillset(set);
	for (size_t i = 0; i < sizeof(fault) / sizeof(fault[0]); i++)
		sigdelset(set, fault[i]);
}

void
shield_up(struct shield *shield)
{
	sigset_t set;

	shield_set(&set);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &shield->cancel);
	pthread_sigmask(SIG_BLOCK, &set, &shield->mask);
	sigpending(&shield->pending);
}

/* A write past RLIMIT_FSIZE is an error for us; the signal that came with it is not meant for the program. (The writer does
 * the same for SIGPIPE.) */
static void
take_signal_of_our_write(const struct shield *shield)
{
	sigset_t now, one;

	if (sigpending(&now) != 0 || sigismember(&now, SIGXFSZ) != 1 || sigismember(&shield->pending, SIGXFSZ) != 0)
		return;
	sigemptyset(&one);
	sigaddset(&one, SIGXFSZ);
	sigtimedwait(&one, NULL, &(const struct timespec){ 0 });
}

void
shield_down(const struct shield *shield)
{
	take_signal_of_our_write(shield);
	pthread_sigmask(SIG_SETMASK, &shield->mask, NULL);
	pthread_setcancelstate(shield->cancel, NULL);
}
