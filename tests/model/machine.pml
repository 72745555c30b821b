/*
 * machine - memory as a weak machine shows it: every thread has a buffer of stores that the others do not see yet.
 *
 * A store goes into the thread's buffer; the thread itself sees it at once (load), everybody else when the machine has taken it
 * out of the buffer, at some later moment (proctype Machine). Stores to one place leave in their order. Stores to different places may
 * overtake each other, as on a machine weaker than x86 , but a release store leaves
 * only when all that the thread stored before it is out. Loads happen in program order.
 *
 * With TSO defined they don't, which makes fewer states.
 *
 *   store           a relaxed store              release         a release store
 *   load            a load; own stores first     FENCED(i)       guard of an atomic read-modify-write: the buffer is empty
 *   empty_buffer    a full barrier in thread i (what membarrier does to a thread that runs; one that does not run has passed
 *                   such a barrier when it was switched out)
 *
 * Whoever includes it defines THREADS (buffers) and PLACES (memory).
 */
#define ROOM_FOR_STORES 4 /* as many as the longest fast operation has: it may end before any of its stores is seen */
#define RELEASE 128

typedef buffer {
	byte used;
	byte place[ROOM_FOR_STORES]; /* oldest first; with RELEASE */
	byte value[ROOM_FOR_STORES];
};
buffer stores[THREADS];
byte memory[PLACES];

#define PLACE(i, k) (stores[i].place[k] & 127)
#define FENCED(i) (stores[i].used == 0)
#define PUBLISHED(i) (stores[i].used == 0) /* a lock's release, where the model does not spell it out */

inline buffered(i, p, v)
{
	d_step {
		stores[i].used < ROOM_FOR_STORES ->
		stores[i].place[stores[i].used] = p;
		stores[i].value[stores[i].used] = v;
		stores[i].used++
	}
}

#define store(i, p, v) buffered(i, p, v)
#define release(i, p, v) buffered(i, (p) | RELEASE, v)

inline load(i, p, out)
{
	d_step {
		out = memory[p];
		if
		:: stores[i].used > 0 && PLACE(i, 0) == (p) -> out = stores[i].value[0]
		:: else
		fi;
		if
		:: stores[i].used > 1 && PLACE(i, 1) == (p) -> out = stores[i].value[1]
		:: else
		fi;
		if
		:: stores[i].used > 2 && PLACE(i, 2) == (p) -> out = stores[i].value[2]
		:: else
		fi;
		if
		:: stores[i].used > 3 && PLACE(i, 3) == (p) -> out = stores[i].value[3]
		:: else
		fi
	}
}

/* Entry k of the buffer reaches memory. */
inline take_out(i, k)
{
	memory[PLACE(i, k)] = stores[i].value[k];
	at = k;
	do
	:: at + 1 < stores[i].used ->
		stores[i].place[at] = stores[i].place[at + 1];
		stores[i].value[at] = stores[i].value[at + 1];
		at++
	:: else -> break
	od;
	stores[i].used--;
	stores[i].place[stores[i].used] = 0; /* so that equal buffers are equal states */
	stores[i].value[stores[i].used] = 0;
	at = 0
}

inline empty_buffer(i)
{
	d_step {
		do
		:: stores[i].used > 0 -> take_out(i, 0)
		:: else -> break
		od
	}
}

#define RELAXED(i, k) (stores[i].used > k && !(stores[i].place[k] & RELEASE))
#define OTHER(i, k, earlier) (PLACE(i, k) != PLACE(i, earlier))

hidden byte at;

proctype Machine(byte me)
{
end:	do
	:: d_step { stores[me].used > 0 -> take_out(me, 0) }
#ifndef TSO
	:: d_step { RELAXED(me, 1) && OTHER(me, 1, 0) -> take_out(me, 1) }
	:: d_step { RELAXED(me, 2) && OTHER(me, 2, 0) && OTHER(me, 2, 1) -> take_out(me, 2) }
	:: d_step { RELAXED(me, 3) && OTHER(me, 3, 0) && OTHER(me, 3, 1) && OTHER(me, 3, 2) -> take_out(me, 3) }
#endif
	od
}
