/*
 * outrun SIZE [OBJECTS] - a producer that outruns its consumer: the queue between them has no bound, and the consumer works on each
 * object twice as long as the producer. Prints nanoseconds for each object; what counts is the peak resident set.
 */
#include "clock.h"

#include <pthread.h>
#include <string.h>

struct message {
	struct message *next;
	unsigned char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static struct message *queue;
static size_t size, objects;

static unsigned
work(struct message *m, unsigned rounds)
{
	unsigned sum = 0;
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i + sizeof *m < size; i++)
			sum += m->text[i] += (unsigned char)r;
	return sum;
}

static void *
consume(void *unused)
{
	volatile unsigned sum = 0;
	(void)unused;
	clock_pin(1);
	for (size_t n = 0; n < objects;) {
		pthread_mutex_lock(&lock);
		while (queue == NULL)
			pthread_cond_wait(&some, &lock);
		struct message *m = queue, *next;
		queue = NULL;
		pthread_mutex_unlock(&lock);
		for (; m != NULL; m = next, n++) {
			next = m->next;
			sum += work(m, 4);
			free(m);
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t consumer;
	size = clock_argument(argc, argv, 1, 256);
	objects = clock_argument(argc, argv, 2, 1500000);
	clock_pin(0);
	double begun = clock_ns();
	pthread_create(&consumer, NULL, consume, NULL);
	for (size_t i = 0; i < objects; i++) {
		struct message *m = malloc(size);
		memset(m, 0, size);
		work(m, 1);
		pthread_mutex_lock(&lock);
		m->next = queue;
		queue = m;
		pthread_cond_signal(&some);
		pthread_mutex_unlock(&lock);
	}
	pthread_join(consumer, NULL);
	clock_report(begun, (double)objects);
	return 0;
}
