/*
 * shard - the shared level of every pool: for each CPU and class a stack of full magazines, and the victims of the last rotation.
 *
 * Hides from the rooms above that a magazine may come from another CPU.
 *
 * A stack is guarded by a try-lock of its own. Nobody ever waits for one: whoever finds it taken spins for a moment (the holder
 * needs some twenty nanoseconds, if it runs), and then goes on to the next shard, as the holder may have been preempted. Only the
 * rotation, which has time, waits. As the lists are only touched under the lock there is no ABA and nothing to prove about them.
 *
 * A get leaves its empty magazine where it took the full one, and a put takes an empty one where it leaves the full one. So
 * between a producer and a consumer the magazines go round by themselves: one lock, which is one atomic exchange, a magazine
 * on either side.
 *
 * Owns        what is on the stacks; a magazine belongs to whoever took it off
 * Callers     any thread that has taken its own cache's lock or the rotation lock (so a fork, which takes all of these, finds
 *             every stack unlocked); not a signal handler
 * Sync table  get x get, get x put, put x put, any x age: none to exclude;  age x age: caller excludes (the rotation lock)
 * Invariants  S1 a magazine is on at most one stack   S2 a magazine on `full` holds at least one object
 *             S3 a magazine on `empty` holds none      S4 objects, victim_objects = the sums of the counts on the lists
 * Edges       shard.stack   unlock (release) -> lock (acquire)
 * Fails       never; nothing there gives NULL, false or 0
 */
#ifndef TIDEPOOL_SHARD_H
#define TIDEPOOL_SHARD_H

#include "base.h"
#include "magazine.h"

enum shard_level { SHARD_OWN, SHARD_STOLEN };

/* Makes the stacks; false without memory. */
bool shard_init(void);

/* A magazine with objects of pool c: the own shard's, then the others'. `empty` (or NULL) is left in its place; when the result
 * is NULL it is still the caller's. */
struct magazine *shard_get(unsigned home, unsigned c, struct magazine *empty, enum shard_level *level);

/* Leaves m, which holds objects of pool c, in the own shard, or the next whose lock is free. *empty is an empty magazine to go on
 * with, or NULL. False: every lock was taken, and m is still the caller's. */
bool shard_put(unsigned home, unsigned c, struct magazine *m, struct magazine **empty);

/* Up to `most` objects of pool c from the victims, own shard first. */
size_t shard_get_victims(unsigned home, unsigned c, void **out, size_t most);

/* --- for the rotation, which waits for locks --- */

/* Takes all victims and empty magazines of pool c out of one shard, and makes what is full there the victims. Both are returned
 * as one list. spare_wanted: only where something was got since the last time are there victims; elsewhere what is full is taken out too. */
struct magazine *shard_age(unsigned shard, unsigned c, bool spare_wanted);

/* Adds a magazine that was drained to the victims; an empty one to the empty ones. */
void shard_add_victim(unsigned shard, unsigned c, struct magazine *m);

/* Leaves what an ending thread held in the shared level. */
void shard_adopt(unsigned shard, unsigned c, struct magazine *m);

/* Objects of pool c in all shards, and how many of them are victims; figures. */
void shard_figures(unsigned c, uint64_t *objects, uint64_t *victims);

#endif
