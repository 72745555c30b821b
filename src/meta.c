#include "meta.h"

#include "lock.h"

#include <errno.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define CHUNK ((size_t)256 << 10) /* and its alignment: a block finds its chunk by its address */
#define CHUNK_PAGES (CHUNK / PAGE)

struct free_block {
	struct free_block *next;
};

/* One page of blocks; the first page of a chunk holds these for the others. */
struct page {
	struct page *next, *previous; /* on a list */
	struct free_block *free;
	uint16_t used, carved;        /* blocks; what lies beyond `carved` has never been touched */
	uint8_t kind;
	bool idle;                    /* it is on that list */
};

struct chunk {
	struct page pages[CHUNK_PAGES]; /* [0] is this very page, and stands for nothing */
};

_Static_assert(sizeof(struct chunk) <= PAGE, "the pages of a chunk are described in its first page");

/* Lists have a head that is a page too: a page can be taken out without knowing where it is. */
static struct page partial[META_KINDS]; /* some block is free */
static struct page emptied[META_KINDS]; /* no block is in use: since the last trim … */
static struct page idle[META_KINDS];    /* … since the one before */
static struct page blank[META_KINDS];   /* … and the memory is with the kernel */
static struct lock meta_lock = LOCK_INITIALIZER(RANK_META);
static struct chunk *chunk;             /* the newest; its pages from fresh_page on have never been used */
static size_t fresh_page = CHUNK_PAGES;
static char *forever, *forever_end;
static _Atomic uint64_t mapped;

/* --- the kernel ---------------------------------------------------------------------------------------------------- */

static void *
map(size_t n)
{
	int saved = errno;
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (p == MAP_FAILED)
		return NULL;
	atomic_fetch_add_explicit(&mapped, n, memory_order_relaxed); /* sync: none, a figure */
	return p;
}

static void
unmap(void *p, size_t n)
{
	if (n > 0)
		munmap(p, n);
	atomic_fetch_sub_explicit(&mapped, n, memory_order_relaxed); /* sync: none, a figure */
}

static struct chunk *
map_chunk(void)
{
	char *p = map(2 * CHUNK);
	if (p == NULL)
		return NULL;
	char *start = (char *)(((uintptr_t)p + CHUNK - 1) & ~(CHUNK - 1));
	unmap(p, (size_t)(start - p));
	unmap(start + CHUNK, (size_t)(p + CHUNK - start));
	return (struct chunk *)start;
}

/* --- lists --------------------------------------------------------------------------------------------------------- */

static bool
is_empty(const struct page *list)
{
	return list->next == NULL || list->next == list;
}

static void
link_page(struct page *list, struct page *p)
{
	if (list->next == NULL)
		list->next = list->previous = list;
	p->next = list->next;
	p->previous = list;
	list->next->previous = p;
	list->next = p;
}

static struct page *
unlink_page(struct page *p)
{
	p->previous->next = p->next;
	p->next->previous = p->previous;
	return p;
}

static struct page *
take_first(struct page *list)
{
	return is_empty(list) ? NULL : unlink_page(list->next);
}

/* --- pages --------------------------------------------------------------------------------------------------------- */

/* The one that a block, or what describes a page, lies in. */
static struct chunk *
chunk_of(const void *p)
{
	return (struct chunk *)((uintptr_t)p & ~(CHUNK - 1));
}

static struct page *
page_of(const void *block)
{
	return &chunk_of(block)->pages[((uintptr_t)block & (CHUNK - 1)) / PAGE];
}

static char *
memory_of(const struct page *p)
{
	struct chunk *c = chunk_of(p);
	return (char *)c + (size_t)(p - c->pages) * PAGE;
}

static unsigned
blocks_in(unsigned kind)
{
	return (unsigned)(PAGE / META_BLOCK_BYTES(kind));
}

static struct page *
fresh(void)
{
	if (fresh_page == CHUNK_PAGES) {
		struct chunk *c = map_chunk();
		if (c == NULL)
			return NULL;
		chunk = c;
		fresh_page = 1;
	}
	return &chunk->pages[fresh_page++];
}

