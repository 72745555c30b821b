#include "single.h"

#include "plain.h"

#include <string.h>

#define EARLY_MAX 512

/* --- before the decision ------------------------------------------------------------------------------------------- */

static void *_Atomic early[EARLY_MAX];
static _Atomic unsigned early_used, early_live;

static void *
remember(void *p)
{
	unsigned i = p != NULL ? atomic_fetch_add_explicit(&early_used, 1, memory_order_relaxed) : EARLY_MAX; /* sync: none, a slot each */
	if (i < EARLY_MAX) {
		atomic_fetch_add_explicit(&early_live, 1, memory_order_relaxed);  /* sync: none, the decision publishes it */
		atomic_store_explicit(&early[i], p, memory_order_relaxed);        /* sync: none, the same */
	}
	return p;
}

/* Whether jemalloc has handed it out; a yes is given once. */
static bool
take_early(const void *p)
{
	if (likely(atomic_load_explicit(&early_live, memory_order_relaxed) == 0)) /* sync: none, the decision publishes it */
		return false;
	for (unsigned i = 0; i < EARLY_MAX; i++) {
		void *expected = (void *)(uintptr_t)p;
		/* sync: none, a block is freed by one */
		if (atomic_compare_exchange_strong_explicit(&early[i], &expected, NULL, memory_order_relaxed, memory_order_relaxed)) {
			atomic_fetch_sub_explicit(&early_live, 1, memory_order_relaxed); /* sync: none, a hint from here on */
			return true;
		}
	}
	return false;
}

static void *
early_malloc(size_t n)
{
	return remember(plain_malloc(n));
}

static void *
early_calloc(size_t count, size_t size)
{
	return remember(plain_zalloc(count * size));
}

static void *
early_realloc(void *p, size_t n)
{
	return remember(plain_realloc(p, n));
}

static void *
early_memalign(size_t alignment, size_t n)
{
	return remember(plain_aligned(alignment, n));
}

static size_t
early_usable_size(void *p)
{
	return plain_usable_size(p);
}

static const struct single_calls undecided = {
	early_malloc, early_calloc, early_realloc, plain_free, early_memalign, early_usable_size,
};

/* --- the decision --------------------------------------------------------------------------------------------------- */

static const struct single_calls *_Atomic others = &undecided; /* NULL: jemalloc */

static const struct single_calls *
handed_over(void)
{
	return atomic_load_explicit(&others, memory_order_acquire); /* sync: single.others */
}

void
single_settle(void)
{
	atomic_store_explicit(&others, NULL, memory_order_release); /* sync: single.others */
}

bool
single_hand_over(const struct single_calls *to)
{
	if (!to->malloc || !to->calloc || !to->realloc || !to->free || !to->memalign)
		return false;
	atomic_store_explicit(&others, to, memory_order_release); /* sync: single.others */
	return true;
}

/* --- the calls ------------------------------------------------------------------------------------------------------ */

void *
single_malloc(size_t n)
{
	const struct single_calls *to = handed_over();
	return likely(to == NULL) ? plain_malloc(n) : to->malloc(n);
}

void *
single_zalloc(size_t n)
{
	const struct single_calls *to = handed_over();
	return likely(to == NULL) ? plain_zalloc(n) : to->calloc(1, n);
}

void *
single_aligned(size_t alignment, size_t n)
{
	const struct single_calls *to = handed_over();
	return likely(to == NULL) ? plain_aligned(alignment, n) : to->memalign(alignment, n);
}

/* A block of jemalloc's. The old one stays as it was when there is no memory. */
static COLD void *
move_to(const struct single_calls *to, void *p, size_t n)
{
	void *fresh = to->malloc(n);
	if (fresh != NULL) {
		memcpy(fresh, p, size_min(plain_usable_size(p), n));
		plain_free(p);
	} else {
		remember(p);
	}
	return fresh;
}

void *
single_realloc(void *p, size_t n)
{
	const struct single_calls *to = handed_over();
	if (likely(to == NULL))
		return plain_realloc(p, n);
	return take_early(p) && to != &undecided ? move_to(to, p, n) : to->realloc(p, n);
}

void
single_free(void *p)
{
	const struct single_calls *to = handed_over();
	if (likely(to == NULL) || take_early(p))
		plain_free(p);
	else
		to->free(p);
}

static bool
is_early(const void *p)
{
	for (unsigned i = 0; i < EARLY_MAX; i++)
		if (atomic_load_explicit(&early[i], memory_order_relaxed) == p) /* sync: none, the caller has the block */
			return true;
	return false;
}

size_t
single_usable_size(const void *p)
{
	const struct single_calls *to = handed_over();
	if (likely(to == NULL) || is_early(p))
		return plain_usable_size(p);
	return to->usable_size != NULL ? to->usable_size((void *)(uintptr_t)p) : 0;
}
