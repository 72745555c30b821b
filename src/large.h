/*
 * large - blocks that are too large for the pools: from arenas of their own, which keep the memory of freed ones for the next.
 *
 * jemalloc gives blocks of 8 MiB and more to the kernel as soon as they are freed, and others after ten seconds, or never in a program that has
 * stopped calling it. Here what is freed is kept for an epoch, all of it and of any size, as far as the whole stays near what was
 * alive at most lately. Past that, or where the next block would find no room in what is kept, its memory goes to the new block's addresses
 * (frames.h), and only what is left then goes to the kernel.
 *
 * jemalloc stays the one who knows blocks and addresses: what malloc_usable_size says, and free takes, is jemalloc's. The arenas' hooks count the
 * memory under them: jemalloc believes that a free page is decommitted when it is purged, and commits it again.
 *
 * Hides arenas and hooks, and what is kept.
 *
 * Owns        the arenas. A few for all CPUs: what one frees another finds, and a block is dear for other reasons than a lock
 * Callers     any thread, at any time of its life
 * Sync table  alloc x alloc, alloc x flush, free x all: none to exclude; two purges of one arena at a time: the second is left out
 * Invariants  L1 a byte of an arena is counted (backed) exactly while jemalloc holds it for committed: backed = alive + kept
 *             L2 memory is laid only under a range that this call has had committed, and that nobody has been given yet
 * Edges       large.arena   store of an arena's flags (release) -> load (acquire): its arena and its counter are there
 * Fails       NULL: no arena (yet), or no memory in it: the caller asks jemalloc's own arenas. errno is not set
 */
#ifndef TIDEPOOL_LARGE_H
#define TIDEPOOL_LARGE_H

#include "base.h"

#define LARGE_MORE_THAN ((size_t)1 << 20) /* bytes: what isn't larger is pooled by default, and jemalloc's business where not */

/* Once, after the settings. decay_ms: how long jemalloc keeps what is freed while blocks are being asked for. */
void large_start(uint64_t decay_ms);

/* n > LARGE_MORE_THAN; alignment a power of two. */
void *large_malloc(size_t n, size_t alignment);

/* Makes the block at p, which may be anybody's of jemalloc, n bytes long where it lies. False: it stays as it is. */
bool large_resize(void *p, size_t n);

/* A block that is not pooled was freed. */
void large_freed(void);

/* Somebody turns the epochs, and calls large_age: what is freed may be kept. Without, only a few MiB are. */
void large_set_kept(bool kept);

/* At a rotation: what nobody has asked for goes to the kernel. purge: all that is kept. */
void large_age(bool purge);

/* Bytes that memory may lie under: what is alive, and what is kept. And the latter alone. */
uint64_t large_backed_bytes(void);
uint64_t large_kept_bytes(void);

/* In the child of a fork: whoever was purging is not there. */
void large_fork_child(void);

#endif
