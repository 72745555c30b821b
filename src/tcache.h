/*
 * tcache - the automatic cache that jemalloc has for a thread (28 KB): which threads get one.
 *
 * jemalloc is told at its start to make none (interpose_conf.c). A thread of the program's gets one but where nothing would ever use it: when
 * every class that it could hold is pooled, and no object in the process is linked with jemalloc. The epoch thread gets one for what it gives
 * back, which is half as expensive that way.
 *
 * Callers     tcache_configure: boot, before a second thread exists; the others: any thread, of itself
 * Fails       without memory a thread does without
 */
#ifndef TIDEPOOL_TCACHE_H
#define TIDEPOOL_TCACHE_H

#include "base.h"

/* Once the pools are chosen. */
void tcache_configure(void);

/* The calling thread has a cache of ours. False: jemalloc has no memory for it now. */
bool tcache_begin(void);

/* The calling thread is the epoch thread: all that it ever gives back goes through its automatic cache. False: no memory for that now; it
 * must end. */
bool tcache_begin_own(void);

/* This is the epoch thread: nothing of the program's is in its automatic cache. */
bool tcache_is_own(void);

/* Hands what lies in the epoch thread's automatic cache to the arenas. Nothing to do on any other thread. */
void tcache_flush_own(void);

#endif
