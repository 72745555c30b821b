/*
 * get - the order of Get once the loaded magazine is empty.
 *
 *     spare ▸ own CPU's shard ▸ the other shards ▸ victims ▸ jemalloc (a batch)
 *
 * Victims come after stealing, as in sync.Pool, so that what lies there can age out; and they are taken one, two, four … at a time
 * while a class keeps asking within an epoch: who wants one object must not keep a whole magazine young. A refill from jemalloc
 * starts small and doubles in the same way. A class that is not worth pooling yet (demand.h) skips all of that, one object at a time.
 *
 * Callers     the owner of the cache, between thread_enter_owner and thread_leave_owner, and inside of the bin's brackets
 * Fails       NULL: no magazine may be made (the cap), or jemalloc filled nothing; the caller asks for a single object
 */
#ifndef TIDEPOOL_GET_H
#define TIDEPOOL_GET_H

#include "base.h"
#include "bin.h"

/* One object of pool c out of bin b. zeroed: where not NULL, one that jemalloc has to serve comes alone and all zeros, and this says so. */
void *get_inside(struct bin *b, unsigned c, bool *zeroed);

#endif
