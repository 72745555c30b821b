/*
 * extents - the memory that jemalloc's pool arenas lie in: the hooks by which it comes and goes.
 *
 * They are jemalloc's own, with two additions. The page map stays true (P1, P2 of pagemap.h). And an arena that grows by large steps
 * gets transparent huge pages, where the kernel gives them on request (its setting is `madvise`): a page fault for 2 MiB costs a third
 * of the 512 small ones. From the first time that pages of such a step go back to the kernel it has small ones again: a huge page
 * comes back as a whole, and khugepaged would fill up by itself what a rotation has just emptied.
 *
 * Hides the hooks, and which steps are huge.
 *
 * Owns        the list of huge steps; a step is added once, and made small once
 * Callers     jemalloc, under its locks, on any thread; extents_init, extents_set_huge: boot, before the first arena
 * Sync table  grow x grow: the list's length is reserved by an atomic addition;  purge x purge: none to exclude, the advice is repeated
 * Edges       extents.step   store of a step's size (release) -> load (acquire): its address
 * Fails       a refused advice changes nothing
 */
#ifndef TIDEPOOL_EXTENTS_H
#define TIDEPOOL_EXTENTS_H

#include "base.h"

/* False: this jemalloc is one that we can't work with. */
bool extents_init(void);

/* What arenas.create takes as its hooks (an extent_hooks_t *). huge: for small objects, which are touched one after the other. */
void *extents_hooks(bool huge);

void extents_set_huge(bool huge);
bool extents_huge(void);

/* Bytes of the steps that have huge pages on request; a figure. */
uint64_t extents_huge_bytes(void);

#endif
