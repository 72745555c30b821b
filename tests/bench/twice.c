/*
 * twice - an allocator with a fault: now and then it gives an object that somebody has already. The workloads of bench/ must not take part in that.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORT __attribute__((visibility("default")))

enum { ROOM = 1 << 30, HEADER = 16, FAULT = 64 };

static char *at, *end;
static size_t count;

EXPORT void *malloc(size_t size);
EXPORT void free(void *p);
EXPORT void *calloc(size_t n, size_t size);
EXPORT void *realloc(void *old, size_t size);

EXPORT void *
malloc(size_t size)
{
	static char *last;
	static size_t last_size;
	if (at == NULL) {
		at = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (at == MAP_FAILED)
			return NULL;
		end = at + ROOM;
	}
	if (++count % FAULT == 0 && last_size == size && size > 0)
		return last;
	size_t taken = HEADER + ((size + 15) & ~(size_t)15);
	if (size > ROOM || (size_t)(end - at) < taken)
		return NULL;
	*(size_t *)at = size;
	last = at + HEADER;
	last_size = size;
	at += taken;
	return last;
}

EXPORT void
free(void *p)
{
	(void)p;
}

EXPORT void *
calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : malloc(bytes);
	return p == NULL ? NULL : memset(p, 0, bytes);
}

EXPORT void *
realloc(void *old, size_t size)
{
	void *p = malloc(size);
	size_t had = old == NULL ? 0 : *(size_t *)((char *)old - HEADER);
	if (p != NULL && old != NULL)
		memmove(p, old, had < size ? had : size);
	return p;
}
