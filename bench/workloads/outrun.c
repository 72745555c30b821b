/*
 * outrun SIZE [OBJECTS] - a producer that outruns its consumer: the queue between them has no bound, and the consumer works on each
 * object four times as long as the producer: a log that is written faster than it is compressed. What counts is the peak resident set.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>

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
	unsigned sum = 0;
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
	/* Each byte was 0, and is 0, 1, 3 and 6 when it is added up. */
	if (sum != (unsigned)(objects * (size - sizeof(struct message)) * 10))
		stamp_wrong("a message does not hold what was written to it");
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
	clock_start(&consumer, consume, NULL);
	for (size_t i = 0; i < objects; i++) {
		struct message *m = stamp_there(malloc(size));
		memset(m, 0, size);
		work(m, 1);
		pthread_mutex_lock(&lock);
		m->next = queue;
		queue = m;
		pthread_cond_signal(&some);
		pthread_mutex_unlock(&lock);
	}
	pthread_join(consumer, NULL);
	clock_report("outrun", clock_ns() - begun, (double)objects);
	return 0;
}
