/*
 * figures - a dump that was read from its JSON (schema 1; README.md lists the keys).
 *
 * A counter that is missing is 0: older libraries write fewer. One that is there is a number, and what every library has written is there.
 *
 * Owns        a struct figures owns its classes until figures_forget
 * Callers     the one thread of the command
 * Fails       false, and `why` says it in a line
 */
#ifndef TIDEPOOL_COMMAND_FIGURES_H
#define TIDEPOOL_COMMAND_FIGURES_H

#include "library.h" /* WHY_MAX */

struct counters {
	uint64_t size; /* of a class; 0 in the totals */
	uint64_t gets, puts, hits_private, hits_shared, hits_steal, hits_victim, misses, fetched, released, passed_through;
	uint64_t cached_bytes, victim_bytes, live_bytes, cached_objects, victim_objects;
	uint64_t private_bytes, shared_bytes; /* with victim_bytes: cached_bytes by level */
};

#define FIGURES_SETTINGS_MAX 64

struct figures {
	int pid;
	char program[64], version[32], signal[64], idle_drain_why[96];
	char aside[160]; /* why the library has stepped aside; "": it has not */
	double uptime;
	double time; /* of the dump, since 1970; 0: an older library, which did not say */
	uint64_t epoch, rotations, released_bytes, released_objects, skipped_bins;
	bool idle_drain, background;
	struct counters total;
	struct counters *class;
	size_t classes;
	uint64_t allocated, active, resident, mapped, retained;
	bool jemalloc_known;
	struct { char name[40], value[120]; } setting[FIGURES_SETTINGS_MAX];
	size_t settings;
};

/* `name` is what a complaint calls it. */
bool figures_read(const char *text, const char *name, struct figures *out, char why[static WHY_MAX]);
bool figures_read_file(const char *path, struct figures *out, char why[static WHY_MAX]);
void figures_forget(struct figures *f);

/* All hits of a row. */
uint64_t figures_hits(const struct counters *c);

/* The row of a size; NULL: it is not pooled. */
const struct counters *figures_class(const struct figures *f, uint64_t size);

/* a - b, of what only grows; what stands for a moment (bytes, objects) stays a's. False: b has more, so it is of a later time
 * or another process. */
bool figures_since(const struct counters *a, const struct counters *b, struct counters *out);

#endif
