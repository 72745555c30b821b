/*
 * prefault - pages that are about to be touched, had from the kernel by the dozen.
 *
 * A program that grows takes a page fault for each page, which costs more than the page: one call for all pages of a refill saves a third of it
 * (MADV_POPULATE_WRITE, Linux 5.14). Only for objects that leave no page untouched, and only for memory that is fresh: for
 * pages that are there already the call is nothing but a cost.
 *
 * Callers     any thread, not in a handler; the memory is the caller's
 * Fails       nothing happens, and the pages come when they are touched. errno is kept
 */
#ifndef TIDEPOOL_PREFAULT_H
#define TIDEPOOL_PREFAULT_H

#include "base.h"

/* The n objects are whole slabs of `slab` objects of `size` bytes each, slab after slab, each in the order it lies in memory. */
void prefault_slabs(void *const *objects, size_t n, size_t slab, size_t size);

#endif
