/* See frames.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "frames.h"

#include "fatal.h"
#include "lines.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define LEAST ((size_t)128 << 10) /* bytes worth the two calls of a move */

static _Atomic bool forbidden, moved;
static _Atomic int moves_left = FRAMES_MOVES;

static bool
is_set(const _Atomic bool *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed); /* sync: none, a hint */
}

static void
set(_Atomic bool *flag)
{
	if (!is_set(flag))
		atomic_store_explicit(flag, true, memory_order_relaxed); /* sync: none, a hint */
}

bool
frames_can_move(void)
{
	return !is_set(&forbidden) && atomic_load_explicit(&moves_left, memory_order_relaxed) > 0; /* sync: none, a hint */
}

/* Those of the process, up to FRAMES_MAPPINGS + 1. */
static unsigned
count_mappings(void)
{
	char buffer[4096];
	struct lines l;
	unsigned n = 0;
	if (!lines_open(&l, "/proc/self/maps", buffer, sizeof buffer))
		return FRAMES_MAPPINGS + 1;
	while (n <= FRAMES_MAPPINGS && lines_next(&l) != NULL)
		n++;
	lines_close(&l);
	return n;
}

void
frames_recount(void)
{
	if (is_set(&forbidden) || frames_can_move() || count_mappings() > FRAMES_MAPPINGS)
		return;
	atomic_store_explicit(&moves_left, FRAMES_MOVES, memory_order_relaxed); /* sync: none, a hint */
}

void
frames_forbid(void)
{
	set(&forbidden);
}

/* Takes the memory to a place that the kernel chooses. NULL: it lies in more than one mapping, or there is no address space. */
static char *
lift(char *from, size_t n)
{
	char *p = mremap(from, n, n, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (p != MAP_FAILED)
		return p;
	if (errno != EFAULT && errno != ENOMEM)
		frames_forbid(); /* a kernel that can't, a sandbox that won't let us */
	return NULL;
}

static void *
map(char *p, size_t n, int how)
{
	return mmap(p, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how, -1, 0);
}

/* A call that maps over something has failed. The kernel unmaps before the last things that can fail, which are memory for its own books. */
static COLD void
fill_hole(char *p, size_t n)
{
	bool whole = madvise(p, n, MADV_NORMAL) == 0; /* which does nothing else here */
	if (!whole && map(p, n, MAP_FIXED_NOREPLACE) != p)
		fatal("the kernel has lost addresses", p);
}

/* One mapping, which lift has made: what could be wrong with it was wrong there already, before `to` was touched. */
static void
lay(char *lifted, char *to, size_t n)
{
	if (mremap(lifted, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to)
		return;
	frames_forbid();
	munmap(lifted, n);
	fill_hole(to, n);
}

static size_t
move_whole(char *from, char *to, size_t n)
{
	char *lifted = frames_can_move() ? lift(from, n) : NULL;
	if (lifted == NULL)
		return 0;
	set(&moved);
	atomic_fetch_sub_explicit(&moves_left, 1, memory_order_relaxed); /* sync: none, a hint */
	lay(lifted, to, n);
	return n;
}

/* Where a piece lies in several mappings, by halves of it; what lies across their ends stays where it is. */
size_t
frames_move(char *from, size_t n, char *to, size_t room)
{
	int saved = errno;
	size_t done = 0;
	for (size_t step = n; size_min(n, room - done) >= LEAST && frames_can_move();) {
		step = size_min(size_max(step, LEAST), size_min(n, room - done));
		size_t now = move_whole(from, to + done, step);
		size_t past = now == 0 && step <= 2 * LEAST ? step : now;
		done += now;
		from += past;
		n -= past;
		step = now != 0 ? step * 2 : step / 2 & ~(LEAST - 1);
	}
	errno = saved;
	return done;
}

/* Only where that can change something: the call takes longer. */
static void
map_anew(char *p, size_t n)
{
	if (is_set(&moved) && map(p, n, MAP_FIXED) != p)
		fill_hole(p, n);
}

bool
frames_drop(char *p, size_t n)
{
	int saved = errno;
	bool done = n == 0 || madvise(p, n, MADV_DONTNEED) == 0;
	if (done && n != 0)
		map_anew(p, n);
	errno = saved;
	return done;
}
