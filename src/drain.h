/*
 * drain - taking what lies in the bins of threads that do not cooperate: asleep, busy, or stopped.
 *
 * The owner of a bin works without locks and fences (bin.h). The drain pays for both sides, with one membarrier for all threads:
 *
 *     owner                                   drain, holding the cache's lock
 *     O1  sequence := odd                     D1  floor := largest, limit := NULL        (revoke, every bin of every cache)
 *     O2  load top, floor or limit            D2  membarrier(PRIVATE_EXPEDITED)
 *     O3  load or store a slot, store top     D3  load sequence; odd: leave the bin alone, and count it
 *     O4  sequence := even (release)          D4  even: take both magazines
 *
 * Why an even number at D3 is proof that nobody else will touch these magazines:
 *  F1 The membarrier puts a full barrier into every running thread of the process at some moment T of its own program order,
 *     between D1 and D3. A thread that is not running passed a full barrier when it was switched out.
 *  F2 An operation whose O1 is before T: its odd number is visible at D3, or the even number of a later O4 is. Odd: the drain keeps
 *     off. Even: that O4 is a release and D3 an acquire, so all that the operation stored is visible at D4.
 *  F3 An operation whose O1 is after T loads the revoked bounds at O2, so it pops and pushes nothing, and enters the slow path.
 *  F4 A slow path takes the cache's lock first, by a try: the drain has it, so the slow path goes past the pools. Only a slow
 *     path arms the bin again. So from D1 to the unlocking nobody makes F3 untrue.
 *  F5 The owner cannot end meanwhile: its end takes the lock too, and waits.
 *  F6 An operation whose odd number was met at D3 ends by itself with what it loaded before T; the bin stays revoked until
 *     its owner's next slow path, which finds its magazines in place and arms them.
 *  F7 The order of O1 and O2 in the owner's program: a compiler fence; the processor may still let O2 overtake O1's store, which is
 *     what D2 is for. Of O3 and O4: the release.
 *
 * What breaks without each part: without D2 an owner that has loaded the old bounds, its odd number still in the store buffer, pops an
 * object that the drain takes as well. Without D3 the same. If D1 reset the bounds instead of revoking them, the owner could meet
 * a new floor with an old top. Without the lock, F4.
 *
 * A cache whose lock is taken is skipped, and counted: its owner is at work, or a debugger has stopped it; nobody waits for it.
 *
 * Where membarrier is refused, owners hand in what they hold on their own slow paths (pool_owners_hand_in), and sleeping
 * threads keep what they have: the dump says so.
 *
 * Callers     under the rotation lock
 * Edges       drain.revoke   store of the bounds, membarrier -> load of the bounds; store of the odd number -> load of it
 */
#ifndef TIDEPOOL_DRAIN_H
#define TIDEPOOL_DRAIN_H

#include "base.h"
#include "magazine.h"

/* Takes everything out of every thread's bins, magazine by magazine. Returns how many bins were left alone. */
unsigned drain_all(void (*sink)(unsigned c, struct magazine *m));

/* NULL: sleeping threads are drained; otherwise a few words on why they are not. */
const char *drain_refused(void);

/* fork copies memory page by page while other threads run, so a bin and its magazine may be copied at different moments. prepare
 * revokes everybody's bins and waits until nobody is inside (for a moment: who stays inside is given up in the child). */
void drain_fork_prepare(void);
void drain_fork_parent(void);
void drain_fork_child(void);

#endif
