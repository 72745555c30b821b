#include "drain.h"

#include "bin.h"
#include "sizeclass.h"
#include "thread.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Written under the rotation lock, or by the one thread of a fork's child; read by anyone for the dump. */
static _Atomic(const char *) refusal;
static bool registered;
static bool fork_trusted;

const char *
drain_refused(void)
{
	return atomic_load_explicit(&refusal, memory_order_relaxed); /* sync: none, a figure */
}

static void
refuse(const char *why)
{
	atomic_store_explicit(&refusal, why, memory_order_relaxed); /* sync: none, a figure */
}

static bool
membarrier_call(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) == 0;
}

static bool
enroll(void)
{
	registered = membarrier_call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	return registered;
}

/* With one thread the registration costs nothing; with several the kernel waits for all CPUs, tens of milliseconds, in which the
 * process cannot even end. */
void
drain_init(bool membarrier)
{
	int saved = errno;
	if (membarrier)
		enroll();
	else
		refuse("switched off by TIDEPOOL_MEMBARRIER");
	errno = saved;
}

/* One full barrier in every thread of the process. False: can't be had, now and for ever. */
static bool
barrier_everywhere(void)
{
	int saved = errno;
	if (drain_refused() != NULL)
		return false;
	/* Registered again when the kernel has forgotten: what a child of fork inherits differs between kernels. */
	for (unsigned tries = 0; tries < 2; tries++) {
		if (!registered && !enroll())
			break;
		if (membarrier_call(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) { /* sync: drain.revoke */
			errno = saved;
			return true;
		}
		registered = false;
	}
	refuse(errno == ENOSYS ? "this kernel has no membarrier" : "membarrier is refused here");
	errno = saved;
	return false;
}

/* D1, for every cache that may hold something. Returns how many are revoked; those whose owner is in a slow path are skipped. */
static unsigned
revoke_everybody(unsigned *skipped)
{
	unsigned revoked = 0;
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t)) {
		if (!thread_armed(t))
			continue;
		if (thread_revoke(t))
			revoked++;
		else
			(*skipped)++;
	}
	return revoked;
}

/* D3 and D4: what the owners have not handed in themselves meanwhile. An owner that is inside still shall (F6). */
static void
take_from_everybody(unsigned *skipped)
{
	unsigned inside;
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t)) {
		if (!thread_armed(t) || !lock_try(&t->lock))
			continue; /* an owner that has its lock sees what is asked for */
		if (t->revoked) {
			inside = thread_give_up(t, thread_to_victims);
			t->revoked = inside > 0;
			*skipped += inside;
		}
		lock_give(&t->lock);
	}
}

unsigned
drain_all(void)
{
	unsigned skipped = 0;
	if (revoke_everybody(&skipped) > 0 && barrier_everywhere())
		take_from_everybody(&skipped);
	return skipped;
}

/* --- fork ---------------------------------------------------------------------------------------------------------- */

/* Under all locks, with everybody revoked. An owner that is outside now stays outside; one that is inside may end its operation while
 * the kernel copies pages, and the child would meet a bin and a magazine of different moments. */
static bool
everybody_outside(const struct thread_cache *self)
{
	bool outside = true;
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t)) {
		t->inside_at_fork = false;
		for (unsigned c = 1; t != self && c <= sizeclass_pools; c++)
			t->inside_at_fork |= !bin_owner_outside(&t->bins[c]);
		outside &= !t->inside_at_fork;
	}
	return outside;
}

void
drain_fork_prepare(void)
{
	const struct thread_cache *self = thread_self();

	thread_fork_prepare();
	fork_trusted = true;
	if (thread_live_count() <= (self != NULL ? 1u : 0u))
		return;
	for (struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		for (unsigned c = 1; t != self && c <= sizeclass_pools; c++)
			if (bin_loaded(&t->bins[c]) != NULL)
				bin_revoke(&t->bins[c]); /* their owners arm them again, and hand nothing in */
	fork_trusted = barrier_everywhere();
	for (unsigned tries = 0; fork_trusted && tries < 100 && !everybody_outside(self); tries++)
		sched_yield();
}

void
drain_fork_parent(void)
{
	thread_fork_parent();
}

void
drain_fork_child(void)
{
	thread_fork_child(fork_trusted);
}
