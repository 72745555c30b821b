/*
 * meta - tidepool's own memory, from mmap: pages of equal blocks for magazines, and what is taken for ever.
 *
 * A page serves one kind of block for ever. One whose blocks are all free for two calls of meta_trim gives its memory back to the
 * kernel, so what a thousand idle threads had for magazines does not stay. The address space stays ours: a late reader of a freed
 * block (figures only) finds a block of the same kind, or zeros, and never a fault.
 *
 * Owns        the chunks
 * Callers     any thread; not a signal handler
 * Invariants  E1 a block is with its user, on its page's free list, or beyond the page's `carved`
 *             E2 a page is full, or on the list of its kind, or (with no block in use) on one of the lists of empty pages
 * Fails       NULL when the kernel has no memory; errno is kept
 */
#ifndef TIDEPOOL_META_H
#define TIDEPOOL_META_H

#include "base.h"

/* Blocks of 64, 128, 256, 512, 1024, 2048 and 4096 bytes. */
enum { META_KINDS = 7 };
#define META_BLOCK_BYTES(kind) ((size_t)CACHE_LINE << (kind))

/* A block: zeros, or what some user has left in it. */
void *meta_alloc(unsigned kind);
void meta_free(unsigned kind, void *block);

/* The pages that have been empty since the last call but one go back to the kernel. */
void meta_trim(void);

/* n zeroed bytes for ever, cache-line aligned. */
void *meta_forever(size_t n);

/* Bytes taken from the kernel so far, as address space. */
uint64_t meta_bytes(void);

#endif
