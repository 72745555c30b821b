/*
 * owner - what bin.h, get.c, put.c and pool.c make of a malloc and a free, step by step, for the models that need an owner.
 *
 * Thread i (the number of its store buffer) works on bin b. Of a sequence number only the parity is kept: nobody looks at more.
 * Of a bin's two magazines there is one, the loaded one (the spare only moves under the lock, see handover.pml).
 *
 *   place          C                                     step here
 *   SEQUENCE(b)    bin.sequence                          O1 odd, O4 even
 *   TOP(b)         bin.top                               O2 load, O3 store
 *   FLOOR, LIMIT   bin.floor, bin.limit; REVOKED, NULL   O2 load
 *   LOCK(b)        thread_cache.lock                     lock_try, lock_give
 *   SLOT(a)        the slot at address a                 O3
 *   busy[b]        thread_cache.busy, the owner's alone
 *   loaded[b]      bin.loaded, under the lock: one copy is enough; likewise revoked[b], of the cache
 *   count[m]       magazine.count, the holder's
 *
 * Addresses: magazine m (1 …) has the slots base(m) … base(m) + ROOM - 1; 0 is NULL.
 *
 * The promise is kept in where[]: for each object the one place in which it is. Every step that finds an object somewhere asserts
 * that it belongs there, so a second owner is seen when the object is reached the second time, and a lost one when a place
 * that has it is emptied without it.
 *
 * Whoever includes it defines THREADS, BINS, ROOM, MAGAZINES, OBJECTS.
 */
#define SLOTS (MAGAZINES * (ROOM + 1) + 1)
#define SEQUENCE(b) (0 + (b))
#define TOP(b) (BINS + (b))
#define FLOOR(b) (2 * BINS + (b))
#define LIMIT(b) (3 * BINS + (b))
#define LOCK(b) (4 * BINS + (b))
#define SLOT(a) (5 * BINS + (a))
#define REGISTRY (5 * BINS + SLOTS) /* a lock of some models */
#define PLACES (5 * BINS + SLOTS + 1)

#include "machine.pml"

/* Steps between which only a handler can make a difference: what they load is the thread's own, what they store goes to its buffer. */
#if HANDLERS > 0
#define TOGETHER
#else
#define TOGETHER atomic
#endif

#define REVOKED 255
#define BASE(m) (((m) - 1) * (ROOM + 1) + 1)
#define END(m) (BASE(m) + ROOM)

/* Where an object is. */
#define IN_JEMALLOC 0
#define IN_SHARED 1                   /* in a magazine of the shared level, full or victim */
#define HELD(i) (2 + (i))             /* the program has it */
#define IN_BIN(b) (2 + THREADS + (b))

byte where[4]; /* [1 … OBJECTS]; an object is named by its number */
byte loaded[BINS];       /* magazine or 0 */
byte count[MAGAZINES + 1];
bool shared[MAGAZINES + 1]; /* on a stack of the shared level */
bool busy[BINS];
bool revoked[BINS];

/* The object at address a is popped, or taken, from bin b, and goes `to`. */
inline moves(o, from, to)
{
	assert(o != 0 && where[o] == from);
	where[o] = to
}

#define BEFORE_TOP(i, b) skip
#define CLOSE(i, b) release(i, SEQUENCE(b), 0)
#ifdef MUTANT_CLOSED_BEFORE_TOP
#undef BEFORE_TOP
#undef CLOSE
#define BEFORE_TOP(i, b) release(i, SEQUENCE(b), 0)
#define CLOSE(i, b) skip
#endif
#ifdef MUTANT_CLOSED_RELAXED
#undef CLOSE
#define CLOSE(i, b) store(i, SEQUENCE(b), 0)
#endif

/* --- the fast path: bin_pop_owner, bin_push_owner ---------------------------------------------------------------- */

inline pop_fast(i, b)
{
	TOGETHER {
		done = false;
		load(i, SEQUENCE(b), number);
		if
#ifndef MUTANT_HANDLER_DOES_NOT_LOOK
		:: number == 1
#endif
		:: else -> store(i, SEQUENCE(b), 1)                             /* O1 */
		fi
	};
	if
#ifndef MUTANT_HANDLER_DOES_NOT_LOOK
	:: number == 1
#endif
	:: else ->
		load(i, TOP(b), top);                                           /* O2 */
		load(i, FLOOR(b), bound);                                       /* O2 */
		if
		:: top > bound -> TOGETHER {
			load(i, SLOT(top - 1), object);                         /* O3 */
			d_step {
				moves(object, IN_BIN(b), HELD(i));
				done = true
			}
			BEFORE_TOP(i, b);
			store(i, TOP(b), top - 1);                              /* O3 */
			CLOSE(i, b)                                             /* O4 */
			}
		:: else ->
			CLOSE(i, b)                                             /* O4: nothing happened */
		fi
	fi;
	d_step { number = 0; top = 0; bound = 0; object = 0 }
}

