/*
 * pagemap - address ▸ pool: one byte for every 4 KiB of address space, 0 for "not ours".
 *
 * free must know the class of a pointer, and asking jemalloc for it is the largest part of jemalloc's own free.
 *
 * Owns        the bytes; two levels (a root in .bss, leaves of 256 KiB for each GiB that is used). A root entry is where the leaf
 *             would begin if it went down to page 0, so that a page's number is its index
 * Callers     pagemap_of: anyone, a signal handler too; set and clear: backend
 * Invariants  P1 a page's byte is non-zero only while the page lies in an extent of a pool arena
 *             P2 for every object that was handed out and has not gone back to jemalloc, the byte of its first page is its pool,
 *                or 0 once somebody has resized the object in place through jemalloc's own API
 * Why P1 is enough   a slab holds one class only, and pool arenas serve nobody but us; an object from anywhere else lies in
 *             pages whose byte is 0 and goes to jemalloc. A stale byte inside a pool arena (of a slab that was dissolved) is
 *             overwritten by pagemap_set before an object of the new extent is handed out
 * Edges       none: the pointer that is looked up reached its thread by some happens-before of the program's own, and the
 *             byte was written before the pointer was first handed out; a leaf is installed before any of its bytes is set
 * Fails       pagemap_set is false when a leaf can't be had: the object must not be pooled
 */
#ifndef TIDEPOOL_PAGEMAP_H
#define TIDEPOOL_PAGEMAP_H

#include "base.h"

#define PAGEMAP_PAGE_BITS 12
#define PAGEMAP_LEAF_BITS 18
#define PAGEMAP_ADDRESS_BITS 48
#define PAGEMAP_ROOTS ((size_t)1 << (PAGEMAP_ADDRESS_BITS - PAGEMAP_PAGE_BITS - PAGEMAP_LEAF_BITS))

extern _Atomic uintptr_t pagemap_root[PAGEMAP_ROOTS]; /* 0: no leaf */

/* The pool of the object at p, or 0. Any value of p may be asked for. */
INLINE unsigned
pagemap_of(const void *p)
{
	uintptr_t a = (uintptr_t)p;
	size_t root = a >> (PAGEMAP_PAGE_BITS + PAGEMAP_LEAF_BITS);
	if (unlikely(root >= PAGEMAP_ROOTS))
		return 0;
	uintptr_t bytes = atomic_load_explicit(&pagemap_root[root], memory_order_relaxed); /* sync: none, see Edges */
	if (unlikely(bytes == 0))
		return 0;
	/* sync: none, see Edges */
	return atomic_load_explicit((_Atomic uint8_t *)(bytes + (a >> PAGEMAP_PAGE_BITS)), memory_order_relaxed);
}

/* The object at p belongs to pool c from now on. */
bool pagemap_set(const void *p, unsigned c);

/* The same for n objects, whose order is reversed on the way. False: some could not be set. */
bool pagemap_set_and_turn(void **objects, size_t n, unsigned c);

/* Nothing in [p, p + n) is ours any more. */
void pagemap_clear(const void *p, size_t n);

#endif
