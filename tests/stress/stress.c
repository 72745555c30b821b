/*
 * stress [--seconds N] [--seed N] [--threads N] [--rotate-us N] [--no-fork]
 *
 * Random calls on many threads against a shadow model, while somebody rotates as fast as asked. Every block is filled with a pattern
 * of its own (its tag), which is looked at before every free, resize and hand-over: a block that is lost, owned twice, too
 * short, overlapped, misaligned or not cleared shows as a wrong byte. Threads hand blocks to each other, end, and are replaced;
 * now and then one forks, and the child goes on.
 *
 * At the end everything is freed, and the figures must add up with what the model counted, class by class.
 *
 * The seed is printed; the same seed makes the same calls in each thread (what the scheduler does, it can't repeat).
 */
#include "calls.h"
#include "epoch.h"
#include "pool.h"
#include "snapshot.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 400, POSTBOX = 256, THREADS_MAX = 64 };

struct block {
	unsigned char *p;
	size_t size;
	uint64_t tag;
};

struct worker {
	uint64_t random;
	struct block blocks[BLOCKS];
	uint64_t operations;
	bool in_child;
};

static struct { pthread_mutex_t lock; struct block block; } postbox[POSTBOX];
static unsigned seconds = 10, threads = 4, rotate_us = 1000;
static uint64_t seed;
#ifdef __SANITIZE_THREAD__
static bool forks = false; /* ThreadSanitizer's runtime does not live on in the child of a threaded process */
#else
static bool forks = true;
#endif
static _Atomic bool stop;
static _Atomic uint64_t next_tag = 1, total_operations, generations, children;
static _Atomic uint64_t model_gets[POOLS_MAX + 1], model_puts[POOLS_MAX + 1]; /* what the figures must show at the end */

/* --- randomness ---------------------------------------------------------------------------------------------------- */

static uint64_t
draw(struct worker *w)
{
	w->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
	uint64_t z = w->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t
below(struct worker *w, uint64_t n)
{
	return draw(w) % n;
}

/* Mostly small, sometimes large, now and then more than any pool has. */
static size_t
draw_size(struct worker *w)
{
	switch (below(w, 64)) {
	case 0:
		return below(w, 16) == 0 ? below(w, (size_t)3 << 20) : below(w, 300000);
	case 1: case 2: case 3:
		return below(w, 70000);
	case 4: case 5: case 6: case 7: case 8: case 9: case 10: case 11:
		return below(w, 5000);
	default:
		return below(w, 300);
	}
}

/* --- the model ----------------------------------------------------------------------------------------------------- */

static _Noreturn void
broken(const char *what, const struct block *b, size_t at)
{
	fprintf(stderr, "stress: %s: block %p of %zu bytes, tag %llx, at byte %zu; --seed %llu\n", what, (void *)b->p, b->size,
	    (unsigned long long)b->tag, at, (unsigned long long)seed);
	abort();
}

static unsigned char
pattern(uint64_t tag, size_t i)
{
	return (unsigned char)(tag >> (i % 8 * 8)) ^ (unsigned char)(i >> 3);
}

/* Small blocks whole; of larger ones both ends and a few bytes in each page. */
static size_t
step_after(const struct block *b, size_t i)
{
	return b->size <= 512 || i < 64 || i + 64 >= b->size ? 1 : 509;
}

static size_t
next_byte(const struct block *b, size_t i)
{
	size_t next = i + step_after(b, i);
	return i + 64 < b->size && next + 64 > b->size ? b->size - 64 : next;
}

static void
fill(struct block *b)
{
	b->tag = atomic_fetch_add(&next_tag, 1) * 0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < b->size; i = next_byte(b, i))
		b->p[i] = pattern(b->tag, i);
}

static void
look(const struct block *b, size_t n)
{
	for (size_t i = 0; i < n; i = next_byte(b, i))
		if (b->p[i] != pattern(b->tag, i))
			broken("a byte has changed", b, i);
}

static void
count(_Atomic uint64_t *of, const void *p, struct worker *w)
{
	unsigned c = pagemap_of(p);
	if (!w->in_child)
		atomic_fetch_add(&of[c], 1);
}

