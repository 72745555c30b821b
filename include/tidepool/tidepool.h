/*
 * tidepool.h - what a program may ask of tidepool, when it is there.
 *
 * tidepool needs none of this: it is preloaded into programs that have never heard of it. A program that wants to ask or to
 * steer declares these functions weak (define TIDEPOOL_WEAK before the include) and tests the address:
 *
 *     #define TIDEPOOL_WEAK
 *     #include <tidepool/tidepool.h>
 *     if (tidepool_rotate)
 *             tidepool_rotate();
 *
 * Every function may be called from any thread, and none from a signal handler.
 */
#ifndef TIDEPOOL_TIDEPOOL_H
#define TIDEPOOL_TIDEPOOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef TIDEPOOL_WEAK
#define TIDEPOOL_API __attribute__((weak))
#else
#define TIDEPOOL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is loaded: "major.minor.patch". Never NULL; never freed. */
TIDEPOOL_API const char *tidepool_version(void);

/*
 * Two rotations now: every object that is cached at the call and not asked for meanwhile goes back to jemalloc, and the
 * pages that this empties to the kernel. Returns the bytes of the objects that went back. Takes milliseconds for each
 * hundred thousand objects; other threads go on allocating. With TIDEPOOL_DISABLE, and in a process where tidepool has stepped
 * aside, 0.
 */
TIDEPOOL_API size_t tidepool_rotate(void);

/*
 * Writes a dump now, to `path`, or where TIDEPOOL_DUMP says when path is NULL, in the format of TIDEPOOL_FORMAT. With several
 * formats there are as many files, each with its ending: .txt, .json, .prom, in the place of such an ending that path has.
 * The file is written under a temporary name and renamed: a reader never sees half of it. An existing file is replaced.
 * Returns 0; or -1 with errno as open(2), write(2) or rename(2) left it.
 */
TIDEPOOL_API int tidepool_dump(const char *path);

/* The figures of one size class since the start of the process. Objects, if a name does not say bytes. */
struct tidepool_class_stats {
	size_t size;              /* bytes of one object of the class */
	uint64_t gets;            /* requests: hits_* + misses */
	uint64_t puts;            /* frees */
	uint64_t hits_private;    /* served by the thread's own magazines */
	uint64_t hits_shared;     /* … by the shared level of the CPU it ran on */
	uint64_t hits_steal;      /* … by another CPU's */
	uint64_t hits_victim;     /* … by the victim generation */
	uint64_t misses;          /* … by jemalloc */
	uint64_t fetched;         /* objects taken from jemalloc */
	uint64_t released;        /* objects given back to jemalloc */
	uint64_t cached_objects;  /* at this moment, on all levels */
	uint64_t victim_objects;  /* of these, in the victim generation */
};

/*
 * Fills *out for the class that serves requests of `size` bytes. Returns 0; or -1 with errno EINVAL when sizes like this are
 * not pooled, ENOMEM when a few pages can't be mapped for the figures. While other threads allocate the figures are those of slightly different moments.
 */
TIDEPOOL_API int tidepool_class_stats(size_t size, struct tidepool_class_stats *out);

#ifdef __cplusplus
}
#endif

#endif
