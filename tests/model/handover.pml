/*
 * handover - the shared level of src/shard.h: two shards, each a stack with a try-lock, between threads and the rotation.
 *
 *   Owner        at shard 0 frees and allocates: shard_put, shard_get, shard_get_victims, backend_fetch; magazine_new when it has
 *                no empty one
 *   Thief        at shard 1, which nobody fills: allocates what it can steal or finds among the victims, and frees it
 *   Epoch        ROTATIONS times: shard_age of both shards and the release of what it gives; then a magazine that was drained
 *                comes to the victims (shard_add_victim)
 *
 *   L1 try_once   L2 the lists, one step a store: pop, push   L3 the sums   L4 unlock (a release: the lists are only touched
 *   under the lock, so memory may be taken as it is)
 *
 * Properties: each object is in one place only (GAIN), always; S1, S2, S3 and S4 of shard.h at every unlock and at the end, when
 * all magazines and objects are looked for; nobody waits for ever. A lock that is taken is passed by, except by the rotation.
 */
#ifndef OPERATIONS
#define OPERATIONS 3
#endif
#ifndef STEALS
#define STEALS 2
#endif
#ifndef ROTATIONS
#define ROTATIONS 2
#endif
#define SHARDS 2
#define MAGAZINES 3
#define ALL 7 /* three objects, one bit each */

#define FULL(s) (3 * (s))
#define VICTIM(s) (3 * (s) + 1)
#define EMPTY(s) (3 * (s) + 2)

bool taken[SHARDS];
byte head[3 * SHARDS];
byte objects[SHARDS], victims[SHARDS]; /* the sums that are read without the lock */
byte next[MAGAZINES + 1], content[MAGAZINES + 1];
bool unmade[MAGAZINES + 1];            /* magazine_new has them */

byte jemalloc = 1;                     /* objects that are nowhere else */
byte held[2], in_hand[2];              /* what the program has of each thread; the empty magazine of its bin */
byte finished;

#define OWNER 0
#define THIEF 1

#define HOW_MANY(bits) (((bits) & 1) + (((bits) >> 1) & 1) + (((bits) >> 2) & 1))
#define EVERYWHERE (jemalloc | held[0] | held[1] | content[1] | content[2] | content[3])
#define SUM_OF_ALL (jemalloc + held[0] + held[1] + content[1] + content[2] + content[3])

/* Bits that the receiver has already were in two places. */
inline gain(to, bits)
{
	assert(((to) & (bits)) == 0);
	to = to | (bits)
}

hidden byte walk, sum, found;

inline count_list(h)
{
	walk = head[h];
	sum = 0;
	found = 0;
	do
	:: walk != 0 ->
		sum = sum + HOW_MANY(content[walk]);
		found++;
		assert(found <= MAGAZINES);
		walk = next[walk]
	:: else -> break
	od
}

/* --- the lock ------------------------------------------------------------------------------------------------------ */

#ifdef MUTANT_LOCK_TESTED_THEN_SET
inline try_lock(s)
{
	got = !taken[s];
	if
	:: got -> taken[s] = true
	:: else
	fi
}
#else
inline try_lock(s)
{
	d_step { got = !taken[s]; taken[s] = true }                                     /* L1 */
}
#endif

inline wait_lock(s)
{
	atomic { !taken[s] -> taken[s] = true }
}

inline unlock(s)
{
	d_step {
		count_list(FULL(s));
		assert(sum == objects[s]);                                              /* S4 */
		count_list(VICTIM(s));
		assert(sum == victims[s]);
		count_list(EMPTY(s));
		assert(sum == 0);                                                       /* S3 */
		walk = 0; sum = 0; found = 0;
		taken[s] = false                                                        /* L4 */
	}
}

inline pop(h, m)
{
	m = head[h];                                                                    /* L2 */
	if
	:: m != 0 -> head[h] = next[m]
	:: else
	fi
}

inline push(h, m)
{
	next[m] = head[h];
	head[h] = m
}