static void
free_block(struct worker *w, struct block *b)
{
	if (b->p == NULL)
		return;
	look(b, b->size);
	count(model_puts, b->p, w);
	errno = 4711;
	pool_free(b->p);
	if (errno != 4711)
		broken("free changed errno", b, 0);
	b->p = NULL;
}

static void
check_fresh(struct worker *w, struct block *b)
{
	if (b->p == NULL)
		broken("out of memory", b, 0);
	count(model_gets, b->p, w);
	if (calls_usable_size(b->p) < b->size)
		broken("too short", b, b->size);
	fill(b);
}

static void
allocate(struct worker *w, struct block *b)
{
	b->size = draw_size(w);
	b->tag = 0;
	switch (below(w, 8)) {
	case 0:
		b->p = calls_zalloc(b->size);
		for (size_t i = 0; b->p != NULL && i < b->size; i = next_byte(b, i))
			if (b->p[i] != 0)
				broken("not cleared", b, i);
		break;
	case 1: {
		size_t alignment = (size_t)8 << below(w, 13);
		b->p = calls_aligned(alignment, b->size);
		if ((uintptr_t)b->p % alignment != 0)
			broken("misaligned", b, alignment);
		break;
	}
	default:
		b->p = pool_malloc(b->size);
		if ((uintptr_t)b->p % (b->size < 16 ? 8 : 16) != 0)
			broken("misaligned", b, 16);
	}
	check_fresh(w, b);
}

static void
resize(struct worker *w, struct block *b)
{
	size_t n = draw_size(w) + 1;
	void *before = b->p;
	unsigned class_before = pagemap_of(before);

	look(b, b->size);
	b->p = calls_realloc(b->p, n);
	if (b->p == NULL)
		broken("out of memory", b, n);
	/* the bytes that both sizes have in common, as the old block's pattern steps through them */
	struct block old = { b->p, b->size, b->tag };
	for (size_t i = 0; i < old.size && i < n; i = next_byte(&old, i))
		if (b->p[i] != pattern(b->tag, i))
			broken("realloc lost a byte", &old, i);
	if (b->p != before || pagemap_of(b->p) != class_before) {
		if (!w->in_child)
			atomic_fetch_add(&model_puts[class_before], 1);
		count(model_gets, b->p, w);
	}
	b->size = n;
	fill(b);
}

/* Swaps a block with whatever lies in a postbox: so blocks wander between threads and outlive those that made them. */
static void
hand_over(struct worker *w, struct block *b)
{
	unsigned i = (unsigned)below(w, POSTBOX);
	if (w->in_child || pthread_mutex_trylock(&postbox[i].lock) != 0)
		return; /* in a child a thread that is gone may have the lock */
	struct block other = postbox[i].block;
	postbox[i].block = *b;
	*b = other;
	pthread_mutex_unlock(&postbox[i].lock);
	if (b->p != NULL)
		look(b, b->size);
}

static void
one_operation(struct worker *w)
{
	struct block *b = &w->blocks[below(w, BLOCKS)];
	w->operations++;
	if (b->p == NULL)
		allocate(w, b);
	else if (below(w, 8) == 0)
		hand_over(w, b);
	else if (below(w, 16) == 0)
		resize(w, b);
	else
		free_block(w, b);
}

/* --- the life of a thread ------------------------------------------------------------------------------------------ */

static void
fork_and_go_on(struct worker *w)
{
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60); /* a hang in the child is a failure of its own, not of the whole run */
		w->in_child = true;
		for (unsigned i = 0; i < 3000; i++)
			one_operation(w);
		epoch_rotate_now();
		for (unsigned i = 0; i < 3000; i++)
			one_operation(w);
		_exit(0);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0) {
		fprintf(stderr, "stress: a child ended with status %x; --seed %llu\n", (unsigned)status, (unsigned long long)seed);
		abort();
	}
	atomic_fetch_add(&children, 1);
}

