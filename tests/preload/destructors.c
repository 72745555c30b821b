/*
 * destructors - thread-specific destructors that allocate and free after the library has let go of the thread; also when that is
 * the first thing the thread ever allocates.
 */
#include <pthread.h>

#include "check.h"

#define KEYS 12
static pthread_key_t keys[KEYS];
static int rounds_seen;

static void
use_some(unsigned seed)
{
	void *at[200];
	for (unsigned i = 0; i < 200; i++) {
		size_t n = (size_t)(i * 37 + seed) % 3000 + 1;
		check((at[i] = opaque(malloc(n))) != NULL);
		fill(at[i], n < 48 ? n : 48, i);
	}
	for (unsigned i = 0; i < 200; i++) {
		size_t n = (size_t)(i * 37 + seed) % 3000 + 1;
		check(holds(at[i], n < 48 ? n : 48, i));
		if (i % 3 == 0)
			check((at[i] = realloc(at[i], n + 500)) != NULL);
		free(at[i]);
	}
}

/* The value is a block, and the next round's value another: until glibc gives up after PTHREAD_DESTRUCTOR_ITERATIONS. */
static void
destroy(void *value)
{
	unsigned char round = *(unsigned char *)value;
	use_some(round);
	free(value);
	__atomic_fetch_add(&rounds_seen, 1, __ATOMIC_RELAXED);
	if (round < 3) {
		unsigned char *next = malloc(64);
		check(next != NULL);
		*next = (unsigned char)(round + 1);
		for (int i = 0; i < KEYS; i++)
			if (pthread_getspecific(keys[i]) == NULL) {
				check(pthread_setspecific(keys[i], next) == 0);
				return;
			}
		free(next);
	}
}

static void *
allocates_before(void *unused)
{
	(void)unused;
	use_some(1);
	for (int i = 0; i < KEYS; i++) {
		unsigned char *value = malloc(100);
		check(value != NULL);
		*value = 0;
		check(pthread_setspecific(keys[i], value) == 0);
	}
	return NULL;
}

static unsigned char static_value;
static pthread_key_t late_key;

static void
destroy_first_allocation(void *value)
{
	check(value == (void *)&static_value);
	use_some(5);
	__atomic_fetch_add(&rounds_seen, 1, __ATOMIC_RELAXED);
}

static void *
allocates_never(void *unused)
{
	(void)unused;
	check(pthread_setspecific(late_key, &static_value) == 0);
	return NULL;
}

int
main(void)
{
	/* keys from before and from after the library's own, if it has one */
	for (int i = 0; i < KEYS / 2; i++)
		check(pthread_key_create(&keys[i], destroy) == 0);
	use_some(0);
	check(pthread_key_create(&late_key, destroy_first_allocation) == 0);
	for (int i = KEYS / 2; i < KEYS; i++)
		check(pthread_key_create(&keys[i], destroy) == 0);

	long before = 0;
	for (int i = 0; i < 1000; i++) {
		pthread_t a, b;
		if (i == 200)
			before = resident_kib();
		check(pthread_create(&a, NULL, allocates_before, NULL) == 0);
		check(pthread_create(&b, NULL, allocates_never, NULL) == 0);
		check(pthread_join(a, NULL) == 0);
		check(pthread_join(b, NULL) == 0);
	}
	check(rounds_seen >= 1000 * (KEYS + 1));
	check_at_most(resident_kib() - before, 4 * 1024);
	return 0;
}
