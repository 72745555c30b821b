#include "cpu.h"

#include <sched.h>

unsigned cpu_shards = 1;

static uint8_t shard_of_cpu[CPU_SETSIZE];
static cpu_set_t allowed; /* at the start */
static bool known;

void
cpu_init(void)
{
	unsigned n = 0;

	known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
	if (!known)
		return; /* more CPUs than the mask has room for, or a sandbox: one shard is always right */
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		/* A CPU that is not allowed today may be tomorrow: it shares with its neighbour. */
		shard_of_cpu[cpu] = (uint8_t)(n % CPU_SHARDS_MAX);
		if (CPU_ISSET(cpu, &allowed))
			n++;
	}
	cpu_shards = n == 0 ? 1 : n < CPU_SHARDS_MAX ? n : CPU_SHARDS_MAX;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		shard_of_cpu[cpu] = (uint8_t)(shard_of_cpu[cpu] % cpu_shards);
}

void
cpu_use_all(void)
{
	if (known)
		sched_setaffinity(0, sizeof allowed, &allowed);
}

unsigned
cpu_shard(void)
{
	int cpu = cpu_shards == 1 ? 0 : sched_getcpu();
	return cpu < 0 || cpu >= CPU_SETSIZE ? 0 : shard_of_cpu[cpu];
}
