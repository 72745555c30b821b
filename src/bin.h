/*
 * bin - one thread's magazines of one pool, and the operation that malloc and free consist of.
 *
 * The owner pops and pushes without a lock, without a fence and without an atomic instruction; another thread may still take
 * away what lies here (drain.h has the argument). Both follow from these rules:
 *
 *   - Every operation of the owner is bracketed by `sequence`: odd while inside, even while outside. Plain stores; the closing
 *     one is a release, so that whoever sees an even number also sees all that was stored before it.
 *   - A bin is *revoked* by floor = the largest address and limit = NULL. Then neither a pop nor a push can succeed, and the owner
 *     goes to its slow path, where it finds its cache's lock taken or takes it.
 *   - Only the owner arms a bin again, in its slow path, under its cache's lock. (A drain that armed it would let the owner meet
 *     a new floor with an old top: an object handed out twice.)
 *   - A signal handler that finds the number odd has interrupted an operation on this very bin, and goes past the pools.
 *
 * Owns        the two magazines `loaded` and `spare`. While a magazine is loaded its objects are slots[0 .. top - slots)
 * Callers     bin_pop_owner, bin_push_owner: the owner, also in a signal handler; the rest: under the cache's lock, by the owner
 *             or after a drain's proof
 * Invariants  B1 armed ⇒ floor = loaded->slots and floor ≤ top ≤ loaded->slots + loaded->room
 *             B2 limit = loaded->slots + loaded->room, or NULL where every free has to take the slow path (TIDEPOOL_RESET)
 *             B3 loaded == NULL ⇒ not armed, and top means nothing
 *             B4 sequence / 2 = pops + pushes, those of the slow path too;  moved = objects laid in − objects taken out otherwise (by
 *                refills, exchanges and drains); so pops − pushes = moved − objects in the bin, and both counts follow: a thread's
 *                statistics are free
 * Edges       bin.operation   closing store of sequence (release) -> load of it by a drain (acquire)
 * Fails       false: take the slow path
 */
#ifndef TIDEPOOL_BIN_H
#define TIDEPOOL_BIN_H

#include "base.h"
#include "magazine.h"

struct CACHE_ALIGNED bin {
	_Atomic uint64_t sequence;          /* written by the owner */
	_Atomic(void **) top;               /* the next free slot; written by the owner, or by a drain after its proof */
	_Atomic(void **) floor;             /* written by the owner when it arms, by others when they revoke */
	_Atomic(void **) limit;             /* likewise */
	_Atomic(struct magazine *) loaded;  /* under the cache's lock; read by anyone for figures */
	_Atomic(struct magazine *) spare;   /* likewise: empty, full, or what is left of a full one */
	uint16_t refill;                    /* objects that the next miss fetches */
	uint16_t take;                      /* objects that the next hit in the victims takes */
	uint16_t room;                      /* of the next magazine that is made */
	uint16_t unused;
	_Atomic int64_t moved;              /* under the cache's lock; read by anyone for figures */
};

_Static_assert(sizeof(struct bin) == CACHE_LINE, "a bin is one cache line");

#define BIN_REVOKED ((void **)UINTPTR_MAX)

/* True: frees may never take the fast path (set once, before the first bin is armed). */
extern bool bin_pushes_closed;

/* --- the owner's operations: the whole of malloc and free when all goes well ---------------------------------------- */

INLINE HOT bool
bin_pop_owner(struct bin *b, void **out)
{
	uint64_t sequence = atomic_load_explicit(&b->sequence, memory_order_relaxed); /* sync: none, our own */
	if (unlikely(sequence & 1))
		return false;
	atomic_store_explicit(&b->sequence, sequence + 1, memory_order_relaxed); /* sync: drain.revoke, ordered by membarrier */
	handler_fence();
	void **top = atomic_load_explicit(&b->top, memory_order_relaxed); /* sync: none, our own while we are inside */
	if (likely(top > load_operand(&b->floor))) { /* sync: drain.revoke */
		void *p = *--top;
		atomic_store_explicit(&b->top, top, memory_order_relaxed); /* sync: none, as above */
		handler_fence();
		atomic_store_explicit(&b->sequence, sequence + 2, memory_order_release); /* sync: bin.operation */
		*out = p;
		return true;
	}
	handler_fence();
	atomic_store_explicit(&b->sequence, sequence, memory_order_release); /* sync: bin.operation; nothing happened */
	return false;
}

