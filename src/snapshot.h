/*
 * snapshot - all the figures of a dump, gathered at one moment.
 *
 * Hides from the formats where a figure comes from (bins, shards, retired threads, jemalloc).
 *
 * Owns        nothing; a snapshot is the caller's (about 15 KB: it is static in dump.c, not on a handler's stack)
 * Callers     any thread; snapshot_take(…, SNAPSHOT_HANDLER) also a signal handler: it takes no lock and does not ask jemalloc
 * Invariants  for every class  gets = hits.* + misses;  in a quiescent process  puts + fetched = gets + cached + released
 * Fails       never; what can't be had is 0
 */
#ifndef TIDEPOOL_SNAPSHOT_H
#define TIDEPOOL_SNAPSHOT_H

#include "base.h"
#include "epoch.h" /* enum rotation_cause */

struct class_figures {
	size_t size;                  /* bytes of one object; 0 in the totals */
	uint64_t gets, puts;
	uint64_t hits_private, hits_shared, hits_steal, hits_victim;
	uint64_t misses;              /* gets that went to jemalloc */
	uint64_t fetched, released;   /* objects from and to jemalloc */
	uint64_t passed_through;      /* gets and puts that went past the pools (handlers, ending threads, the cap); in the totals also what is not pooled */
	uint64_t cached_objects;      /* private + shared + victim */
	uint64_t victim_objects;
	uint64_t cached_bytes, victim_bytes, live_bytes;
};



struct snapshot {
	uint64_t uptime_ms;
	unsigned classes;                              /* rows used in class[] */
	struct class_figures class[POOLS_MAX];         /* every pooled class, ascending, also those never used */
	struct class_figures total;
	struct {
		uint64_t number;
		uint64_t rotations[ROTATION_CAUSES];
		uint64_t released_objects, released_bytes; /* by rotations */
		uint64_t skipped_bins;
		bool idle_drain;                           /* the bins of sleeping threads are drained */
		const char *idle_drain_why;                /* a few words when not; otherwise NULL */
		bool background;                           /* the epoch thread runs at this moment */
	} epoch;
	struct {
		uint64_t allocated, active, resident, mapped, retained; /* bytes */
		uint64_t age_ms;                           /* how old these figures are */
		bool known;                                /* false: never sampled */
	} jemalloc;
	unsigned threads;                              /* attached at this moment */
};

struct thread_figures {
	int tid;
	char name[16]; /* as the kernel has it; "" when it can't be read */
	uint64_t cached_bytes;
	uint64_t gets;
};

enum snapshot_mode {
	SNAPSHOT_THREAD,
	SNAPSHOT_FRESH,   /* jemalloc's figures are of this moment, too: for who subtracts one from another */
	SNAPSHOT_HANDLER
};
void snapshot_take(struct snapshot *s, enum snapshot_mode mode);

/* The attached threads one by one: *cursor starts as NULL; false past the last. Safe in a handler. */
bool snapshot_thread(const void **cursor, struct thread_figures *out);

#endif