inline push_fast(i, b)
{
	TOGETHER {
		done = false;
		load(i, SEQUENCE(b), number);
		if
		:: number == 1
		:: else -> store(i, SEQUENCE(b), 1)                             /* O1 */
		fi
	};
	if
	:: number == 1
	:: else ->
		load(i, TOP(b), top);                                           /* O2 */
		load(i, LIMIT(b), bound);                                       /* O2 */
		if
		:: top < bound -> TOGETHER {
			store(i, SLOT(top), mine);                              /* O3 */
			d_step {
				moves(mine, HELD(i), IN_BIN(b));
				done = true
			}
			BEFORE_TOP(i, b);
			store(i, TOP(b), top + 1);                              /* O3 */
			CLOSE(i, b)                                             /* O4 */
			}
		:: else ->
			CLOSE(i, b)                                             /* O4: nothing happened */
		fi
	fi;
	d_step { number = 0; top = 0; bound = 0 }
}

/* --- the slow path: pool.c's enter and leave, get_inside, put_inside ------------------------------------------------ */

/* thread_give_up by the owner, who needs no proof: of what its own handler interrupted it keeps off. */
inline give_up(i, b)
{
	load(i, SEQUENCE(b), number);
	if
	:: loaded[b] != 0 && number == 0 ->
		store(i, FLOOR(b), REVOKED);
		store(i, LIMIT(b), 0);
		load(i, TOP(b), top);
		PUBLISHED(i); /* shard.stack */
#ifndef MUTANT_GIVEN_UP_BUT_NOT_HANDED_ON
		d_step {
			count[loaded[b]] = top - BASE(loaded[b]);
			whole_magazine_moves(loaded[b], count[loaded[b]], IN_BIN(b), IN_SHARED);
			nothing_left_in(IN_BIN(b));
			shared[loaded[b]] = true
		};
#endif
		loaded[b] = 0;
		top = 0
	:: else
	fi;
	revoked[b] = false
}

/* thread_enter_owner, bin_enter_owner. done: we are in. */
inline enter(i, b)
{
	done = busy[b];
	busy[b] = true;
	if
	:: done -> done = false /* a handler inside a slow path */
	:: else ->
#ifdef MUTANT_SLOW_PATH_WITHOUT_LOCK
		done = true;
#else
		atomic {
			FENCED(i); /* lock_try is a read-modify-write, taken or not */
			if
			:: memory[LOCK(b)] == 0 -> memory[LOCK(b)] = 1; done = true
			:: else
			fi
		};
#endif
		if
		:: done ->
#ifndef MUTANT_OWNER_DOES_NOT_HAND_IN
			if
			:: revoked[b] -> give_up(i, b)                          /* O5 */
			:: else
			fi;
#endif
			load(i, SEQUENCE(b), number);
			if
			:: number == 1 -> done = false; give_lock(i, b) /* a handler inside a fast operation */
			:: else -> store(i, SEQUENCE(b), 1)
			fi
		:: else
		fi;
		if
		:: done
		:: else -> busy[b] = false
		fi
	fi;
	number = 0
}

inline give_lock(i, b)
{
#ifndef MUTANT_SLOW_PATH_WITHOUT_LOCK
	release(i, LOCK(b), 0)
#else
	skip
#endif
}

inline leave(i, b)
{
	release(i, SEQUENCE(b), 0);
	give_lock(i, b);
	busy[b] = false
}

/* bin_arm_owner (O6), if the bin was revoked and then left alone. */
inline rearm(i, b)
{
	load(i, FLOOR(b), bound);
	if
	:: loaded[b] != 0 && bound == REVOKED ->
		store(i, FLOOR(b), BASE(loaded[b]));
		store(i, LIMIT(b), END(loaded[b]))
	:: else
	fi;
	bound = 0
}

/* All objects in the slots of m, `n` of them, are in `from`, and nothing else is; they go `to`. Reads memory as it is. */
inline whole_magazine_moves(m, n, from, to)
{
	assert(n <= ROOM);
	slot = 0;
	do
	:: slot < n -> moves(memory[SLOT(BASE(m) + slot)], from, to); slot++
	:: else -> break
	od;
	slot = 0
}