static void *
live(void *argument)
{
	struct worker *w = argument;
	uint64_t life = 2000 + below(w, 60000);
	while (!atomic_load(&stop) && w->operations < life) {
		one_operation(w);
		if (forks && w->operations % 30000 == 0)
			fork_and_go_on(w);
		if (w->operations % 4096 == 0 && below(w, 4) == 0)
			usleep((useconds_t)below(w, 5 * rotate_us + 1)); /* asleep, with full magazines */
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		if (w->blocks[i].p != NULL && below(w, 4) == 0)
			hand_over(w, &w->blocks[i]); /* some outlive the thread that made them */
	for (unsigned i = 0; i < BLOCKS; i++)
		free_block(w, &w->blocks[i]);
	atomic_fetch_add(&total_operations, w->operations);
	return NULL;
}

/* One of the `threads` places: thread after thread until the time is over. */
static void *
keep_alive(void *argument)
{
	struct worker *w = malloc(sizeof *w);
	uint64_t stream = seed * 1000 + (uint64_t)(uintptr_t)argument;
	while (!atomic_load(&stop)) {
		pthread_t thread;
		memset(w, 0, sizeof *w);
		w->random = stream++ << 20;
		if (pthread_create(&thread, NULL, live, w) != 0)
			abort();
		pthread_join(thread, NULL);
		atomic_fetch_add(&generations, 1);
	}
	free(w);
	return NULL;
}

static void *
rotate(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop)) {
		epoch_rotate(ROTATION_MANUAL);
		usleep(rotate_us);
	}
	return NULL;
}

/* --- the sums ------------------------------------------------------------------------------------------------------ */

static bool
sums_hold(const struct snapshot *s)
{
	bool hold = true;
	for (unsigned i = 0; i < s->classes; i++) {
		const struct class_figures *f = &s->class[i];
		if (f->gets == model_gets[i + 1] && f->puts == model_puts[i + 1] &&
		    f->puts + f->fetched == f->gets + f->cached_objects + f->released)
			continue;
		fprintf(stderr, "stress: class %zu: gets %llu (model %llu), puts %llu (model %llu), fetched %llu, cached %llu, released %llu\n",
		    f->size, (unsigned long long)f->gets, (unsigned long long)model_gets[i + 1], (unsigned long long)f->puts,
		    (unsigned long long)model_puts[i + 1], (unsigned long long)f->fetched, (unsigned long long)f->cached_objects,
		    (unsigned long long)f->released);
		hold = false;
	}
	return hold;
}

static void
read_arguments(int argc, char **argv)
{
	static const struct option options_known[] = { { "seconds", 1, NULL, 's' }, { "seed", 1, NULL, 'r' }, { "threads", 1, NULL, 't' },
		{ "rotate-us", 1, NULL, 'u' }, { "no-fork", 0, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	int o;
	seed = (uint64_t)time(NULL);
	while ((o = getopt_long(argc, argv, "", options_known, NULL)) != -1) {
		switch (o) {
		case 's': seconds = (unsigned)atoi(optarg); break;
		case 'r': seed = strtoull(optarg, NULL, 0); break;
		case 't': threads = (unsigned)atoi(optarg) % THREADS_MAX; break;
		case 'u': rotate_us = (unsigned)atoi(optarg); break;
		case 'f': forks = false; break;
		default: exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	pthread_t keepers[THREADS_MAX], rotator;
	static struct snapshot s;
	struct worker last = { .random = 1 };

	read_arguments(argc, argv);
	printf("stress: --seed %llu --threads %u --seconds %u --rotate-us %u%s\n", (unsigned long long)seed, threads, seconds, rotate_us,
	    forks ? "" : " --no-fork");
	fflush(stdout);
	for (unsigned i = 0; i < POSTBOX; i++)
		pthread_mutex_init(&postbox[i].lock, NULL);
	pthread_create(&rotator, NULL, rotate, NULL);
	for (unsigned i = 0; i < threads; i++)
		pthread_create(&keepers[i], NULL, keep_alive, (void *)(uintptr_t)i);
	sleep(seconds);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(keepers[i], NULL);
	pthread_join(rotator, NULL);
	for (unsigned i = 0; i < POSTBOX; i++)
		free_block(&last, &postbox[i].block);
	snapshot_take(&s, SNAPSHOT_THREAD);
	printf("stress: %llu operations, %llu threads, %llu children, %llu rotations, %llu bins skipped\n",
	    (unsigned long long)total_operations, (unsigned long long)generations, (unsigned long long)children,
	    (unsigned long long)s.epoch.number, (unsigned long long)s.epoch.skipped_bins);
	return sums_hold(&s) ? 0 : 1;
}
