/*
 * figures.h - what a test asks the library and the kernel about the process it runs in: the figures of a JSON dump
 * (TIDEPOOL_FORMAT=json, so `cases` says so), its tasks by name, and waiting for a fact with a generous end.
 *
 * Nothing here allocates.
 */
#ifndef TIDEPOOL_PRELOAD_FIGURES_H
#define TIDEPOOL_PRELOAD_FIGURES_H

#define TIDEPOOL_WEAK
#include <tidepool/tidepool.h>

#include <sys/syscall.h>

#include "check.h"

/* Waits until the condition holds. The end is for a machine that does ten other things; a test that reaches it has failed. */
#define check_within(seconds, condition)                                                                        \
	do {                                                                                                    \
		long end_ = now_ms() + (seconds) * 1000L;                                                       \
		while (!(condition) && now_ms() < end_)                                                         \
			sleep_ms(1);                                                                            \
		check(condition);                                                                               \
	} while (0)

/* A dump as text, in a buffer that the next one overwrites. One thread at a time. */
static inline const char *
dump_now(void)
{
	static char text[1 << 17], path[64];
	snprintf(path, sizeof(path), "/tmp/tidepool-test.%d", (int)getpid());
	check(tidepool_dump(path) == 0);
	check(read_file(path, text, sizeof(text)) > 0);
	check(unlink(path) == 0);
	return text;
}

/* The text behind "part": {… "name": in a dump. */
static inline const char *
value_in(const char *text, const char *part, const char *name)
{
	char quoted[64];
	snprintf(quoted, sizeof(quoted), "\"%s\":", part);
	const char *at = strstr(text, quoted);
	check(at != NULL);
	snprintf(quoted, sizeof(quoted), "\"%s\":", name);
	check((at = strstr(at, quoted)) != NULL);
	return at + strlen(quoted);
}

/* A number of a dump that is made now: figure("epoch", "number"). */
static inline uint64_t
figure(const char *part, const char *name)
{
	return strtoull(value_in(dump_now(), part, name), NULL, 10);
}

/* At this moment, by the class that serves n bytes. */
static inline uint64_t
cached_objects(size_t n)
{
	struct tidepool_class_stats stats;
	check(tidepool_class_stats(n, &stats) == 0);
	return stats.cached_objects;
}

/* Every pooled size, ascending; returns how many. Without the library none is. */
static inline unsigned
pooled_sizes(size_t *out, unsigned most)
{
	unsigned n = 0;
	struct tidepool_class_stats stats;
	for (size_t size = 1; n < most && tidepool_class_stats != NULL && tidepool_class_stats(size, &stats) == 0; size = stats.size + 1)
		out[n++] = stats.size;
	return n;
}

struct entry {
	uint64_t inode, offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

/* Calls look for every entry of a directory but . and .., until it says stop (0). */
static inline void
each_entry(const char *path, int (*look)(const char *name, void *arg), void *arg)
{
	char entries[4096] __attribute__((aligned(8)));
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), more = 1;
	check(directory >= 0);
	long got;
	while (more && (got = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0)
		for (long at = 0; more && at < got; at += ((struct entry *)(void *)(entries + at))->size) {
			const char *name = ((struct entry *)(void *)(entries + at))->name;
			more = name[0] == '.' || look(name, arg);
		}
	close(directory);
}

struct task_search {
	const char *name;
	int found; /* its number, or 0 */
};

static inline int
look_at_task(const char *number, void *arg)
{
	struct task_search *search = arg;
	char path[64], name[32];
	snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", number);
	ssize_t got = read_file(path, name, sizeof(name)); /* it may have ended */
	if (got > 0 && name[got - 1] == '\n')
		name[got - 1] = '\0';
	if (got <= 0 || strcmp(name, search->name) != 0)
		return 1;
	search->found = atoi(number);
	return 0;
}

/* The library's own thread: its number, or 0 when there is none. */
static inline int
helper_task(void)
{
	struct task_search search = { "tidepool", 0 };
	each_entry("/proc/self/task", look_at_task, &search);
	return search.found;
}

static inline int
count_entry(const char *name, void *arg)
{
	(void)name;
	++*(int *)arg;
	return 1;
}

static inline int
descriptor_count(void)
{
	int n = 0;
	each_entry("/proc/self/fd", count_entry, &n);
	return n - 1; /* the directory itself */
}

#endif
