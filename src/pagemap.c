#include "pagemap.h"

#include <errno.h>
#include <sys/mman.h>

_Atomic uintptr_t pagemap_root[PAGEMAP_ROOTS];

#define LEAF_PAGES ((size_t)1 << PAGEMAP_LEAF_BITS)

/* The byte of page 0, as seen from this page's root entry; 0: no leaf. */
static uintptr_t
bytes_of(uintptr_t page)
{
	/* sync: none; the leaf's bytes start as zero, whoever installed it */
	return atomic_load_explicit(&pagemap_root[page >> PAGEMAP_LEAF_BITS], memory_order_relaxed);
}

static _Atomic uint8_t *
byte_of(uintptr_t bytes, uintptr_t page)
{
	return (_Atomic uint8_t *)(bytes + page);
}

static COLD uintptr_t
install_leaf(uintptr_t page)
{
	int saved = errno;
	void *fresh = mmap(NULL, LEAF_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (fresh == MAP_FAILED)
		return 0;
	uintptr_t installed = 0, bytes = (uintptr_t)fresh - (page & ~(LEAF_PAGES - 1));
	/* sync: none; a fresh leaf is all zero bytes, which is what a reader without a leaf would have answered. One that happens to lie
	 * where its bytes come out as 0 is as good as none */
	if (bytes != 0 && atomic_compare_exchange_strong_explicit(&pagemap_root[page >> PAGEMAP_LEAF_BITS], &installed, bytes,
	    memory_order_relaxed, memory_order_relaxed))
		return bytes;
	munmap(fresh, LEAF_PAGES); /* somebody was faster */
	return installed;
}

bool
pagemap_set(const void *p, unsigned c)
{
	uintptr_t page = (uintptr_t)p >> PAGEMAP_PAGE_BITS;
	if (page >> (PAGEMAP_ADDRESS_BITS - PAGEMAP_PAGE_BITS))
		return false;
	uintptr_t bytes = bytes_of(page);
	if (unlikely(bytes == 0) && (bytes = install_leaf(page)) == 0)
		return false;
	_Atomic uint8_t *byte = byte_of(bytes, page);
	/* sync: none, see Edges; looked at first, as most of the time the slab's other objects have been here before */
	if (atomic_load_explicit(byte, memory_order_relaxed) != c)
		atomic_store_explicit(byte, (uint8_t)c, memory_order_relaxed); /* sync: none, see Edges */
	return true;
}

/* *page: the one before; objects of a slab come one after the other. */
INLINE void
set_page(uintptr_t *page, void *p, unsigned c, bool *failed)
{
	uintptr_t of_p = (uintptr_t)p >> PAGEMAP_PAGE_BITS;
	if (unlikely(of_p != *page) && unlikely(!pagemap_set(p, c)))
		*failed = true;
	*page = of_p;
}

bool
pagemap_set_and_turn(void **objects, size_t n, unsigned c)
{
	uintptr_t low = UINTPTR_MAX, high = UINTPTR_MAX;
	bool failed = false;
	for (size_t i = 0, k = n; i < k; i++) { /* from both ends */
		void *first = objects[i], *last = objects[--k];
		set_page(&low, first, c, &failed);
		set_page(&high, last, c, &failed);
		objects[i] = last;
		objects[k] = first;
	}
	return !failed;
}

void
pagemap_clear(const void *p, size_t n)
{
	uintptr_t page = (uintptr_t)p >> PAGEMAP_PAGE_BITS, end = ((uintptr_t)p + n + 0xfff) >> PAGEMAP_PAGE_BITS;
	while (page < end) {
		uintptr_t next_leaf = (page | (LEAF_PAGES - 1)) + 1;
		uintptr_t bytes = page >> (PAGEMAP_ADDRESS_BITS - PAGEMAP_PAGE_BITS) ? 0 : bytes_of(page);
		if (bytes == 0) {
			page = next_leaf;
			continue;
		}
		for (; page < end && page < next_leaf; page++)
			/* sync: none, see Edges; looked at first, so that a leaf's untouched pages stay untouched */
			if (atomic_load_explicit(byte_of(bytes, page), memory_order_relaxed) != 0)
				atomic_store_explicit(byte_of(bytes, page), 0, memory_order_relaxed); /* sync: none, see Edges */
	}
}
