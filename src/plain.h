/*
 * plain - jemalloc as it is, one block at a time and past all pools, in any state of memory.
 *
 * Blocks of more than LARGE_MORE_THAN come from large's arenas, but for cleared ones, and for those that these have no memory for.
 *
 * Callers     any thread, at any time of its life
 * Fails       NULL: no memory, also after all that lies cached was given back (shortage.h). errno is not set
 */
#ifndef TIDEPOOL_PLAIN_H
#define TIDEPOOL_PLAIN_H

#include "base.h"

/* n > 0, alignment a power of two */
void *plain_malloc(size_t n);
void *plain_zalloc(size_t n);
void *plain_aligned(size_t alignment, size_t n);
void *plain_realloc(void *p, size_t n);
void plain_free(void *p);
size_t plain_usable_size(const void *p);

/* plain_malloc, but nothing is given back for it. */
void *plain_try(size_t n);

#endif
