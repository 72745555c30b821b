/*
 * cpu - which shard the calling thread should use: one for each CPU that the process may run on.
 *
 * Owns        the table from CPU number to shard; read-only after cpu_init
 * Callers     cpu_init: boot; cpu_shard: anyone, a handler too
 */
#ifndef TIDEPOOL_CPU_H
#define TIDEPOOL_CPU_H

#include "base.h"

#define CPU_SHARDS_MAX 64

/* Shards in use, 1 … CPU_SHARDS_MAX: what the affinity mask allows, so a container's share and not the host's size. */
extern unsigned cpu_shards;

void cpu_init(void);

/* Lets the calling thread run on every CPU that the process was allowed at its start. A refusal changes nothing. */
void cpu_use_all(void);

/* The shard of the CPU that we run on at this moment (a hint: the thread may move at any time). */
unsigned cpu_shard(void);

#endif
