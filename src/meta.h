/*
 * meta - tidepool's own memory: from mmap, one size for each kind, type-stable, never returned to another kind.
 *
 * Hides chunks and free lists. What was a magazine stays a magazine: a late reader of a freed one finds a magazine, never
 * something else.
 *
 * Owns        the chunks
 * Callers     any thread; not a signal handler
 * Invariants  a block is with its user or on the free list of its kind
 * Fails       meta_alloc gives NULL when the kernel has no memory; errno is kept
 */
#ifndef TIDEPOOL_META_H
#define TIDEPOOL_META_H

#include "base.h"

enum meta_kind {
	META_THREAD,
	META_MAGAZINE,                    /* … and the larger magazines behind it */
	META_MAGAZINE_LAST = META_MAGAZINE + 5,
	META_KINDS
};

/* Bytes of one block of the kind, rounded up to cache lines. Once, before the first meta_alloc of the kind. */
void meta_kind_size(enum meta_kind kind, size_t bytes);

/* A block, zeroed when it is new, as its last user left it (but for its first word) when it is not. */
void *meta_alloc(enum meta_kind kind);
void meta_free(enum meta_kind kind, void *block);

/* n zeroed bytes for ever, cache-line aligned. */
void *meta_forever(size_t n);

/* Bytes taken from the kernel so far. */
uint64_t meta_bytes(void);

#endif