inline nothing_left_in(from)
{
	other = 1;
	do
	:: other <= OBJECTS -> assert(where[other] != from); other++
	:: else -> break
	od;
	other = 0
}

hidden byte slot, other, m;

/* A magazine of the shared level for which `wanted` holds, with the loaded one left in its place: shard_get with what it leaves behind, and
 * shard_put with what it gives back, each in one step as it is under the stack's lock (handover.pml has the steps). done. */
inline exchange(i, b, wanted)
{
	atomic {
		PUBLISHED(i); /* shard.stack */
		d_step {
			done = false;
			m = 1;
			do
			:: m <= MAGAZINES && !(shared[m] && wanted) -> m++
			:: else -> break
			od;
			if
			:: m <= MAGAZINES ->
				if
				:: loaded[b] != 0 ->
					count[loaded[b]] = top - BASE(loaded[b]);
					whole_magazine_moves(loaded[b], count[loaded[b]], IN_BIN(b), IN_SHARED);
					nothing_left_in(IN_BIN(b));
					shared[loaded[b]] = true
				:: else
				fi;
				shared[m] = false;
				loaded[b] = m;
				whole_magazine_moves(m, count[m], IN_SHARED, IN_BIN(b));
				top = BASE(m) + count[m];
				count[m] = 0; /* while it is loaded top stands for it */
				done = true
			:: else
			fi;
			m = 0
		}
	};
	if
	:: done -> /* bin_load_owner; what bin_unload_owner revokes in between nobody can see: the lock is ours, the number odd */
		store(i, TOP(b), top);
		store(i, FLOOR(b), BASE(loaded[b]));
		store(i, LIMIT(b), END(loaded[b]))
	:: else
	fi
}

inline pop_slow(i, b)
{
	rearm(i, b);
	load(i, TOP(b), top);
	done = true;
	if
	:: loaded[b] == 0 || top == BASE(loaded[b]) -> exchange(i, b, count[m] > 0)
	:: else
	fi;
	if
	:: done ->
		load(i, SLOT(top - 1), object);
		moves(object, IN_BIN(b), HELD(i));
		store(i, TOP(b), top - 1)
	:: else
	fi;
	d_step { top = 0; object = 0 }
}

inline push_slow(i, b)
{
	rearm(i, b);
	load(i, TOP(b), top);
	done = true;
	if
	:: loaded[b] == 0 || top == END(loaded[b]) -> exchange(i, b, count[m] < ROOM)
	:: else
	fi;
	if
	:: done ->
		store(i, SLOT(top), mine);
		moves(mine, HELD(i), IN_BIN(b));
		store(i, TOP(b), top + 1)
	:: else
	fi;
	top = 0
}

/* --- past the pools: any object that jemalloc has, or none -------------------------------------------------------- */

inline get_past(i)
{
	d_step {
		other = 1;
		do
		:: other <= OBJECTS && where[other] != IN_JEMALLOC -> other++
		:: else -> break
		od;
		if
		:: other <= OBJECTS -> where[other] = HELD(i)
		:: else
		fi;
		other = 0
	}
}

inline put_past(i)
{
	moves(mine, HELD(i), IN_JEMALLOC)
}

/* --- malloc and free ---------------------------------------------------------------------------------------------- */

inline malloc(i, b)
{
	pop_fast(i, b);
	if
	:: done
	:: else ->
		TOGETHER {
			enter(i, b);
			if
			:: done ->
				pop_slow(i, b);
				leave(i, b)
			:: else
			fi
		};
		if
		:: done
		:: else -> get_past(i)
		fi
	fi;
	done = false
}

/* Frees `mine`, which thread i holds. */
inline free(i, b)
{
	push_fast(i, b);
	if
	:: done
	:: else ->
		TOGETHER {
			enter(i, b);
			if
			:: done ->
				push_slow(i, b);
				leave(i, b)
			:: else
			fi
		};
		if
		:: done
		:: else -> put_past(i)
		fi
	fi;
	d_step { done = false; mine = 0 }
}

/* What these need of the process that runs them. */
#define OWNER_LOCALS byte number, top, bound, object, mine; bool done

#define HOLDS(i) (where[1] == HELD(i) || where[2] == HELD(i) || where[3] == HELD(i))

/* The lowest object that thread i holds. */
inline choose_held(i)
{
	d_step {
		mine = 1;
		do
		:: mine <= OBJECTS && where[mine] != HELD(i) -> mine++
		:: else -> break
		od
	}
}
