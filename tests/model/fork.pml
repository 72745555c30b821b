/*
 * fork - drain_fork_prepare of src/drain.c, and what the child adopts of a thread that it does not have.
 *
 *   Owner     OPERATIONS mallocs, frees, and hand-overs of an object to the rest of the program through `given`
 *   Forker    K1 takes the owner's cache lock (thread_fork_prepare)   K2 revokes its bin   K3 membarrier
 *             K4 waits until the owner is outside, for a moment: OUTSIDE stays false when it is not by then
 *             K5 fork: memory is copied page by page, in any order, while the owner runs on. The pages: the bin, the slots, and
 *                the program's (with `given`)
 *             K6 in the child: a bin that was outside at K4 is adopted, any other given up
 *
 * Property: an object that the child adopts is not the one that the child's program has in `given`, and is one: what the child sees
 * of bin, slots and program belongs together. In the parent, as in owner.pml.
 */
#ifndef OPERATIONS
#define OPERATIONS 4
#endif
#define HANDLERS 0
#define ROOM 1
#define THREADS 1
#define BINS 1
#define MAGAZINES 1
#define OBJECTS 2

#include "owner.pml"

#define GIVEN 250
byte given;
bool outside;

/* The child's memory. */
byte child_sequence, child_top, child_slot, child_given;

proctype Owner(byte me)
{
	OWNER_LOCALS;
	byte n;
	for (n : 1 .. OPERATIONS) {
		if
		:: malloc(me, 0)
		:: HOLDS(me) -> choose_held(me); free(me, 0)
		:: HOLDS(me) && given == 0 -> d_step { choose_held(me); where[mine] = GIVEN; given = mine; mine = 0 }
		:: given != 0 -> d_step { where[given] = HELD(me); given = 0 }
		fi
	}
}

proctype Forker()
{
	bool bin, slots, program;
	atomic { memory[LOCK(0)] == 0 -> memory[LOCK(0)] = 1 };                         /* K1 */
#ifndef MUTANT_FORK_WITHOUT_REVOKE
	memory[FLOOR(0)] = REVOKED;                                                     /* K2 */
	memory[LIMIT(0)] = 0;
#endif
#ifndef MUTANT_FORK_WITHOUT_MEMBARRIER
	empty_buffer(0);                                                                /* K3 */
#endif
	outside = (memory[SEQUENCE(0)] == 0);                                           /* K4 */
	do                                                                              /* K5 */
	:: !bin -> d_step { child_sequence = memory[SEQUENCE(0)]; child_top = memory[TOP(0)]; bin = true }
	:: !slots -> d_step { child_slot = memory[SLOT(BASE(1))]; slots = true }
	:: !program -> d_step { child_given = given; program = true }
	:: bin && slots && program -> break
	od;
	if                                                                              /* K6 */
#ifndef MUTANT_CHILD_ADOPTS_WHAT_WAS_INSIDE
	:: !outside
#endif
	:: child_sequence == 1
	:: else ->
		if
		:: child_top > BASE(1) -> assert(child_slot != 0 && child_slot != child_given)
		:: else
		fi
	fi;
	memory[LOCK(0)] = 0
}

/* The bin has magazine 1 with object 1. */
init {
	atomic {
		loaded[0] = 1;
		where[1] = IN_BIN(0);
		memory[SLOT(BASE(1))] = 1;
		memory[TOP(0)] = BASE(1) + 1;
		memory[FLOOR(0)] = BASE(1);
		memory[LIMIT(0)] = END(1);
		run Owner(0);
		run Machine(0);
		run Forker()
	}
}
