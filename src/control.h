/*
 * control - jemalloc's controls by name: its mallctl, one read or one write at a time.
 *
 * Hides how a control of one arena or class is addressed.
 *
 * Callers     any thread, not in a handler; jemalloc takes locks of its own
 * Fails       false: there is no such control, or jemalloc refused. errno is kept as jemalloc leaves it
 */
#ifndef TIDEPOOL_CONTROL_H
#define TIDEPOOL_CONTROL_H

#include "base.h"

#include <sys/types.h>

bool control_read(const char *name, void *out, size_t size);

/* prefix.<i>.suffix, the form of every control of an arena or class. What there is nothing of is NULL and 0. */
bool control_indexed(const char *prefix, unsigned i, const char *suffix, void *old, size_t old_size, void *new, size_t new_size);

/* What experimental.batch_alloc takes. */
struct control_batch {
	void **pointers;
	size_t count, size;
	int flags;
};

/* jemalloc has called us from its own work (the start of its background thread, by a control of which it holds the lock): a control that takes that
 * lock would wait for ever. Told by a batch, which it does not fill then; true also where it has no memory for one object. */
bool control_is_inside(void);

/* A new arena with these hooks (extent_hooks_t), whose free pages are kept for decay_ms whatever their size: what is free and adjoining is one
 * extent, and jemalloc purges those of 8 MiB at once where nobody says otherwise. None for a caller that is inside. */
bool control_make_arena(void *hooks, ssize_t decay_ms, unsigned *arena);

/* jemalloc's version in its own words, "5.3.0-0-g…"; never NULL. */
const char *control_version(void);

/* --- jemalloc's figures, bytes. Asking refreshes its own statistics, which takes its locks: at most once a second --- */
struct control_figures {
	uint64_t allocated, active, resident, mapped, retained;
};
bool control_read_figures(struct control_figures *out);

/* Every empty page of every arena of jemalloc's, the program's too, goes to the kernel. Returns their bytes. */
size_t control_purge_all(void);

#endif
