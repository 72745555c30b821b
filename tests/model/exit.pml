/*
 * exit - the end of a thread while its cache is drained, and the next thread that gets the cache (src/thread.c).
 *
 *   Thread 0, 1    attach (take_cache), OPERATIONS mallocs and frees, and end (thread_end, retire), LIVES times each; there is one
 *                  cache for both, so each end is followed by a reuse, and who finds none goes past the pools
 *   Handler        interrupts thread 0 once between any two steps of its end, and allocates (thread 0 does nothing else then: a
 *                  handler in its operations is in drain.pml)
 *   Epoch          DRAINS times drain_all, as in drain.pml
 *
 *   X1  thread_bins = thread_no_bins       from here on the thread's own handlers find no bins
 *   X2  the registry's lock                X3  the cache's lock: a drain that has it is waited for (F5 of drain.h)
 *   X4  thread_give_up, as the owner       X5  clear_cache: the bin as new     X6  unlock
 *   X7  the cache to the list of unused ones, and the registry unlocked
 *
 * Property as in owner.pml, T2 of thread.h (whoever attaches finds a cache with no magazine), and at the end everybody has ended: no
 * end waits for ever.
 */
#ifndef OPERATIONS
#define OPERATIONS 1
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifndef HANDLERS
#define HANDLERS 1
#endif
#ifndef DRAINS
#define DRAINS 1
#endif
#define ROOM 1
#define THREADS 2
#define BINS 1
#define MAGAZINES 2
#define OBJECTS 2

#include "owner.pml"

#define CACHE 0 /* the one cache, and its bin */

bool interrupted[THREADS];
bool has_bins[THREADS]; /* thread_bins points at the cache */
bool unused = false;    /* the list of unused caches, under the registry's lock */
bool locked, over;

inline take_lock(i, p)
{
	atomic { FENCED(i) && memory[p] == 0 -> memory[p] = 1 }
}

inline operate(i)
{
	if
	:: has_bins[i] && !HOLDS(i) -> malloc(i, CACHE)
	:: has_bins[i] && HOLDS(i) -> choose_held(i); free(i, CACHE)
	:: !has_bins[i] -> get_past(i)
	fi
}

inline attach(i)
{
	take_lock(i, REGISTRY);
	if
	:: unused ->
		assert(loaded[CACHE] == 0);
		unused = false;
		release(i, REGISTRY, 0);
		has_bins[i] = true
	:: else -> release(i, REGISTRY, 0)
	fi
}

inline clear(i)
{
	store(i, TOP(CACHE), 0);
	store(i, FLOOR(CACHE), 0);
	store(i, LIMIT(CACHE), 0);
	store(i, SEQUENCE(CACHE), 0);
	busy[CACHE] = false
}

inline finish(i)
{
#ifndef MUTANT_BINS_NOT_WITHDRAWN
	has_bins[i] = false;                                                            /* X1 */
#endif
	take_lock(i, REGISTRY);                                                         /* X2 */
#ifdef MUTANT_UNUSED_BEFORE_GIVEN_UP
	unused = true;
	release(i, REGISTRY, 0);
#endif
#ifndef MUTANT_EXIT_WITHOUT_LOCK
	take_lock(i, LOCK(CACHE));                                                      /* X3 */
#endif
	give_up(i, CACHE);                                                              /* X4 */
	assert(number == 0 && loaded[CACHE] == 0);
	clear(i);                                                                       /* X5 */
#if !defined(MUTANT_EXIT_WITHOUT_LOCK) && !defined(MUTANT_EXIT_KEEPS_LOCK)
	release(i, LOCK(CACHE), 0);                                                     /* X6 */
#endif
#ifndef MUTANT_UNUSED_BEFORE_GIVEN_UP
	unused = true;                                                                  /* X7 */
	release(i, REGISTRY, 0)
#endif
}

proctype Thread(byte me) provided (!interrupted[me])
{
	OWNER_LOCALS;
	byte n, life;
	for (life : 1 .. LIVES) {
		if
		:: has_bins[me]
		:: else -> attach(me)
		fi;
		for (n : 1 .. OPERATIONS * (me > 0 || HANDLERS == 0)) {
			operate(me)
		}
		if
		:: has_bins[me] -> finish(me)
		:: else
		fi
	}
	if
	:: me == 0 -> over = true
	:: else
	fi
}

proctype Handler(byte me)
{
	OWNER_LOCALS;
	byte n;
end:	do
	:: n < HANDLERS && !over ->
		interrupted[me] = true;
		n++;
		if
		:: has_bins[me] -> malloc(me, CACHE)
		:: else -> get_past(me)
		fi;
		interrupted[me] = false
	:: n == HANDLERS || over -> break
	od
}

inline try_lock()
{
	atomic {
		if
		:: memory[LOCK(CACHE)] == 0 -> memory[LOCK(CACHE)] = 1; locked = true
		:: else
		fi
	}
}

inline unlock()
{
	locked = false;
	memory[LOCK(CACHE)] = 0
}

proctype Epoch()
{
	byte n, each;
	for (n : 1 .. DRAINS) {
		try_lock();
		if
		:: locked ->                                                            /* D1 */
			if
			:: loaded[CACHE] != 0 -> memory[FLOOR(CACHE)] = REVOKED; memory[LIMIT(CACHE)] = 0
			:: else
			fi;
			revoked[CACHE] = true;
			unlock();
			for (each : 0 .. THREADS - 1) {                                 /* D2 */
#ifndef MUTANT_NO_MEMBARRIER
				empty_buffer(each)
#else
				skip
#endif
			}
			each = 0;
			try_lock()
		:: else
		fi;
		if
		:: locked ->
			if
#ifdef MUTANT_REVOKED_NOT_LOOKED_AT
			:: memory[SEQUENCE(CACHE)] == 0 && loaded[CACHE] != 0 ->
#else
			:: revoked[CACHE] && memory[SEQUENCE(CACHE)] == 0 && loaded[CACHE] != 0 -> /* D3 */
#endif
				count[loaded[CACHE]] = memory[TOP(CACHE)] - BASE(loaded[CACHE]);
				d_step {
					whole_magazine_moves(loaded[CACHE], count[loaded[CACHE]], IN_BIN(CACHE), IN_SHARED);
					nothing_left_in(IN_BIN(CACHE))
				};
				shared[loaded[CACHE]] = true;                           /* D4 */
				loaded[CACHE] = 0;
				revoked[CACHE] = false
			:: revoked[CACHE] && memory[SEQUENCE(CACHE)] == 0 && loaded[CACHE] == 0 -> revoked[CACHE] = false
			:: else
			fi;
			unlock()
		:: else
		fi
	}
}

/* Thread 0 has the cache, with magazine 1 and object 1 in it. */
init {
	atomic {
		has_bins[0] = true;
		loaded[CACHE] = 1;
		where[1] = IN_BIN(CACHE);
		memory[SLOT(BASE(1))] = 1;
		memory[TOP(CACHE)] = BASE(1) + 1;
		memory[FLOOR(CACHE)] = BASE(1);
		memory[LIMIT(CACHE)] = END(1);
		shared[2] = true;
		run Thread(0);
		run Thread(1);
		run Machine(0);
		run Machine(1);
		if
		:: HANDLERS > 0 -> run Handler(0)
		:: else
		fi;
		run Epoch()
	}
}
