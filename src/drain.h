/*
 * drain - taking what lies in the bins of threads that do not cooperate: asleep, busy, or stopped.
 *
 * The owner of a bin works without locks and fences (bin.h). The drain pays for both sides, with one membarrier for all threads:
 *
 *     owner                                   drain
 *     O1  sequence := odd                     D1  under the cache's lock: floor := largest, limit := NULL in every bin, revoked := true
 *     O2  load top, floor or limit            D2  membarrier(PRIVATE_EXPEDITED), once for all caches
 *     O3  load or store a slot, store top     D3  under the lock: revoked is still true; load sequence; odd: leave the bin, and count it
 *     O4  sequence := even (release)          D4  even: take both magazines;  none odd: revoked := false
 *     slow path, under the lock:
 *     O5  revoked: take both magazines of every bin that is outside, make them victims;  revoked := false
 *     O6  arm the bin that is asked for
 *
 * So a thread that works hands in by itself, at the first operation after D1, and a thread that sleeps is drained. No lock is held
 * from D1 to D4: a drain that is preempted in between keeps nobody.
 *
 * Why `revoked` and an even number at D3 are proof that nobody else will touch these magazines:
 *  F1 The membarrier puts a full barrier into every running thread of the process at some moment T of its own program order,
 *     between D1 and D3. A thread that is not running passed a full barrier when it was switched out.
 *  F2 An operation whose O1 is before T: its odd number is visible at D3, or the even number of a later O4 is. Odd: the drain keeps
 *     off. Even: that O4 is a release and D3 an acquire, so all that the operation stored is visible at D4.
 *  F3 An operation whose O1 is after T loads the revoked bounds at O2, unless they were armed again (O6): it pops and pushes
 *     nothing, and enters the slow path.
 *  F4 Only a slow path arms, under the lock, and after O5. So `revoked` at D3, under the lock, says that nobody has armed anything
 *     since D1; and while D3 and D4 hold the lock nobody does. (A slow path finds the lock taken by its try, and goes past the pools.)
 *  F5 The owner cannot end meanwhile: its end takes the lock too, and waits.
 *  F6 An operation whose odd number was met at D3 ends by itself with what it loaded before T; the bin stays revoked, and so does
 *     the cache: the owner's next operation on that bin hands it in (O5). A thread that never rests is drained by that.
 *  F7 The order of O1 and O2 in the owner's program: a compiler fence; the processor may still let O2 overtake O1's store, which is
 *     what D2 is for. Of O3 and O4: the release.
 *  F8 O5 needs no membarrier: the owner takes from itself. A bin that one of its own handlers finds odd is left alone, and the cache
 *     is not revoked any more: the handler arms another bin, which the next D3 must not take. The bin waits for the next epoch.
 *
 * What breaks without each part: without D2 an owner that has loaded the old bounds, its odd number still in the store buffer, pops an
 * object that the drain takes as well. Without the look at the number the same. Without `revoked` D4 takes what the owner has armed.
 * If D1 reset the bounds instead of revoking them, the owner could meet a new floor with an old top. Without the lock, F4.
 *
 * A cache whose lock is taken at D1 is skipped, and counted: its owner is in its slow path, and hands in at the end of it (`asked`), or a
 * debugger has stopped it; nobody waits for it.
 *
 * Where membarrier is refused there is no D2 to D4: owners hand in at O5, and sleeping threads keep what they have. The dump says so.
 *
 * Callers     under the rotation lock
 * Edges       drain.revoke   store of the bounds, membarrier -> load of the bounds; store of the odd number -> load of it
 */
#ifndef TIDEPOOL_DRAIN_H
#define TIDEPOOL_DRAIN_H

#include "base.h"

/* membarrier false: never call it. Once, at boot. */
void drain_init(bool membarrier);

/* Makes victims of everything in every thread's bins, or asks the owners to. Returns how many caches and bins were left alone. */
unsigned drain_all(void);

/* NULL: sleeping threads are drained; otherwise a few words on why they are not. */
const char *drain_refused(void);

/* fork copies memory page by page while other threads run, so a bin and its magazine may be copied at different moments. prepare
 * revokes everybody's bins and waits until nobody is inside (for a moment: who stays inside is given up in the child). */
void drain_fork_prepare(void);
void drain_fork_parent(void);
void drain_fork_child(void);

#endif
