/* free_elsewhere - a block may be freed by another thread than the one that got it, also when that one is long dead. */
#include <pthread.h>
#include <sched.h>

#include "check.h"

#define BLOCKS 20000
#define LANES 3

struct lane {
	void *at[1024];         /* from the producer to the consumer */
	void *left[BLOCKS];     /* what outlives the producer */
};
static struct lane lanes[LANES];

static size_t
size_of(unsigned i)
{
	return (size_t)(i * 2654435761u >> 20) % 2000 + 8;
}

static void *
produce(void *arg)
{
	struct lane *lane = arg;
	for (unsigned i = 0; i < BLOCKS; i++) {
		void *p = malloc(size_of(i));
		check(p != NULL);
		fill(p, size_of(i), i);
		*(unsigned *)p = i;
		while (__atomic_load_n(&lane->at[i % 1024], __ATOMIC_ACQUIRE) != NULL)
			sched_yield();
		__atomic_store_n(&lane->at[i % 1024], p, __ATOMIC_RELEASE);
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		check((lane->left[i] = malloc(size_of(i))) != NULL);
		fill(lane->left[i], size_of(i), i);
	}
	return NULL;
}

static void *
consume(void *arg)
{
	struct lane *lane = arg;
	for (unsigned i = 0; i < BLOCKS; i++) {
		void *p;
		while ((p = __atomic_load_n(&lane->at[i % 1024], __ATOMIC_ACQUIRE)) == NULL)
			sched_yield();
		__atomic_store_n(&lane->at[i % 1024], NULL, __ATOMIC_RELEASE);
		check(*(unsigned *)p == i);
		for (size_t k = sizeof(unsigned); k < size_of(i); k++)
			check(((unsigned char *)p)[k] == pattern(k, i));
		free(p);
	}
	return NULL;
}

int
main(void)
{
	for (int round = 0; round < 3; round++) {
		pthread_t producers[LANES], consumers[LANES];
		for (int i = 0; i < LANES; i++) {
			check(pthread_create(&producers[i], NULL, produce, &lanes[i]) == 0);
			check(pthread_create(&consumers[i], NULL, consume, &lanes[i]) == 0);
		}
		for (int i = 0; i < LANES; i++) {
			check(pthread_join(producers[i], NULL) == 0);
			check(pthread_join(consumers[i], NULL) == 0);
		}
		for (int i = 0; i < LANES; i++)
			for (unsigned k = 0; k < BLOCKS; k++) {
				check(holds(lanes[i].left[k], size_of(k), k));
				if (k % 5 == 0) {
					check((lanes[i].left[k] = realloc(lanes[i].left[k], size_of(k) + 3000)) != NULL);
					check(holds(lanes[i].left[k], size_of(k), k));
				}
				free(lanes[i].left[k]);
			}
	}
	return 0;
}
