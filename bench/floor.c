/*
 * floor - the least that a preloaded malloc can do: one class, one stack for each thread, behind the same calls that every allocator stands behind. What `pair`
 * takes here is the price of the two calls through the linker's table, of the thread-local variable, and of the loop; what an allocator takes above it is its
 * own. It is no allocator: it tells no two sizes apart, and what is freed never goes back.
 *
 * Every object has room for OBJECT bytes, of which nobody touches more than was asked for. Larger ones have a mapping of their own, which is as good
 * as any other object once it is freed; so neither malloc nor free has to know what it has in its hands.
 */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORT __attribute__((visibility("default")))
#define COLD   __attribute__((cold, noinline))

enum { OBJECT = 32 << 10, DEPTH = 1 << 16, PAGE = 4096 };

/* At the bottom of every stack lies a NULL, so that an empty stack is seen from what was taken of it. A thread begins with a stack that is both. */
struct stack {
	void **top, **end;
};
static void *bottom[1];
static _Thread_local struct stack stack __attribute__((tls_model("initial-exec"))) = { bottom + 1, bottom + 1 };

static void *
map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static COLD void *
make(size_t size)
{
	if (size > PTRDIFF_MAX - PAGE) {
		errno = ENOMEM;
		return NULL;
	}
	char *p = map((size > OBJECT ? size : OBJECT) + PAGE);
	if (p == NULL)
		errno = ENOMEM;
	else
		*(size_t *)p = size > OBJECT ? size : OBJECT; /* for realloc */
	return p == NULL ? NULL : p + PAGE;
}

static COLD void
put_first(void *p)
{
	if (p == NULL || stack.end != bottom + 1)
		return; /* onto a full stack: given up */
	void **slots = map(DEPTH * sizeof *slots);
	if (slots == NULL)
		return;
	stack.top = slots + 1;
	stack.end = slots + DEPTH;
	*stack.top++ = p;
}

EXPORT void *
malloc(size_t size)
{
	if (__builtin_expect(size > OBJECT, 0))
		return make(size);
	void **top = stack.top, *p = *--top;
	if (__builtin_expect(p == NULL, 0))
		return make(size);
	stack.top = top;
	return p;
}

EXPORT void
free(void *p)
{
	void **top = stack.top;
	if (__builtin_expect(p == NULL || top >= stack.end, 0)) {
		put_first(p);
		return;
	}
	*top = p;
	stack.top = top + 1;
}

EXPORT void *
calloc(size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *p = malloc(bytes);
	return p == NULL ? NULL : memset(p, 0, bytes);
}

EXPORT void *
realloc(void *old, size_t size)
{
	if (old == NULL)
		return malloc(size);
	size_t room = *(size_t *)((char *)old - PAGE);
	if (size <= room)
		return old;
	void *p = malloc(size);
	if (p != NULL) {
		memcpy(p, old, room);
		free(old);
	}
	return p;
}

/* Every object begins on a page; larger alignments are nobody's here. */
EXPORT void *
aligned_alloc(size_t alignment, size_t size)
{
	if (alignment > PAGE) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(size);
}

EXPORT void *
memalign(size_t alignment, size_t size)
{
	return aligned_alloc(alignment, size);
}

EXPORT int
posix_memalign(void **to, size_t alignment, size_t size)
{
	void *p = aligned_alloc(alignment, size);
	if (p == NULL)
		return ENOMEM;
	*to = p;
	return 0;
}