static struct page *
page_with_room(unsigned kind)
{
	if (!is_empty(&partial[kind]))
		return partial[kind].next;
	struct page *p = take_first(&emptied[kind]);
	if (p == NULL && (p = take_first(&idle[kind])) == NULL && (p = take_first(&blank[kind])) == NULL && (p = fresh()) == NULL)
		return NULL;
	p->kind = (uint8_t)kind; /* and for ever */
	p->idle = false;
	link_page(&partial[kind], p);
	return p;
}

static void *
take_block(struct page *p)
{
	struct free_block *b = p->free;
	if (b != NULL)
		p->free = b->next;
	else
		b = (struct free_block *)(memory_of(p) + p->carved++ * META_BLOCK_BYTES(p->kind));
	if (++p->used == blocks_in(p->kind))
		unlink_page(p);
	return b;
}

void *
meta_alloc(unsigned kind)
{
	lock_take(&meta_lock);
	struct page *p = page_with_room(kind);
	void *block = p != NULL ? take_block(p) : NULL;
	lock_give(&meta_lock);
	return block;
}

void
meta_free(unsigned kind, void *block)
{
	struct page *p = page_of(block);
	struct free_block *b = block;

	lock_take(&meta_lock);
	b->next = p->free;
	p->free = b;
	if (p->used-- == blocks_in(kind))
		link_page(&partial[kind], p);
	if (p->used == 0)
		link_page(&emptied[kind], unlink_page(p));
	lock_give(&meta_lock);
}

/* The idle pages around p, which is one: each call to the kernel interrupts every CPU that the process runs on. */
static struct page *
find_run(struct page *p, size_t *pages)
{
	struct chunk *c = chunk_of(p);
	struct page *first = p, *end = p + 1;
	while (first > &c->pages[1] && first[-1].idle)
		first--;
	while (end < &c->pages[CHUNK_PAGES] && end->idle)
		end++;
	*pages = (size_t)(end - first);
	return first;
}

static bool
give_back(struct page *first, size_t pages)
{
	return madvise(memory_of(first), pages * PAGE, MADV_DONTNEED) == 0;
}

static void
give_back_locked(struct page *first, size_t pages)
{
	int saved = errno;
	bool all = give_back(first, pages);
	for (struct page *p = first; p < first + pages; p++) {
		if (all || give_back(p, 1)) { /* some of them are refused (mlock), or have gone already */
			p->free = NULL;
			p->carved = 0;
		}
		p->idle = false;
		link_page(&blank[p->kind], unlink_page(p));
	}
	errno = saved;
}

void
meta_trim(void)
{
	struct page *p;
	size_t pages;

	lock_take(&meta_lock);
	for (unsigned kind = 0; kind < META_KINDS; kind++)
		while (!is_empty(&idle[kind])) {
			p = find_run(idle[kind].next, &pages);
			give_back_locked(p, pages);
		}
	for (unsigned kind = 0; kind < META_KINDS; kind++)
		while ((p = take_first(&emptied[kind])) != NULL) {
			p->idle = true;
			link_page(&idle[kind], p);
		}
	lock_give(&meta_lock);
}

/* --- for ever ------------------------------------------------------------------------------------------------------ */

void *
meta_forever(size_t n)
{
	n = (n + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
	lock_take(&meta_lock);
	if ((size_t)(forever_end - forever) < n) {
		size_t size = (n + CHUNK / 4 - 1) & ~(CHUNK / 4 - 1);
		char *p = map(size);
		if (p != NULL) {
			forever = p;
			forever_end = p + size;
		}
	}
	char *p = (size_t)(forever_end - forever) < n ? NULL : forever;
	if (p != NULL)
		forever += n;
	lock_give(&meta_lock);
	return p;
}

uint64_t
meta_bytes(void)
{
	return atomic_load_explicit(&mapped, memory_order_relaxed); /* sync: none, a figure */
}
