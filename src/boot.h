/*
 * boot - the order of start, fork and end; and the wiring of the hooks by which lower rooms call higher ones.
 *
 * Start is the first call of the malloc family, or our constructor, whichever comes first. Until it is done (also for what start itself
 * allocates, and for a call so early that the environment can't be read) everything falls through to jemalloc.
 *
 * Before that it is seen whether we should be here at all (aside.h); if not, nothing of what follows is there.
 *
 * Order of start     settings ▸ neighbours ▸ jemalloc ▸ classes ▸ magazines, shards ▸ threads ▸ fork handlers (after jemalloc has registered its own,
 *                    so that prepare takes our locks before jemalloc's) ▸ the signal ▸ ready ▸ prewarming (from the constructor)
 * Order of fork      stdio's list lock ▸ rotation ▸ registry and caches, everybody's bins revoked ▸ explicit caches emptied ▸
 *                    (jemalloc's own)
 * Edges              boot.ready   the last store of start (release) -> every look at it (acquire)
 */
#ifndef TIDEPOOL_BOOT_H
#define TIDEPOOL_BOOT_H

#include "base.h"

/* Makes the process ready if that can be done now; true when it is. */
bool boot(void);

#endif
