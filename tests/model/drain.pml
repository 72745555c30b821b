/*
 * drain - the protocol of src/drain.h: taking what lies in the bins of owners that do not cooperate.
 *
 *   OWNERS owners       each a store buffer (machine.pml) and a bin; OPERATIONS mallocs and frees of any kind (owner.pml)
 *   Handler             HANDLERS times a signal handler interrupts owner 0 between any two steps, and allocates
 *   Epoch               DRAINS times drain_all
 *
 * The steps of drain_all are those of drain.h: D1 lock_try, revoke, unlock; D2 the membarrier, one owner after the other, each at a
 * moment of its own; D3 lock_try, the looks at `revoked` and at the number; D4 the taking. O5 and O6 are give_up() and rearm() of
 * owner.pml. (The drain's own stores are seen at once here: nothing of it comes between those of D1 and its unlocking, which makes
 * them visible, so a late store is a late step.) A magazine that was taken goes to the shared level, from which owners get it
 * again.
 *
 * Facts of drain.h and where they stand:
 *   F1, F2, F3    the assertions in whole_magazine_moves and nothing_left_in at D4: what top says is there is all that is there
 *   F4            enter(): lock_try and O5; MUTANT_SLOW_PATH_WITHOUT_LOCK, MUTANT_DRAIN_WITHOUT_LOCK,
 *                 MUTANT_REVOKED_NOT_LOOKED_AT, MUTANT_OWNER_DOES_NOT_HAND_IN
 *   F5            exit.pml
 *   F6            an odd number leaves the bin revoked, and to be handed in: give_up() in the owner's next slow path
 *   F8            give_up(): no barrier; a handler that finds its own bin odd leaves it alone
 *   F7            machine.pml: loads overtake stores; CLOSE is a release; MUTANT_CLOSED_…
 *   bin.h         only the owner arms: MUTANT_REARMED_BY_DRAIN; handlers look at the number: MUTANT_HANDLER_DOES_NOT_LOOK
 *
 * Not here: `armed`, a hint that lets a drain skip a cache; which magazines fill and empty (handover.pml); liveness.
 */
#ifndef OWNERS
#define OWNERS 2
#endif
#ifndef OPERATIONS
#define OPERATIONS 2
#endif
#ifndef LESS
#define LESS 0 /* operations that the second owner makes less */
#endif
#ifndef HANDLERS
#define HANDLERS 0
#endif
#ifndef DRAINS
#define DRAINS 1
#endif
#ifndef ROOM
#define ROOM 1
#endif
#define THREADS OWNERS
#define BINS OWNERS
#define MAGAZINES 3
#define OBJECTS 2

#include "owner.pml"

bool interrupted[THREADS];
bool over[THREADS];
bool locked[BINS];
bool outside[BINS];

proctype Owner(byte me) provided (!interrupted[me])
{
	OWNER_LOCALS;
	byte n;
	do
	:: n < OPERATIONS - (me * LESS) ->
		n++;
		if
		:: malloc(me, me)
		:: HOLDS(me) -> choose_held(me); free(me, me)
		fi
	:: else -> break
	od;
	over[me] = true
}

proctype Handler(byte me)
{
	OWNER_LOCALS;
	byte n;
end:	do
	:: n < HANDLERS && !over[me] ->
		interrupted[me] = true;
		n++;
		malloc(me, me);
		interrupted[me] = false
	:: n == HANDLERS -> break
	od
}

inline revoke(at_bin)
{
#ifdef MUTANT_RESET_INSTEAD_OF_REVOKE
	memory[FLOOR(at_bin)] = 0; /* the bounds of a bin with nothing in it */
#else
	memory[FLOOR(at_bin)] = REVOKED;
#endif
#ifndef MUTANT_ONLY_FLOOR_REVOKED
	memory[LIMIT(at_bin)] = 0
#endif
}

inline membarrier()
{
	for (each : 0 .. THREADS - 1) {
		empty_buffer(each)
	}
	each = 0
}

