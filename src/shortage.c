#include "shortage.h"

#include "control.h"

#include <sys/mman.h>

#define ROOM ((size_t)8 << 20) /* address space: jemalloc maps 2 MiB for an arena, aligned, which can take twice that */

_Atomic bool shortage_seen;
bool (*shortage_hook)(size_t n);

static THREAD_LOCAL bool state_made, arena_made;

static bool
there_is_room(void)
{
	void *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return room != MAP_FAILED && munmap(room, ROOM) == 0;
}

bool
shortage_make_state(void)
{
	bool enabled;
	if (likely(state_made))
		return true;
	/* sync: none, a hint */
	if (atomic_load_explicit(&shortage_seen, memory_order_relaxed) && !there_is_room())
		return false;
	state_made = true;
	return control_read("thread.tcache.enabled", &enabled, sizeof enabled); /* what it says does not matter */
}

bool
shortage_make_arena(void)
{
	unsigned arena;
	if (likely(arena_made))
		return true;
	return arena_made = there_is_room() && shortage_make_state() && control_read("thread.arena", &arena, sizeof arena);
}

bool
shortage_try_again(size_t n)
{
	atomic_store_explicit(&shortage_seen, true, memory_order_relaxed); /* sync: none, a hint */
	return shortage_hook != NULL && shortage_hook(n);
}
