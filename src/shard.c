#include "shard.h"

#include "cpu.h"
#include "meta.h"
#include "sizeclass.h"

#include <sched.h>

struct CACHE_ALIGNED stack {
	_Atomic uint32_t taken;
	_Atomic uint32_t objects, victim_objects; /* written under the lock, read by anyone */
	struct magazine *full, *victim, *empty;
	bool wanted; /* something was got here since the last rotation; under the lock */
};

static struct stack *stacks; /* [shard][pool] */

#define TRIES 64

static struct stack *
stack_at(unsigned shard, unsigned c)
{
	return &stacks[(size_t)shard * (sizeclass_pools + 1) + c];
}

bool
shard_init(void)
{
	stacks = meta_forever(sizeof *stacks * cpu_shards * (sizeclass_pools + 1));
	return stacks != NULL;
}

/* --- the try-lock -------------------------------------------------------------------------------------------------- */

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#endif
}

static bool
try_once(struct stack *s)
{
	return atomic_exchange_explicit(&s->taken, 1, memory_order_acquire) == 0; /* sync: shard.stack */
}

static bool
try_lock(struct stack *s)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (try_once(s))
			return true;
		relax();
	}
	return false;
}

static void
wait_lock(struct stack *s)
{
	while (!try_lock(s))
		sched_yield();
}

static void
unlock(struct stack *s)
{
	atomic_store_explicit(&s->taken, 0, memory_order_release); /* sync: shard.stack */
}

/* --- lists and their sums ------------------------------------------------------------------------------------------ */

static uint32_t
figure(const _Atomic uint32_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed); /* sync: none, a figure or a hint outside of the lock */
}

static void
add(_Atomic uint32_t *n, size_t delta)
{
	atomic_store_explicit(n, (uint32_t)(figure(n) + delta), memory_order_relaxed); /* sync: none, we hold the lock */
}

static void
push(struct magazine **list, struct magazine *m)
{
	m->next = *list;
	*list = m;
}

static struct magazine *
pop(struct magazine **list)
{
	struct magazine *m = *list;
	if (m != NULL)
		*list = m->next;
	return m;
}

/* --- get and put --------------------------------------------------------------------------------------------------- */

struct magazine *
shard_get(unsigned home, unsigned c, struct magazine *empty, enum shard_level *level)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct stack *s = stack_at((home + i) % cpu_shards, c);
		if (figure(&s->objects) == 0 || !try_lock(s))
			continue;
		struct magazine *m = pop(&s->full);
		if (m != NULL) {
			s->wanted = true;
			add(&s->objects, -(size_t)magazine_count(m));
			if (empty != NULL)
				push(&s->empty, empty);
		}
		unlock(s);
		if (m != NULL) {
			*level = i == 0 ? SHARD_OWN : SHARD_STOLEN;
			return m;
		}
	}
	return NULL;
}

bool
shard_put(unsigned home, unsigned c, struct magazine *m, struct magazine **empty)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct stack *s = stack_at((home + i) % cpu_shards, c);
		if (!try_lock(s))
			continue;
		push(&s->full, m);
		add(&s->objects, magazine_count(m));
		*empty = pop(&s->empty);
		unlock(s);
		return true;
	}
	return false;
}

static size_t
take_victims_locked(struct stack *s, void **out, size_t most)
{
	size_t n = 0;
	while (n < most && s->victim != NULL) {
		struct magazine *m = s->victim;
		unsigned left = magazine_count(m);
		while (left > 0 && n < most)
			out[n++] = m->slots[--left];
		magazine_set_count(m, left);
		if (left == 0)
			push(&s->empty, pop(&s->victim));
	}
	s->wanted |= n > 0;
	add(&s->victim_objects, -n);
	return n;
}

size_t
shard_get_victims(unsigned home, unsigned c, void **out, size_t most)
{
	for (unsigned i = 0; i < cpu_shards; i++) {
		struct stack *s = stack_at((home + i) % cpu_shards, c);
		if (figure(&s->victim_objects) == 0 || !try_lock(s))
			continue;
		size_t n = take_victims_locked(s, out, most);
		unlock(s);
		if (n > 0)
			return n;
	}
	return 0;
}

/* --- rotation ------------------------------------------------------------------------------------------------------ */

struct magazine *
shard_age(unsigned shard, unsigned c, bool spare_wanted)
{
	struct stack *s = stack_at(shard, c);
	struct magazine *out = NULL, *m;

	wait_lock(s);
	while ((m = pop(&s->victim)) != NULL)
		push(&out, m);
	while ((m = pop(&s->empty)) != NULL)
		push(&out, m);
	if (spare_wanted && !s->wanted)
		while ((m = pop(&s->full)) != NULL) {
			add(&s->objects, -(size_t)magazine_count(m));
			push(&out, m);
		}
	s->wanted = false;
	s->victim = s->full;
	s->full = NULL;
	atomic_store_explicit(&s->victim_objects, figure(&s->objects), memory_order_relaxed); /* sync: none, we hold the lock */
	atomic_store_explicit(&s->objects, 0, memory_order_relaxed);                          /* sync: none, we hold the lock */
	unlock(s);
	return out;
}

void
shard_add_victim(unsigned shard, unsigned c, struct magazine *m)
{
	struct stack *s = stack_at(shard, c);
	wait_lock(s);
	push(magazine_count(m) > 0 ? &s->victim : &s->empty, m);
	add(&s->victim_objects, magazine_count(m));
	unlock(s);
}

void
shard_adopt(unsigned shard, unsigned c, struct magazine *m)
{
	struct stack *s = stack_at(shard, c);
	wait_lock(s);
	push(magazine_count(m) > 0 ? &s->full : &s->empty, m);
	add(&s->objects, magazine_count(m));
	unlock(s);
}

void
shard_figures(unsigned c, uint64_t *objects, uint64_t *victims)
{
	*objects = *victims = 0;
	for (unsigned i = 0; stacks != NULL && i < cpu_shards; i++) {
		*objects += figure(&stack_at(i, c)->objects);
		*victims += figure(&stack_at(i, c)->victim_objects);
	}
	*objects += *victims;
}
