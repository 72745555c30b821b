/*
 * dump - the request protocol of src/dump.h: turn and requests in one word, and the last look of a thread that ends.
 *
 *   Asker 0, 1   the handler: ask, then wake whoever serves, or serve (on_signal)
 *   Server       the epoch thread: serves while `running`, then says that it does no more, and looks once more (epoch_thread's end)
 *   Other        dump_write of some thread: takes the turn without being asked
 *
 *   1  ask              REQUESTED, whoever writes; then a full fence (dump.wake)
 *   2  take_turn        one step, a compare-and-swap
 *   3  give_turn_back   one step, a compare-and-swap; when it fails REQUESTED is taken, and one more is written
 *
 * Stores are buffered (machine.pml) where that is what the two fences are for: `running`. A step on the word itself is a
 * read-modify-write; but it is no full fence, so it may overtake the store of `running`, except where a fence stands.
 *
 * Properties: one writes at a time; whoever asked sees a dump that was begun after he did, by the time that everybody is done.
 */
#ifndef THREADS
#define THREADS 1 /* whose stores are buffered: the server's */
#endif
#define PLACES 1
#define RUNNING 0
#include "machine.pml"

#define REQUESTED 1
#define WRITING 2
byte turn;
byte writers;
bool asked_for[2];  /* a request that no dump was begun for since */
byte done_asking;
bool woken;         /* the semaphore */
byte finished;

inline write_dump()
{
	d_step {
		writers++;
		assert(writers == 1);
		asked_for[0] = false;
		asked_for[1] = false
	};
	writers--
}

inline give_turn_back()
{
#ifdef MUTANT_TURN_GIVEN_BACK_BLINDLY
	turn = 0;
	more = false
#else
	d_step {
		more = (turn != WRITING);
		if
		:: !more -> turn = 0
		:: else
		fi
	};
	if
	:: more -> turn = turn & ~REQUESTED
	:: else
	fi
#endif
}

inline serve(only_if_asked)
{
#ifdef MUTANT_TURN_LOOKED_AT_THEN_TAKEN
	mine = !(turn & WRITING) && (!only_if_asked || (turn & REQUESTED));
	if
	:: mine -> turn = WRITING
	:: else
	fi;
#else
	d_step {
		mine = !(turn & WRITING) && (!only_if_asked || (turn & REQUESTED));
		if
		:: mine -> turn = WRITING
		:: else
		fi
	};
#endif
	if
	:: mine ->
		more = true;
		do
		:: more -> write_dump(); give_turn_back()
		:: else -> break
		od
	:: else
	fi;
	mine = false
}

inline ask()
{
#ifdef MUTANT_NOT_ASKED_WHILE_WRITING
	if
	:: turn & WRITING
	:: else -> turn = turn | REQUESTED
	fi
#else
	turn = turn | REQUESTED
#endif
}

proctype Asker(byte me)
{
	bool mine, more;
	atomic { asked_for[me] = true; ask() };
	/* dump_wake_hook */
	if
	:: memory[RUNNING] -> woken = true
	:: else -> serve(true)
	fi;
	finished++
}

proctype Other()
{
	bool mine, more;
	serve(false);
	finished++
}

proctype Server()
{
	bool mine, more;
	byte n;
	do
	:: n < 2 && woken -> woken = false; n++; serve(true)
	:: store(0, RUNNING, 0); break
	od;
#ifndef MUTANT_NO_FENCE_BEFORE_LAST_LOOK
	FENCED(0);
#endif
#ifndef MUTANT_NO_LAST_LOOK
	serve(true);
#endif
	FENCED(0);
	finished++
}

init {
	atomic {
		memory[RUNNING] = 1;
		run Machine(0);
		run Server();
		run Asker(0);
		run Asker(1);
		run Other()
	};
	finished == 4;
	assert(!asked_for[0] && !asked_for[1] && turn == 0)
}