inline look(at_bin)
{
#ifdef MUTANT_SEQUENCE_NOT_LOOKED_AT
	outside[at_bin] = true
#else
	outside[at_bin] = (memory[SEQUENCE(at_bin)] == 0)
#endif
}

inline try_lock(at_bin)
{
#ifdef MUTANT_DRAIN_WITHOUT_LOCK
	locked[at_bin] = true
#else
	atomic {
		if
		:: memory[LOCK(at_bin)] == 0 -> memory[LOCK(at_bin)] = 1; locked[at_bin] = true
		:: else /* skipped, and counted */
		fi
	}
#endif
}

inline unlock(at_bin)
{
	locked[at_bin] = false;
#ifndef MUTANT_DRAIN_WITHOUT_LOCK
	memory[LOCK(at_bin)] = 0
#endif
}

inline lock_and_revoke(at_bin)
{
	try_lock(at_bin);
	if
	:: locked[at_bin] ->
#ifndef MUTANT_REVOKED_AFTER_MEMBARRIER
		if
		:: loaded[at_bin] != 0 -> revoke(at_bin)                                /* D1 */
		:: else
		fi;
#endif
		revoked[at_bin] = true;
		unlock(at_bin)
	:: else
	fi;
#ifdef MUTANT_LOOKED_AT_BEFORE_MEMBARRIER
	look(at_bin)
#endif
}

inline take(at_bin)
{
	if
	:: loaded[at_bin] != 0 ->
		count[loaded[at_bin]] = memory[TOP(at_bin)] - BASE(loaded[at_bin]);
		d_step {
			whole_magazine_moves(loaded[at_bin], count[loaded[at_bin]], IN_BIN(at_bin), IN_SHARED);
			nothing_left_in(IN_BIN(at_bin))
		};
		shared[loaded[at_bin]] = true;
		loaded[at_bin] = 0;
#ifdef MUTANT_REARMED_BY_DRAIN
		shared[3] = false; /* an empty magazine in its place */
		loaded[at_bin] = 3;
		memory[TOP(at_bin)] = BASE(3);
		memory[FLOOR(at_bin)] = BASE(3);
		memory[LIMIT(at_bin)] = END(3)
#endif
	:: else
	fi
}

proctype Epoch()
{
	byte n, each, d;
	for (n : 1 .. DRAINS) {
		for (d : 0 .. BINS - 1) {
			lock_and_revoke(d)
		}
#ifndef MUTANT_NO_MEMBARRIER
		membarrier();                                                           /* D2 */
#endif
		for (d : 0 .. BINS - 1) {
			try_lock(d);
			if
#ifdef MUTANT_REVOKED_NOT_LOOKED_AT
			:: locked[d] ->
#else
			:: locked[d] && revoked[d] ->                                   /* D3 */
#endif
#ifdef MUTANT_REVOKED_AFTER_MEMBARRIER
				revoke(d);
#endif
#ifndef MUTANT_LOOKED_AT_BEFORE_MEMBARRIER
				look(d);
#endif
				if
				:: outside[d] -> take(d); revoked[d] = false            /* D4 */
				:: else                                                 /* F6 */
				fi;
				outside[d] = false
			:: else
			fi;
			if
			:: locked[d] -> unlock(d)
			:: else
			fi
		}
	}
}

/* Bin i has magazine i + 1 with object i + 1 in its first slot; the other magazines are empty and in the shared level. */
init {
	byte each;
	atomic {
		for (each : 0 .. BINS - 1) {
			loaded[each] = each + 1;
			where[each + 1] = IN_BIN(each);
			memory[SLOT(BASE(each + 1))] = each + 1;
			memory[TOP(each)] = BASE(each + 1) + 1;
			memory[FLOOR(each)] = BASE(each + 1);
			memory[LIMIT(each)] = END(each + 1)
		}
		for (each : BINS + 1 .. MAGAZINES) {
			shared[each] = true
		}
		for (each : 0 .. THREADS - 1) {
			run Owner(each);
			run Machine(each)
		}
		if
		:: HANDLERS > 0 -> run Handler(0)
		:: else
		fi;
		run Epoch()
	}
}
