/*
 * calls - the other allocation calls, expressed by pool_malloc and pool_free.
 *
 * Callers     as for malloc
 * Fails       NULL with errno ENOMEM; calls_realloc then leaves the old block as it was
 */
#ifndef TIDEPOOL_CALLS_H
#define TIDEPOOL_CALLS_H

#include "base.h"

/* n bytes, all zero; n may be 0. */
void *calls_zalloc(size_t n);

/* n bytes (0 allowed) aligned to `alignment`, a power of two of any size. */
void *calls_aligned(size_t alignment, size_t n);

/* p != NULL, n > 0: the block, moved or not, with room for n bytes and its content kept. */
void *calls_realloc(void *p, size_t n);

/* The bytes that may be used behind p (0 for NULL): the same for the block's whole life. */
size_t calls_usable_size(const void *p);

#endif
