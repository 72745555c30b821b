/*
 * tiny_limits - next to no address space left (RLIMIT_AS), from nothing to a few MiB: malloc gives NULL and ENOMEM, what was given keeps
 * its content, and after the frees there is as much to be had again, of the same size and, once the pools were trimmed, of another.
 */
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>

#include "check.h"

#define KIB ((rlim_t)1024)
#define BLOCKS 30000
static void *blocks[BLOCKS];

/* As many as there are; returns how many, all of them with content. */
static unsigned
take_all(size_t n)
{
	unsigned count = 0;
	while (count < BLOCKS) {
		errno = 0;
		void *p = malloc(n);
		if (p == NULL) {
			check(errno == ENOMEM);
			break;
		}
		fill(p, n < 64 ? n : 64, count);
		blocks[count++] = p;
	}
	for (unsigned i = 0; i < count; i++)
		check(holds(blocks[i], n < 64 ? n : 64, i));
	return count;
}

static void
give_all(unsigned count)
{
	while (count > 0)
		free(blocks[--count]);
}

static void *
in_a_thread(void *unused)
{
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc((size_t)i * 37))); /* NULL or not: nothing breaks */
	return unused;
}

static void
with_so_much_left(rlim_t left)
{
	rlim_t limit = (rlim_t)statm_kib(0) * KIB + left;
	check(setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit }) == 0);
	for (size_t n = 16; n <= ((size_t)1 << 20); n *= 4) {
		unsigned first = take_all(n);
		give_all(first);
		unsigned second = take_all(n);
		give_all(second);
		check(second >= first - first / 8);
		malloc_trim(0);
		errno = 0;
		void *p = calloc(1, n + n / 2);
		check(p != NULL ? all_bytes_are(p, n + n / 2, 0) : errno == ENOMEM);
		check(p != NULL || first < 4);
		free(p);
		errno = 0;
		check(opaque(realloc(NULL, (size_t)1 << 30)) == NULL && errno == ENOMEM);
	}
	pthread_t thread;
	if (pthread_create(&thread, NULL, in_a_thread, NULL) == 0)
		check(pthread_join(thread, NULL) == 0);
	in_a_thread(NULL);
}

int
main(void)
{
	static const rlim_t left[] = { 0, 4, 64, 256, 1024, 3000, 8192, 16384 };
	for (unsigned i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		for (int warm = 0; warm < 2; warm++) {
			pid_t pid = fork();
			if (pid == 0) {
				if (warm) { /* from the first byte, and with pools and a helper */
					give_all(take_all(100));
					malloc_trim(0);
				}
				with_so_much_left(left[i] * KIB);
				_exit(0);
			}
			check_child(pid);
		}
	return 0;
}
