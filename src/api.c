/*
 * api - the four functions of include/tidepool/tidepool.h, which says what they mean.
 *
 * Owns        nothing
 * Callers     any thread; not a signal handler
 * Fails       -1 and errno, as the header says
 */
#include <errno.h>
#include <sys/mman.h>

#include <tidepool/tidepool.h>

#include "aside.h"
#include "base.h"
#include "dump.h"
#include "epoch.h"
#include "sizeclass.h"
#include "snapshot.h"

EXPORT const char *
tidepool_version(void)
{
	return PACKAGE_VERSION;
}

EXPORT size_t
tidepool_rotate(void)
{
	return aside_calls() == NULL ? epoch_rotate_now() : 0;
}

EXPORT int
tidepool_dump(const char *path)
{
	return dump_write(path, SNAPSHOT_THREAD) ? 0 : -1;
}

static void
copy_class(struct tidepool_class_stats *out, const struct class_figures *from)
{
	*out = (struct tidepool_class_stats){
		.size = from->size,
		.gets = from->gets,
		.puts = from->puts,
		.hits_private = from->hits_private,
		.hits_shared = from->hits_shared,
		.hits_steal = from->hits_steal,
		.hits_victim = from->hits_victim,
		.misses = from->misses,
		.fetched = from->fetched,
		.released = from->released,
		.cached_objects = from->cached_objects,
		.victim_objects = from->victim_objects,
	};
}

EXPORT int
tidepool_class_stats(size_t size, struct tidepool_class_stats *out)
{
	unsigned pool = sizeclass_of(size);
	if (pool == 0) {
		errno = EINVAL;
		return -1;
	}
	/* Mapped: too large for a small thread's stack, and a static one would need a lock that a fork can orphan. */
	struct snapshot *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return -1;
	snapshot_take(s, SNAPSHOT_THREAD);
	copy_class(out, &s->class[pool - 1]); /* a snapshot has a row for every pool, in the order of their numbers */
	munmap(s, sizeof(*s));
	return 0;
}
