/*
 * libwrap - a heap tracer as they are commonly written: it takes malloc's names in front of us, finds the real ones by dlsym, and
 * dlsym calls calloc meanwhile, which it serves from a small buffer.
 */
#include <dlfcn.h>

#include "check.h"

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static volatile int finding; /* volatile: dlsym is declared as one that never calls back */

static char bootstrap[8192] __attribute__((aligned(16)));
static size_t bootstrap_used;
unsigned long wrapped_calls; /* read by the program */

void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);

static void *
from_bootstrap(size_t n)
{
	n = (n + 15) & ~(size_t)15;
	check(bootstrap_used + n <= sizeof(bootstrap));
	bootstrap_used += n;
	return bootstrap + bootstrap_used - n;
}

static int
is_from_bootstrap(const void *p)
{
	return (const char *)p >= bootstrap && (const char *)p < bootstrap + sizeof(bootstrap);
}

static void
find(void)
{
	if (real_free != NULL || finding)
		return;
	finding = 1;
	*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	dlsym(RTLD_NEXT, "no_such_name_anywhere"); /* its error message is allocated */
	*(void **)&real_free = dlsym(RTLD_NEXT, "free");
	finding = 0;
	check(real_malloc != NULL && real_calloc != NULL && real_realloc != NULL && real_free != NULL);
}

void *
malloc(size_t n)
{
	find();
	__atomic_fetch_add(&wrapped_calls, 1, __ATOMIC_RELAXED);
	return finding ? from_bootstrap(n) : real_malloc(n);
}

void *
calloc(size_t count, size_t size)
{
	find();
	__atomic_fetch_add(&wrapped_calls, 1, __ATOMIC_RELAXED);
	return finding ? from_bootstrap(count * size) : real_calloc(count, size);
}

void *
realloc(void *p, size_t n)
{
	find();
	__atomic_fetch_add(&wrapped_calls, 1, __ATOMIC_RELAXED);
	check(!finding && !is_from_bootstrap(p));
	return real_realloc(p, n);
}

void
free(void *p)
{
	__atomic_fetch_add(&wrapped_calls, 1, __ATOMIC_RELAXED);
	if (p == NULL || is_from_bootstrap(p))
		return;
	find();
	real_free(p);
}
