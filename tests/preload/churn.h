/*
 * churn.h - threads that allocate and free mixed pooled sizes until they are told to stop, and look at every block's content.
 */
#ifndef TIDEPOOL_PRELOAD_CHURN_H
#define TIDEPOOL_PRELOAD_CHURN_H

#include <pthread.h>

#include "check.h"

#define CHURNED 128 /* blocks that each thread holds at most */

struct churn {
	pthread_t thread;
	unsigned seed, mark; /* no two threads write the same bytes */
	int stop;
	unsigned long operations; /* written by the thread, read by anyone */
};

static inline size_t
churn_size(unsigned slot)
{
	return ((size_t)16 << slot % 9) + slot % 13; /* 16 … 4 KiB */
}

static inline void
churn_step(void **at, unsigned *seed, unsigned mark)
{
	*seed = *seed * 1103515245u + 12345u;
	unsigned slot = (*seed >> 10) % CHURNED;
	size_t n = churn_size(slot), seen = n < 48 ? n : 48;
	if (at[slot] != NULL) {
		check(holds(at[slot], seen, mark + slot));
		free(at[slot]);
		at[slot] = NULL;
	} else {
		check((at[slot] = malloc(n)) != NULL);
		fill(at[slot], seen, mark + slot);
	}
}

static inline void
churn_end(void **at, unsigned mark)
{
	for (unsigned i = 0; i < CHURNED; i++) {
		size_t n = churn_size(i);
		check(at[i] == NULL || holds(at[i], n < 48 ? n : 48, mark + i));
		free(at[i]);
		at[i] = NULL;
	}
}

static inline void *
churn_run(void *arg)
{
	struct churn *c = arg;
	void *at[CHURNED] = { NULL };
	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		churn_step(at, &c->seed, c->mark);
		__atomic_store_n(&c->operations, c->operations + 1, __ATOMIC_RELAXED);
	}
	churn_end(at, c->mark);
	return NULL;
}

static inline void
churn_start(struct churn *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		c[i].seed = i * 7919 + 1;
		c[i].mark = i * 37;
		c[i].stop = 0;
		c[i].operations = 0;
		check(pthread_create(&c[i].thread, NULL, churn_run, &c[i]) == 0);
	}
}

static inline void
churn_stop(struct churn *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		__atomic_store_n(&c[i].stop, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < n; i++)
		check(pthread_join(c[i].thread, NULL) == 0);
}

static inline unsigned long
churn_operations(const struct churn *c)
{
	return __atomic_load_n(&c->operations, __ATOMIC_RELAXED);
}

#endif
