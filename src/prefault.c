/* See prefault.h. */
#include "prefault.h"

#include "sizeclass.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define PAGE ((uintptr_t)4096) /* the least there is; on larger pages the kernel refuses what does not begin at one */
#define LEAST (2 * PAGE)       /* one fault costs as much as one call */

static _Atomic bool refused; /* this kernel can't */

static void
populate(uintptr_t from, uintptr_t end)
{
	from &= ~(PAGE - 1);
	end = (end + PAGE - 1) & ~(PAGE - 1);
	if (end - from < LEAST)
		return;
	int saved = errno;
	if (madvise((void *)from, end - from, MADV_POPULATE_WRITE) != 0 && errno == EINVAL)
		atomic_store_explicit(&refused, true, memory_order_relaxed); /* sync: none, a hint */
	errno = saved;
}

void
prefault_slabs(void *const *objects, size_t n, size_t slab, size_t size)
{
	uintptr_t from = 0, end = 0;
	if (size > SIZECLASS_TOUCHED_MAX || atomic_load_explicit(&refused, memory_order_relaxed)) /* sync: none, a hint */
		return;
	for (size_t i = 0; i + slab <= n; i += slab) {
		uintptr_t first = (uintptr_t)objects[i], last = (uintptr_t)objects[i + slab - 1];
		if (last - first != (slab - 1) * size) /* no whole slab after all */
			return;
		if (first != end) {
			populate(from, end);
			from = first;
		}
		end = last + size;
	}
	populate(from, end);
}
