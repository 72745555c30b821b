#include "pagemap.h"

#include <errno.h>
#include <sys/mman.h>

_Atomic(_Atomic uint8_t *) pagemap_root[PAGEMAP_ROOTS];

#define LEAF_PAGES ((size_t)1 << PAGEMAP_LEAF_BITS)

static _Atomic uint8_t *
leaf_of(uintptr_t page)
{
	/* sync: none; the leaf's bytes start as zero, whoever installed it */
	return atomic_load_explicit(&pagemap_root[page >> PAGEMAP_LEAF_BITS], memory_order_relaxed);
}

static COLD _Atomic uint8_t *
install_leaf(uintptr_t page)
{
	int saved = errno;
	void *fresh = mmap(NULL, LEAF_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (fresh == MAP_FAILED)
		return NULL;
	_Atomic uint8_t *installed = NULL;
	/* sync: none; a fresh leaf is all zero bytes, which is what a reader without a leaf would have answered */
	if (atomic_compare_exchange_strong_explicit(&pagemap_root[page >> PAGEMAP_LEAF_BITS], &installed, fresh,
	    memory_order_relaxed, memory_order_relaxed))
		return fresh;
	munmap(fresh, LEAF_PAGES); /* somebody was faster */
	return installed;
}

bool
pagemap_set(const void *p, unsigned c)
{
	uintptr_t page = (uintptr_t)p >> PAGEMAP_PAGE_BITS;
	if (page >> (PAGEMAP_ADDRESS_BITS - PAGEMAP_PAGE_BITS))
		return false;
	_Atomic uint8_t *leaf = leaf_of(page);
	if (unlikely(leaf == NULL) && (leaf = install_leaf(page)) == NULL)
		return false;
	_Atomic uint8_t *byte = &leaf[page & (LEAF_PAGES - 1)];
	/* sync: none, see Edges; looked at first, as most of the time the slab's other objects have been here before */
	if (atomic_load_explicit(byte, memory_order_relaxed) != c)
		atomic_store_explicit(byte, (uint8_t)c, memory_order_relaxed); /* sync: none, see Edges */
	return true;
}

void
pagemap_clear(const void *p, size_t n)
{
	uintptr_t page = (uintptr_t)p >> PAGEMAP_PAGE_BITS, end = ((uintptr_t)p + n + 0xfff) >> PAGEMAP_PAGE_BITS;
	while (page < end) {
		uintptr_t next_leaf = (page | (LEAF_PAGES - 1)) + 1;
		_Atomic uint8_t *leaf = page >> (PAGEMAP_ADDRESS_BITS - PAGEMAP_PAGE_BITS) ? NULL : leaf_of(page);
		if (leaf == NULL) {
			page = next_leaf;
			continue;
		}
		for (; page < end && page < next_leaf; page++)
			/* sync: none, see Edges; looked at first, so that a leaf's untouched pages stay untouched */
			if (atomic_load_explicit(&leaf[page & (LEAF_PAGES - 1)], memory_order_relaxed) != 0)
				atomic_store_explicit(&leaf[page & (LEAF_PAGES - 1)], 0, memory_order_relaxed); /* sync: none, see Edges */
	}
}
