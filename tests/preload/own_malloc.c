/*
 * own_malloc - a program with an allocator of its own, which never gives anything back; without reallocarray, which comes from the C
 * library then and is to be served from this heap. It prints how many of its blocks came from its own heap, and whether tidepool is there.
 */
#define TIDEPOOL_WEAK
#include <tidepool/tidepool.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char heap[1 << 24] __attribute__((aligned(16)));
static size_t used;

void *
malloc(size_t n)
{
	size_t *size = (size_t *)(void *)(heap + __atomic_fetch_add(&used, ((n + 15) & ~(size_t)15) + 16, __ATOMIC_RELAXED));
	*size = n;
	return size + 2;
}

void
free(void *p)
{
	if (p != NULL && ((char *)p < heap || (char *)p >= heap + sizeof(heap))) {
		static const char wrong[] = "free of a block from another heap\n";
		if (write(2, wrong, sizeof(wrong) - 1) < 0)
			_exit(4);
		_exit(3);
	}
}

void *
calloc(size_t count, size_t size)
{
	return malloc(count * size); /* a heap that is never used again is zero */
}

void *
realloc(void *old, size_t n)
{
	void *fresh = malloc(n);
	if (old != NULL) {
		size_t had = ((size_t *)old)[-2];
		memcpy(fresh, old, had < n ? had : n);
	}
	return fresh;
}

static int
is_own(void *p)
{
	return (char *)p >= heap && (char *)p < heap + sizeof(heap);
}

int
main(void)
{
	struct sigaction now;
	char *line = NULL, *copy = strdup("x");
	void *array = reallocarray(NULL, 3, 5);
	int printed = asprintf(&line, "%d", 12345);
	int own = is_own(copy) + is_own(array) + is_own(line) + is_own(malloc(1));

	sigaction(SIGRTMIN + 11, NULL, &now);
	/* A dump that is asked for by name says why there is nothing in it. */
	if (tidepool_dump && getenv("OWN_MALLOC_DUMP") && tidepool_dump(getenv("OWN_MALLOC_DUMP")) != 0)
		return 5;
	printf("own %d of 4, handler %s, rotated %zu, printed %d\n", own, now.sa_handler == SIG_DFL ? "none" : "there",
	    tidepool_rotate ? tidepool_rotate() : 0, printed);
	free(copy);
	free(array);
	free(line);
	return 0;
}
