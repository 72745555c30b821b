/*
 * backend - what jemalloc serves the pools: batches.
 *
 * Pool memory comes from arenas of tidepool's own, made on first use (extents.h has their hooks): one for each shard, and a second one for its
 * objects of more than a page.
 * Batches go through an explicit cache for each shard, which is flushed at every rotation: nothing pooled is ever left in an
 * automatic thread cache.
 *
 * Hides arenas and caches.
 *
 * Owns        the pool arenas and explicit caches
 * Callers     any thread, but for backend_start, backend_configure and backend_fork_prepare: boot
 * Sync table  fetch x fetch, fetch x release, release x release, x flush: none to exclude (each shard has a lock; a batch that
 *             finds it taken goes to the next shard's)
 * Invariants  every object that fetch hands out is marked in the page map before it is handed out
 * Edges       backend.source   store of a source's flags (release) -> load (acquire): its arena is there
 * Fails       NULL or 0: jemalloc is out of memory. It also fills nothing when the caller is inside jemalloc already:
 *             backend_fetch_one then still answers, and only its NULL means that memory is gone. errno is not set
 */
#ifndef TIDEPOOL_BACKEND_H
#define TIDEPOOL_BACKEND_H

#include "base.h"
#include "sizeclass.h"

/* Starts jemalloc and reads its classes up to SIZECLASS_LIMIT into all[]; returns how many, 0 when this jemalloc is one that
 * we can't work with (the page size or the batch call): then nothing may be pooled. */
unsigned backend_start(struct sizeclass *all, unsigned most);

/* Once the pools are chosen. decay_ms: how long pages that rotations have emptied stay with their arena. */
void backend_configure(uint64_t decay_ms);

/* --- batches, for pooled classes --- */

/* Moves up to n objects of pool c into out; returns how many. Those of a slab stand with the lowest address last: what is popped first lies
 * first, and memory is touched in the order it lies in. */
size_t backend_fetch(unsigned shard, unsigned c, size_t n, void **out);

/* The same for one object that is all zeros. Memory that the kernel has just given is neither cleared again nor touched. */
size_t backend_fetch_zeroed(unsigned shard, unsigned c, void **out);

/* Gives n objects of pool c back. */
void backend_release(unsigned shard, unsigned c, size_t n, void *const *in);

/* Bytes of all objects of pooled classes that have been fetched and not given back. */
uint64_t backend_held_bytes(void);

/* About so many bytes that were given back lie in the pages of our arenas, since these went to the kernel last. */
uint64_t backend_left_bytes(void);

/* One object past caches and locks of ours. While the shard has no arena yet it comes from jemalloc's own, and the page map does
 * not know it: pagemap_of tells which. */
void *backend_fetch_one(unsigned shard, unsigned c);
void backend_release_one(unsigned c, void *p);

/* Hands what lies in the explicit caches (and the caller's own, for the epoch thread) to their arenas. What then becomes of their empty pages:
 *   KEEP   jemalloc's decay has them: the program grows, and will like them
 *   AGE    the same where something was fetched since they were aged last; elsewhere they go to the kernel at once
 *   PURGE  they go to the kernel at once */
enum backend_pages { BACKEND_KEEP_PAGES, BACKEND_AGE_PAGES, BACKEND_PURGE_PAGES };
bool backend_flush(enum backend_pages pages); /* true: all of them went to the kernel */

/* Before a fork, with everybody kept out: ends the explicit caches. jemalloc 5.3.0 forgets in the child which caches an arena
 * has, and taking one out of a list that it is not in writes into what were other threads' stacks. The next use makes a new one. */
void backend_fork_prepare(void);

#endif
