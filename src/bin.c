#include "bin.h"

#include "sizeclass.h"

bool bin_pushes_closed;

#define FIRST_BYTES 2048u /* a class starts with magazines and refills of about this size … */
#define FIRST_ROOM 6u     /* … and at most this many objects */

static void **
get(void **const _Atomic *field)
{
	return atomic_load_explicit(field, memory_order_relaxed); /* sync: none, under the lock, or a figure */
}

static void
set(_Atomic(void **) *field, void **value)
{
	atomic_store_explicit(field, value, memory_order_relaxed); /* sync: none, the owner's own, or under the lock */
}

static uint64_t
sequence_of(const struct bin *b)
{
	return atomic_load_explicit(&b->sequence, memory_order_relaxed); /* sync: none, the owner's own, or a figure */
}

bool
bin_enter_owner(struct bin *b)
{
	uint64_t sequence = sequence_of(b);
	if (sequence & 1)
		return false;
	atomic_store_explicit(&b->sequence, sequence + 1, memory_order_relaxed); /* sync: none, drains are locked out */
	handler_fence();
	return true;
}

void
bin_leave_owner(struct bin *b, bool done)
{
	handler_fence();
	uint64_t sequence = done ? sequence_of(b) + 1 : sequence_of(b) - 1;
	atomic_store_explicit(&b->sequence, sequence, memory_order_release); /* sync: bin.operation */
}

void
bin_arm_owner(struct bin *b)
{
	struct magazine *m = bin_loaded(b);
	set(&b->floor, m->slots);
	set(&b->limit, bin_pushes_closed ? NULL : m->slots + m->room);
}

bool
bin_armed(const struct bin *b)
{
	return bin_loaded(b) != NULL && get(&b->floor) != BIN_REVOKED;
}

struct magazine *
bin_unload_owner(struct bin *b)
{
	struct magazine *m = bin_loaded(b);
	if (m != NULL)
		magazine_set_count(m, (size_t)(get(&b->top) - m->slots));
	bin_revoke(b);
	atomic_store_explicit(&b->loaded, NULL, memory_order_relaxed); /* sync: none, under the lock */
	return m;
}

struct magazine *
bin_load_owner(struct bin *b, struct magazine *m)
{
	struct magazine *old = bin_unload_owner(b);
	atomic_store_explicit(&b->loaded, m, memory_order_relaxed); /* sync: none, under the lock */
	set(&b->top, m->slots + magazine_count(m));
	bin_arm_owner(b);
	return old;
}

void
bin_revoke(struct bin *b)
{
	atomic_store_explicit(&b->floor, BIN_REVOKED, memory_order_relaxed); /* sync: drain.revoke, ordered by membarrier */
	atomic_store_explicit(&b->limit, NULL, memory_order_relaxed);        /* sync: drain.revoke, ordered by membarrier */
}

unsigned
bin_take_all(struct bin *b, struct magazine *out[2])
{
	unsigned n = 0;
	int64_t objects = 0;
	struct magazine *spare = bin_spare(b);

	bin_revoke(b);
	handler_fence(); /* where the caller is the owner, its handlers must go past the pools from here on */
	struct magazine *loaded = bin_unload_owner(b);
	if (loaded != NULL)
		out[n++] = loaded;
	if (spare != NULL)
		out[n++] = spare;
	for (unsigned i = 0; i < n; i++)
		objects += magazine_count(out[i]);
	bin_set_spare(b, NULL);
	bin_moved(b, -objects);
	return n;
}

/* --- what a slow path does to the loaded magazine ------------------------------------------------------------------ */

bool
bin_loaded_is_empty(const struct bin *b)
{
	const struct magazine *m = bin_loaded(b);
	return m == NULL || get(&b->top) == m->slots;
}

bool
bin_loaded_is_full(const struct bin *b)
{
	const struct magazine *m = bin_loaded(b);
	return m == NULL || get(&b->top) == m->slots + m->room;
}

void
bin_raise_top(struct bin *b, size_t n)
{
	set(&b->top, get(&b->top) + n);
	bin_moved(b, (int64_t)n);
}

void *
bin_pop_loaded(struct bin *b)
{
	void **top = get(&b->top) - 1;
	set(&b->top, top);
	return *top;
}

void
bin_push_loaded(struct bin *b, void *p)
{
	void **top = get(&b->top);
	*top = p;
	set(&b->top, top + 1);
}

/* --- how much it wants --------------------------------------------------------------------------------------------- */

static unsigned
first_room(unsigned c)
{
	return (unsigned)size_max(1, size_min(FIRST_BYTES / sizeclass_pool[c].size, size_min(FIRST_ROOM, magazine_room_max[c])));
}

void
bin_grow(struct bin *b, unsigned c)
{
	b->room = (uint16_t)size_min(b->room * 2u + 2u, magazine_room_max[c]);
}

void
bin_prepare(struct bin *b, unsigned c)
{
	if (unlikely(bin_loaded(b) == NULL)) { /* the first time, and after a drain */
		b->room = (uint16_t)size_max(b->room, first_room(c));
		b->refill = (uint16_t)size_max(b->refill, first_room(c));
		b->take = (uint16_t)size_max(b->take, 1);
	}
}

void
bin_reset(struct bin *b)
{
	atomic_store_explicit(&b->loaded, NULL, memory_order_relaxed); /* sync: none, nobody's */
	bin_set_spare(b, NULL);
	set(&b->top, NULL);
	set(&b->floor, NULL);
	set(&b->limit, NULL);
	b->refill = b->take = b->room = 0;
	atomic_store_explicit(&b->moved, 0, memory_order_relaxed);    /* sync: none, nobody's */
	atomic_store_explicit(&b->sequence, 0, memory_order_relaxed); /* sync: none, nobody's */
}

bool
bin_owner_outside(const struct bin *b)
{
	return (atomic_load_explicit(&b->sequence, memory_order_acquire) & 1) == 0; /* sync: bin.operation */
}

uint64_t
bin_objects(const struct bin *b)
{
	const struct magazine *loaded = bin_loaded(b), *spare = bin_spare(b);
	uint64_t n = spare ? magazine_count(spare) : 0;
	if (loaded != NULL) {
		ptrdiff_t inside = get(&b->top) - (void **)(uintptr_t)loaded->slots;
		n += inside > 0 && inside <= (ptrdiff_t)MAGAZINE_SLOTS_MAX ? (uint64_t)inside : 0; /* a reader may meet a change half-way */
	}
	return n;
}

void
bin_read(const struct bin *b, struct bin_figures *out)
{
	int64_t operations, net;
	uint64_t before;
	unsigned tries = 0;
	do { /* an owner at work can't be stopped for a figure: a few tries for one moment, then what there is */
		before = sequence_of(b);
		out->objects = bin_objects(b);
		net = atomic_load_explicit(&b->moved, memory_order_relaxed) - (int64_t)out->objects; /* sync: none, a figure */
		atomic_thread_fence(memory_order_acquire);
	} while (sequence_of(b) != before && ++tries < 8);
	operations = (int64_t)(before / 2);
	out->pops = operations + net > 0 ? (uint64_t)(operations + net) / 2 : 0;
	out->pushes = operations > net ? (uint64_t)(operations - net) / 2 : 0;
}