INLINE HOT bool
bin_push_owner(struct bin *b, void *p)
{
	uint64_t sequence = atomic_load_explicit(&b->sequence, memory_order_relaxed); /* sync: none, our own */
	if (unlikely(sequence & 1))
		return false;
	atomic_store_explicit(&b->sequence, sequence + 1, memory_order_relaxed); /* sync: drain.revoke, ordered by membarrier */
	handler_fence();
	void **top = atomic_load_explicit(&b->top, memory_order_relaxed); /* sync: none, our own while we are inside */
	if (likely(top < load_operand(&b->limit))) { /* sync: drain.revoke */
		*top++ = p;
		atomic_store_explicit(&b->top, top, memory_order_relaxed); /* sync: none, as above */
		handler_fence();
		atomic_store_explicit(&b->sequence, sequence + 2, memory_order_release); /* sync: bin.operation */
		return true;
	}
	handler_fence();
	atomic_store_explicit(&b->sequence, sequence, memory_order_release); /* sync: bin.operation; nothing happened */
	return false;
}

/* --- the slow path's brackets: keeps handlers off this bin. False: we are such a handler ----------------------------- */

bool bin_enter_owner(struct bin *b);
void bin_leave_owner(struct bin *b, bool done); /* done: one object was popped or pushed, and counts as the operation (B4) */

/* --- under the cache's lock ----------------------------------------------------------------------------------------- */

/* Makes pops and pushes possible (again) on what is loaded. Only the owner. */
void bin_arm_owner(struct bin *b);
bool bin_armed(const struct bin *b);

/* Makes m the loaded magazine, armed; returns what was loaded before (its count set), or NULL. Only the owner. */
struct magazine *bin_load_owner(struct bin *b, struct magazine *m);

/* Takes the loaded magazine out, its count set; NULL when there is none. Only the owner. */
struct magazine *bin_unload_owner(struct bin *b);

/* Makes pops and pushes impossible. Anyone who holds the cache's lock. */
void bin_revoke(struct bin *b);

/* Takes both magazines out, counts set; the caller is the owner or has proof that it is outside. Returns how many (0 … 2). */
unsigned bin_take_all(struct bin *b, struct magazine *out[2]);

/* As new: nobody's, empty, its figures zero. What it held, if anything, is given up. */
void bin_reset(struct bin *b);

/* Even: the owner is outside, and all that it did before is visible. */
bool bin_owner_outside(const struct bin *b);

/* Of what is loaded, by the owner in its slow path. Nothing loaded is empty, and full. */
bool bin_loaded_is_empty(const struct bin *b);
bool bin_loaded_is_full(const struct bin *b);
void *bin_pop_loaded(struct bin *b);           /* these two are what the slow path is left with `done` for */
void bin_push_loaded(struct bin *b, void *p);
void bin_raise_top(struct bin *b, size_t n); /* n objects have been laid into the slots from top on */

/* How much the bin wants of its next magazine, refill and take: little at first, doubled while the class goes on asking. */
void bin_prepare(struct bin *b, unsigned c);
void bin_grow(struct bin *b, unsigned c);

/* --- figures; anyone ------------------------------------------------------------------------------------------------- */

struct bin_figures {
	uint64_t pops, pushes;   /* on either path */
	uint64_t objects;        /* in both magazines */
};
void bin_read(const struct bin *b, struct bin_figures *out);

/* Objects in both magazines. */
uint64_t bin_objects(const struct bin *b);

INLINE struct magazine *
bin_loaded(const struct bin *b)
{
	return atomic_load_explicit(&b->loaded, memory_order_relaxed); /* sync: none, under the lock, or a figure */
}

INLINE struct magazine *
bin_spare(const struct bin *b)
{
	return atomic_load_explicit(&b->spare, memory_order_relaxed); /* sync: none, under the lock, or a figure */
}

INLINE void
bin_set_spare(struct bin *b, struct magazine *m)
{
	atomic_store_explicit(&b->spare, m, memory_order_relaxed); /* sync: none, under the lock */
}

INLINE void
bin_moved(struct bin *b, int64_t n)
{
	int64_t moved = atomic_load_explicit(&b->moved, memory_order_relaxed); /* sync: none, under the lock */
	atomic_store_explicit(&b->moved, moved + n, memory_order_relaxed);     /* sync: none, under the lock */
}

#endif
