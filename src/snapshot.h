/*
 * snapshot - all the figures of a dump, gathered at one moment.
 *
 * Hides from the formats where a figure comes from (bins, shards, retired threads, jemalloc).
 *
 * Owns        nothing; a snapshot is the caller's (about 15 KB: it is static in dump.c, not on a handler's stack)
 * Callers     any thread; snapshot_take(…, SNAPSHOT_HANDLER) also a signal handler: it takes no lock and does not ask jemalloc
 * Invariants  for every class  gets = hits.* + misses;  in a quiescent process  puts + fetched = gets + cached + released
 *             for every class and the totals  cached = private + shared + victim, as bytes
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
	uint64_t private_objects, victim_objects;
	uint64_t cached_bytes, private_bytes, shared_bytes, victim_bytes, live_bytes;
	uint64_t released_bytes;
	/* Puts of objects that another thread had got: at least so many. Nothing is counted for it on the fast path: what a thread has put
	 * beyond all that it has got, others must have got. Ended threads, and what is counted for the process (handlers), are one thread
	 * here. It is all of them where some threads only allocate and others only free, and 0 where both do as much of either. */
	uint64_t cross_thread_puts;
};

/* What has happened between two dumps of this process. */
struct snapshot_since {
	bool known;                   /* false: there was no dump before */
	uint64_t ms;
	uint64_t gets, puts, misses, fetched, released, released_bytes;
	uint64_t rotations, rotating_ns;
};

struct snapshot {
	uint64_t uptime_ms;
	uint64_t wall_ms;                              /* the moment, in milliseconds since 1970 */
	unsigned classes;                              /* rows used in class[] */
	struct class_figures class[POOLS_MAX];         /* every pooled class, ascending, also those never used */
	struct class_figures total;
	struct {
		uint64_t number;
		uint64_t rotations[ROTATION_CAUSES];
		uint64_t released_objects, released_bytes; /* by rotations */
		uint64_t skipped_bins;
		uint64_t rotating_ns;                      /* time spent rotating */
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
	struct snapshot_since since;
	const char *aside;                             /* why we have stepped aside; NULL: we have not */
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

/* The running totals of a dump that was written, for the next one; all zero before the first. */
struct snapshot_mark {
	struct snapshot_since sums; /* since the start */
};
void snapshot_set_mark(struct snapshot_mark *mark, const struct snapshot *s);

/* Fills in s->since: what has happened since that mark. */
void snapshot_compare(struct snapshot *s, const struct snapshot_mark *mark);

/* Was there ever anything of this class? */
static inline bool
snapshot_was_used(const struct class_figures *c)
{
	return (c->gets | c->puts | c->fetched | c->released | c->passed_through | c->cached_objects) != 0;
}

/* jemalloc's active against allocated, in thousandths; 0: not known. */
static inline uint64_t
snapshot_fragmentation(const struct snapshot *s)
{
	uint64_t active = s->jemalloc.active, allocated = s->jemalloc.allocated;

	for (; active > UINT64_MAX / 1000; active >>= 1)
		allocated >>= 1;
	return s->jemalloc.known && allocated > 0 ? active * 1000 / allocated : 0;
}

/* gets - misses */
static inline uint64_t
snapshot_hits(const struct class_figures *c)
{
	return c->hits_private + c->hits_shared + c->hits_steal + c->hits_victim;
}

/* The attached threads one by one: *cursor starts as NULL; false past the last. Safe in a handler. */
bool snapshot_thread(const void **cursor, struct thread_figures *out);

#endif
