#include "magazine.h"

#include "budget.h"
#include "meta.h"
#include "sizeclass.h"

uint16_t magazine_room_max[POOLS_MAX + 1];

static unsigned
kind_slots(unsigned kind)
{
	return (unsigned)((META_BLOCK_BYTES(kind) - sizeof(struct magazine)) / sizeof(void *));
}

/* Small objects are many in the bytes that a thread may keep, and more would only be more memory to miss the processor's caches with. Of
 * large ones it may keep more bytes: an exchange costs as much for few as for many. */
static size_t
objects_in(size_t bytes, size_t size)
{
	return size_max(bytes / size, size_max(size_min(64, 4 * bytes / size), size_min(8, 64 * bytes / size)));
}

/* The header takes two slots: a magazine of 64 would be a block of 126. It is one of 62 where that costs no more than an eighth, in objects
 * and in the whole slabs that a refill can be. */
static size_t
filling_its_block(size_t room, size_t slab)
{
	unsigned kind = 0;
	while (kind_slots(kind + 1) <= room)
		kind++;
	size_t less = kind_slots(kind);
	return room - less <= room / 8 && less / slab * 8 >= room / slab * 7 ? less : room;
}

void
magazine_init(size_t bytes_per_class)
{
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		size_t half = objects_in(bytes_per_class / 2, sizeclass_pool[c].size); /* a thread holds two magazines of a class */
		size_t room = size_max(1, size_min(half, MAGAZINE_SLOTS_MAX));
		size_t slab = size_max(1, sizeclass_pool[c].slab_objects);
		magazine_room_max[c] = (uint16_t)(room < kind_slots(0) ? room : filling_its_block(room, slab));
	}
}

struct magazine *
magazine_new(unsigned c, unsigned room)
{
	unsigned kind = 0;
	while (kind_slots(kind) < room)
		kind++;
	if (!budget_reserve(room * sizeclass_pool[c].size))
		return NULL;
	struct magazine *m = meta_alloc(kind);
	if (m == NULL) {
		budget_return(room * sizeclass_pool[c].size);
		return NULL;
	}
	m->next = NULL;
	magazine_set_count(m, 0);
	m->room = (uint16_t)room;
	m->pool = (uint8_t)c;
	m->kind = (uint8_t)kind;
	return m;
}

void
magazine_free(struct magazine *m)
{
	budget_return(m->room * sizeclass_pool[m->pool].size);
	meta_free(m->kind, m);
}
