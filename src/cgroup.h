/*
 * cgroup - the memory limits of the process's control groups and the time it waits for memory, as the kernel's files have them.
 *
 * Hides the two versions of cgroups and the mixture of both, where they are mounted, and /proc/pressure.
 *
 *   v2       memory.max and memory.high, memory.current, memory.stat
 *   v1       memory.limit_in_bytes, memory.usage_in_bytes, memory.stat
 *   stalls   memory.pressure of the own cgroup (v2), or else the machine's /proc/pressure/memory
 *
 * Owns        the paths, and the buffers that files are read through
 * Callers     one at a time
 * Fails       what can't be read is not there; nothing is said, nothing is allocated, no file stays open. errno is kept
 */
#ifndef TIDEPOOL_CGROUP_H
#define TIDEPOOL_CGROUP_H

#include "base.h"

#define CGROUP_LEVELS_MAX 8

/* prefix: what all paths begin with, for tests; NULL or "": nothing. */
void cgroup_init(const char *prefix);

/* Looks where the process is and which of its cgroups, from its own one to the uppermost that can be seen, have a limit. False: there is
 * nothing that could be read, now or later. */
bool cgroup_find(void);

/* What was found does not hold: the next cgroup_find begins anew. */
void cgroup_forget(void);

/* The cgroups with a limit that were found: 0 … cgroup_levels() - 1. */
unsigned cgroup_levels(void);

/* Bytes. False: it has no limit any more, or is gone. */
bool cgroup_read(unsigned level, uint64_t *limit, uint64_t *used);

/* Bytes of `used` that are pages of files. Dearer for the kernel than cgroup_read. */
uint64_t cgroup_file_pages(unsigned level);

struct cgroup_stalls {
	uint64_t hundredths; /* of a percent: the share of the last ten seconds in which somebody waited for memory */
	uint64_t total_us;   /* of such waiting, since the cgroup or the machine began */
};
bool cgroup_read_stalls(struct cgroup_stalls *out);

#endif