/* --- get and put --------------------------------------------------------------------------------------------------- */

/* shard_get from shard s by thread t, whose empty magazine, if any, is left in place of the full one. */
inline get(t, s)
{
	got = false;
	if
	:: objects[s] == 0
	:: else ->
#ifdef MUTANT_GET_WITHOUT_LOCK
		got = true
#else
		try_lock(s)
#endif
	fi;
	if
	:: got ->
		pop(FULL(s), magazine);
		if
		:: magazine != 0 ->
#ifndef MUTANT_SUM_NOT_LOWERED
			objects[s] = objects[s] - HOW_MANY(content[magazine]);          /* L3 */
#endif
			if
			:: in_hand[t] != 0 ->
#ifndef MUTANT_EXCHANGE_FORGETS_THE_EMPTY
				push(EMPTY(s), in_hand[t]);
#endif
#ifndef MUTANT_EMPTY_LEFT_AND_KEPT
				in_hand[t] = 0
#endif
			:: else
			fi
		:: else
		fi;
#ifdef MUTANT_UNLOCK_FORGOTTEN_WHEN_EMPTY
		if
		:: magazine != 0 -> unlock(s)
		:: else
		fi
#else
		unlock(s)
#endif
		;
		got = false;
		if
		:: magazine != 0 -> d_step { /* the bin's now: the program gets all of it, and the magazine is empty */
			gain(held[t], content[magazine]);
			content[magazine] = 0;
			if
			:: in_hand[t] == 0 -> in_hand[t] = magazine
			:: else -> unmade[magazine] = true /* magazine_free */
			fi;
			magazine = 0;
			got = true
		}
		:: else
		fi
	:: else
	fi
}

/* shard_get_victims: one object. */
inline get_victim(t, s)
{
	got = false;
	if
	:: victims[s] == 0
	:: else -> try_lock(s)
	fi;
	if
	:: got ->
		got = false;
		magazine = head[VICTIM(s)];
		if
		:: magazine != 0 ->
			one = content[magazine] & -content[magazine];
			gain(held[t], one);
#ifndef MUTANT_VICTIM_COUNT_NOT_SET
			content[magazine] = content[magazine] & ~one;
#endif
			one = 0;
			victims[s]--;
			if
			:: content[magazine] == 0 ->
#ifdef MUTANT_EMPTIED_VICTIM_STAYS
				push(EMPTY(s), magazine)
#else
				pop(VICTIM(s), magazine);
				push(EMPTY(s), magazine)
#endif
			:: else
			fi;
			magazine = 0;
			got = true
		:: else
		fi;
		unlock(s)
	:: else
	fi
}

/* shard_put of all that thread t holds, in its magazine; an empty one comes back, or none. */
inline put(t, s)
{
	try_lock(s);
	if
	:: got ->
		magazine = in_hand[t];
		d_step { content[magazine] = held[t]; held[t] = 0 };
		push(FULL(s), magazine);
		objects[s] = objects[s] + HOW_MANY(content[magazine]);
#ifdef MUTANT_EMPTY_SEEN_NOT_POPPED
		in_hand[t] = head[EMPTY(s)];
#else
		pop(EMPTY(s), in_hand[t]);
#endif
		magazine = 0;
		unlock(s)
	:: else
	fi
}

inline make(t)
{
	d_step {
		if
		:: in_hand[t] == 0 && unmade[1] -> in_hand[t] = 1; unmade[1] = false
		:: in_hand[t] == 0 && unmade[2] -> in_hand[t] = 2; unmade[2] = false
		:: in_hand[t] == 0 && unmade[3] -> in_hand[t] = 3; unmade[3] = false
		:: else
		fi
	}
}

