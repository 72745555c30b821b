#include "meta.h"

#include "lock.h"

#include <errno.h>
#include <sys/mman.h>

struct free_block {
	struct free_block *next;
};

static struct {
	size_t size;
	struct free_block *free;
} kinds[META_KINDS];

static struct lock meta_lock = LOCK_INITIALIZER(RANK_META);
static char *chunk, *chunk_end;
static _Atomic uint64_t mapped;

/* Small processes take little, large ones few system calls. */
static size_t
next_chunk_size(void)
{
	uint64_t have = atomic_load_explicit(&mapped, memory_order_relaxed); /* sync: none, changed under meta_lock */
	return have < (64u << 10) ? 64u << 10 : have < (1u << 20) ? (size_t)have : 1u << 20;
}

static size_t
whole_pages(size_t n)
{
	return (n + 0xffff) & ~(size_t)0xffff;
}

static void *
map_locked(size_t n)
{
	int saved = errno;
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (p == MAP_FAILED)
		return NULL;
	atomic_fetch_add_explicit(&mapped, n, memory_order_relaxed); /* sync: none, a figure */
	return p;
}

static void *
carve_locked(size_t n)
{
	n = (n + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
	if ((size_t)(chunk_end - chunk) < n) {
		size_t size = size_max(next_chunk_size(), whole_pages(n));
		char *fresh = map_locked(size);
		if (fresh == NULL)
			return NULL;
		if (size - n < (size_t)(chunk_end - chunk))
			return fresh; /* a large block of its own: the present chunk has more left */
		chunk = fresh;
		chunk_end = fresh + size;
	}
	void *p = chunk;
	chunk += n;
	return p;
}

void
meta_kind_size(enum meta_kind kind, size_t bytes)
{
	kinds[kind].size = bytes;
}

void *
meta_alloc(enum meta_kind kind)
{
	lock_take(&meta_lock);
	struct free_block *b = kinds[kind].free;
	if (b != NULL)
		kinds[kind].free = b->next;
	else
		b = carve_locked(kinds[kind].size);
	lock_give(&meta_lock);
	return b;
}

void
meta_free(enum meta_kind kind, void *block)
{
	struct free_block *b = block;
	lock_take(&meta_lock);
	b->next = kinds[kind].free;
	kinds[kind].free = b;
	lock_give(&meta_lock);
}

void *
meta_forever(size_t n)
{
	lock_take(&meta_lock);
	void *p = carve_locked(n);
	lock_give(&meta_lock);
	return p;
}

uint64_t
meta_bytes(void)
{
	return atomic_load_explicit(&mapped, memory_order_relaxed); /* sync: none, a figure */
}
