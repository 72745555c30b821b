/*
 * put - the order of Put once the loaded magazine is full.
 *
 *     spare ▸ own CPU's shard, the next whose lock is free ▸ over the cap: jemalloc (a batch)
 *
 * A class that is not worth pooling yet (demand.h) skips all of that, one object at a time.
 *
 * Callers     the owner of the cache, between thread_enter_owner and thread_leave_owner, and inside of the bin's brackets
 * Fails       false: no magazine may be made, and the object is still the caller's
 */
#ifndef TIDEPOOL_PUT_H
#define TIDEPOOL_PUT_H

#include "base.h"
#include "bin.h"

/* Lays p, an object of pool c, into bin b. */
bool put_inside(struct bin *b, unsigned c, void *p);

#endif