/* The own shard, the other's, the victims of both, jemalloc. */
inline allocate(t, own, others)
{
	get(t, own);
	if
	:: !got -> get(t, others)
	:: else
	fi;
	if
	:: !got -> get_victim(t, own)
	:: else
	fi;
	if
	:: !got -> get_victim(t, others)
	:: else
	fi;
	if
	:: !got -> d_step {
		one = jemalloc & -jemalloc;
		gain(held[t], one);
		jemalloc = jemalloc & ~one;
		one = 0
	}
	:: else
	fi;
	got = false
}

/* The own shard, or the next whose lock is free; with none free or no magazine to be had, back to jemalloc. */
inline leave(t, own, others)
{
	make(t);
	got = false;
	if
	:: in_hand[t] != 0 ->
		put(t, own);
		if
		:: !got -> put(t, others)
		:: else
		fi
	:: else
	fi;
	d_step {
		gain(jemalloc, held[t]); /* nothing, when it was put */
		held[t] = 0;
		got = false
	}
}

#define THREAD_LOCALS byte magazine, one; bool got

proctype Owner()
{
	THREAD_LOCALS;
	byte n;
	for (n : 1 .. OPERATIONS) {
		if
		:: held[OWNER] != 0 -> leave(OWNER, 0, 1)
		:: allocate(OWNER, 0, 1)
		fi
	}
	finished++
}

proctype Thief()
{
	THREAD_LOCALS;
	byte n;
	for (n : 1 .. STEALS) {
		if
		:: held[THIEF] != 0 -> leave(THIEF, 1, 0)
		:: else -> allocate(THIEF, 1, 0)
		fi
	}
	finished++
}

/* --- rotation ------------------------------------------------------------------------------------------------------ */

inline take_list(h)
{
	do
	:: head[h] != 0 -> pop(h, magazine); next[magazine] = out; out = magazine; magazine = 0
	:: else -> break
	od
}

inline age(s)
{
#ifndef MUTANT_AGED_WITHOUT_LOCK
	wait_lock(s);
#endif
#ifndef MUTANT_VICTIMS_DROPPED
	take_list(VICTIM(s));
#endif
	take_list(EMPTY(s));
	head[VICTIM(s)] = head[FULL(s)];
#ifndef MUTANT_FULL_STAYS_WHERE_IT_IS
	head[FULL(s)] = 0;
#endif
	victims[s] = objects[s];
	objects[s] = 0;
	unlock(s);
	do
	:: out != 0 -> d_step { /* backend_release, magazine_free */
		magazine = out;
		out = next[magazine];
		next[magazine] = 0;
		gain(jemalloc, content[magazine]);
		content[magazine] = 0;
		unmade[magazine] = true;
		magazine = 0
	}
	:: else -> break
	od
}

proctype Epoch()
{
	byte n, s, magazine = 3, out, drained = 3;
	for (n : 1 .. ROTATIONS) {
		for (s : 0 .. SHARDS - 1) {
			magazine = 0;
			age(s)
		}
		if
		:: drained != 0 ->
			wait_lock(0);
			push(VICTIM(0), drained);
			victims[0] = victims[0] + HOW_MANY(content[drained]);
			drained = 0;
			unlock(0)
		:: else
		fi
	}
	finished++
}

/* Everything can be found, once. */
inline find_all()
{
	assert(EVERYWHERE == ALL && SUM_OF_ALL == ALL);
	all = 0;
	for (each : 0 .. 3 * SHARDS - 1) {
		count_list(each);
		all = all + found
	}
	for (each : 1 .. MAGAZINES) {
		all = all + unmade[each]
	}
	all = all + (in_hand[0] != 0) + (in_hand[1] != 0);
	assert(all == MAGAZINES)                                                        /* S1 */
}

/* Magazine 1 with an object is in the owner's shard, 2 is the owner's empty one, 3 has what a drain will have found. */
init {
	byte each, all;
	atomic {
		content[1] = 2;
		head[FULL(0)] = 1;
		objects[0] = 1;
		in_hand[OWNER] = 2;
		content[3] = 4;
		run Owner();
		run Thief();
		run Epoch()
	};
	d_step { finished == 3 -> find_all() }
}
