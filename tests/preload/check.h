/*
 * check.h - what the preload programs share.
 *
 * Each program tests one fact about a process that runs under the library: it ends with status 0, or with 1 and a line that says
 * where it failed. All of them also hold without the library (run --plain shows it), but for the few that `cases` marks.
 * Nothing here allocates, so that only what a program does itself is seen.
 */
#ifndef TIDEPOOL_PRELOAD_CHECK_H
#define TIDEPOOL_PRELOAD_CHECK_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define check(condition)                                                                                        \
	do {                                                                                                    \
		if (!(condition)) {                                                                             \
			dprintf(2, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);    \
			_exit(1);                                                                               \
		}                                                                                               \
	} while (0)

/* check, and the two numbers: for what was measured. */
#define check_at_most(value, most)                                                                              \
	do {                                                                                                    \
		long value_ = (long)(value), most_ = (long)(most);                                              \
		if (value_ > most_) {                                                                           \
			dprintf(2, "%s:%d: %s is %ld, more than %ld\n", __FILE__, __LINE__, #value, value_, most_); \
			_exit(1);                                                                               \
		}                                                                                               \
	} while (0)

#if __SIZEOF_POINTER__ == 8
#define ABSURD ((size_t)1 << 62)
#else
#define ABSURD ((size_t)1 << 30)
#endif

#ifdef __cplusplus
extern "C" const char *tidepool_version(void) __attribute__((weak));
#else
extern const char *tidepool_version(void) __attribute__((weak));
#endif

static inline int
under_tidepool(void)
{
	return tidepool_version != NULL;
}

/* A setting as the runner gave it: setting_is("RESET", "poison"). */
static inline int
setting_is(const char *name, const char *value)
{
	char full[64] = "TIDEPOOL_";
	strncat(full, name, sizeof(full) - strlen(full) - 1);
	const char *have = getenv(full);
	return have != NULL && strcmp(have, value) == 0;
}

/* Keeps the compiler from knowing what a pointer is, and so from leaving out a pair of malloc and free. */
static inline void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

/* Byte i of a block that was filled for `seed`. */
static inline unsigned char
pattern(size_t i, unsigned seed)
{
	return (unsigned char)(seed * 31u + (unsigned)i * 7u + 1u);
}

static inline void
fill(void *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)p)[i] = pattern(i, seed);
}

static inline int
holds(const void *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		if (((const unsigned char *)p)[i] != pattern(i, seed))
			return 0;
	return 1;
}

static inline int
all_bytes_are(const void *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i++)
		if (((const unsigned char *)p)[i] != byte)
			return 0;
	return 1;
}

/* A small file of /proc, with a zero at its end; the number of bytes, or -1. */
static inline ssize_t
read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size_t used = 0;
	ssize_t got;
	while (used < size - 1 && (got = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	return (ssize_t)used;
}

/* Field `number` (0: all pages mapped, 1: resident) of /proc/self/statm, in KiB. */
static inline long
statm_kib(unsigned number)
{
	char text[256];
	check(read_file("/proc/self/statm", text, sizeof(text)) > 0);
	char *at = text;
	long pages = 0;
	for (unsigned i = 0; i <= number; i++)
		pages = strtol(at, &at, 10);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static inline long
resident_kib(void)
{
	return statm_kib(1);
}

/* The threads of this process, as the kernel counts them. */
static inline int
thread_count(void)
{
	char text[4096];
	check(read_file("/proc/self/status", text, sizeof(text)) > 0);
	const char *at = strstr(text, "\nThreads:");
	check(at != NULL);
	return atoi(at + 9);
}

static inline void
sleep_ms(long ms)
{
	struct timespec left;
	left.tv_sec = ms / 1000;
	left.tv_nsec = ms % 1000 * 1000000;
	while (nanosleep(&left, &left) != 0)
		;
}

static inline long
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The child ended by itself, with status 0. */
static inline void
check_child(pid_t pid)
{
	int status = -1;
	check(pid > 0);
	pid_t got;
	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	check(got == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		dprintf(2, "a child ended with wait status %#x\n", (unsigned)status);
		_exit(1);
	}
}

#endif
