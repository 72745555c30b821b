/*
 * interpose_cxx - every operator new and delete of C++14 and C++17, under their mangled names.
 *
 * The whole family, as jemalloc exports one too: what we left out would bind past us to it. When memory is gone, the C++
 * runtime's operator of the same name takes over: it calls our malloc again, turn by turn with the new_handler, and ends as the
 * standard says, with its own bad_alloc thrown (or swallowed, in the nothrow forms). So the meaning is the runtime's by construction.
 * An exception passes through our frames then: this file is compiled with -fexceptions.
 *
 * Owns        nothing
 * Callers     any thread
 * Fails       as the C++ runtime does; without one, the throwing forms end the process and the nothrow forms give NULL
 */
#include <dlfcn.h>

#include "base.h"
#include "calls.h"
#include "fatal.h"
#include "pool.h"

/* size_t in a mangled name: m (unsigned long) or j (unsigned int). */
#if __SIZEOF_SIZE_T__ == 8
#define MANGLED(before, after) before##m##after
#else
#define MANGLED(before, after) before##j##after
#endif

/* The runtime's own operator, or NULL. jemalloc has one of that name too, therefore the runtimes are asked by theirs. */
static COLD void *
runtime_operator(const char *name)
{
	/* libstdc++ comes with jemalloc, libc++ only with a program that wants it. */
	static const char *const runtimes[] = { "libc++abi.so.1", "libc++.so.1", "libstdc++.so.6" };
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		void *runtime = dlopen(runtimes[i], RTLD_NOLOAD | RTLD_LAZY);
		void *op = runtime != NULL ? dlsym(runtime, name) : NULL;
		if (op != NULL)
			return op; /* the handle is kept: what it names must stay */
	}
	return NULL;
}

static COLD void *
runtime_operator_that_throws(const char *name)
{
	void *op = runtime_operator(name);
	if (op == NULL)
		fatal("operator new: out of memory, and no C++ runtime is loaded that could throw std::bad_alloc", NULL);
	return op;
}

/* An alignment that is no power of two is bad_alloc to the runtimes. */
INLINE void *
get_aligned(size_t n, size_t alignment)
{
	return likely(alignment != 0 && (alignment & (alignment - 1)) == 0) ? calls_aligned(alignment, n) : NULL;
}

/* --- new ------------------------------------------------------------------------------------------------------------------ */

#define NEW(name, parameters, arguments, get)                                   \
	EXPORT void *name parameters;                                           \
	EXPORT HOT void *name parameters                                        \
	{                                                                       \
		void *p = get;                                                  \
		if (likely(p != NULL))                                          \
			return p;                                               \
		void *(*runtimes) parameters = runtime_operator_that_throws(__func__); \
		return runtimes arguments;                                      \
	}

#define NEW_NOTHROW(name, parameters, arguments, get)                           \
	EXPORT void *name parameters;                                           \
	EXPORT HOT void *name parameters                                        \
	{                                                                       \
		void *p = get;                                                  \
		if (likely(p != NULL))                                          \
			return p;                                               \
		void *(*runtimes) parameters = runtime_operator(__func__);      \
		return runtimes != NULL ? runtimes arguments : NULL;            \
	}

/* `tag` is std::nothrow: a reference to an empty object that only the runtime is handed. */
NEW(MANGLED(_Znw, ), (size_t n), (n), pool_malloc(n))
NEW(MANGLED(_Zna, ), (size_t n), (n), pool_malloc(n))
NEW(MANGLED(_Znw, St11align_val_t), (size_t n, size_t alignment), (n, alignment), get_aligned(n, alignment))
NEW(MANGLED(_Zna, St11align_val_t), (size_t n, size_t alignment), (n, alignment), get_aligned(n, alignment))
NEW_NOTHROW(MANGLED(_Znw, RKSt9nothrow_t), (size_t n, const void *tag), (n, tag), pool_malloc(n))
NEW_NOTHROW(MANGLED(_Zna, RKSt9nothrow_t), (size_t n, const void *tag), (n, tag), pool_malloc(n))
NEW_NOTHROW(MANGLED(_Znw, St11align_val_tRKSt9nothrow_t), (size_t n, size_t alignment, const void *tag),
            (n, alignment, tag), get_aligned(n, alignment))
NEW_NOTHROW(MANGLED(_Zna, St11align_val_tRKSt9nothrow_t), (size_t n, size_t alignment, const void *tag),
            (n, alignment, tag), get_aligned(n, alignment))

/* --- delete --------------------------------------------------------------------------------------------------------------- */

/* Sizes, alignments and std::nothrow say nothing that the page map doesn't know better. */
#define UNUSED __attribute__((unused))
#define DELETE(name, ...)                       \
	EXPORT void name(void *p, ##__VA_ARGS__); \
	EXPORT HOT void name(void *p, ##__VA_ARGS__) \
	{                                       \
		pool_free(p);                   \
	}

#define SIZE UNUSED size_t n
#define ALIGNMENT UNUSED size_t alignment
#define NOTHROW UNUSED const void *tag

DELETE(_ZdlPv)
DELETE(_ZdaPv)
DELETE(_ZdlPvRKSt9nothrow_t, NOTHROW)
DELETE(_ZdaPvRKSt9nothrow_t, NOTHROW)
DELETE(MANGLED(_ZdlPv, ), SIZE)
DELETE(MANGLED(_ZdaPv, ), SIZE)
DELETE(_ZdlPvSt11align_val_t, ALIGNMENT)
DELETE(_ZdaPvSt11align_val_t, ALIGNMENT)
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, ALIGNMENT, NOTHROW)
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, ALIGNMENT, NOTHROW)
DELETE(MANGLED(_ZdlPv, St11align_val_t), SIZE, ALIGNMENT)
DELETE(MANGLED(_ZdaPv, St11align_val_t), SIZE, ALIGNMENT)
