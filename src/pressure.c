/* See pressure.h. */
#include "pressure.h"

#include "cgroup.h"

#define FIND_MS 10000             /* a process is moved, and a limit set, while it runs */
#define RELAXED_LOOK_MS 1000
#define FASTEST_GROWTH 262144     /* bytes each ms: a program that grows by 256 MiB a second is met before the limit */
#define STALLED_HUNDREDTHS 1000   /* 10.00 % */
#define STALLED_US_EACH_MS 100

/* Under the rotation lock. */
static bool has_sources;
static uint64_t found_ms, looked_ms;           /* 0: never */
static struct cgroup_stalls last_stalls;
static uint64_t last_stalls_ms;                /* 0: not since we look at this file */
static uint64_t headroom = UINT64_MAX;

static _Atomic int answer;

static enum pressure
judge(uint64_t used, uint64_t limit)
{
	uint64_t tenth = limit / 10;
	return used >= tenth * 9 ? PRESSURE_FULL : used >= tenth * 8 ? PRESSURE_SOME : PRESSURE_NONE;
}

/* Bytes from `used` to where the answer gets worse. */
static uint64_t
room_below(uint64_t used, uint64_t limit)
{
	static const unsigned tenths[] = { [PRESSURE_NONE] = 8, [PRESSURE_SOME] = 9, [PRESSURE_FULL] = 10 };
	uint64_t next = limit / 10 * tenths[judge(used, limit)];
	return next > used ? next - used : 0;
}

/* The worst over all cgroups; the room below a milder answer does not matter then. */
static enum pressure
look_at_limits(void)
{
	enum pressure worst = PRESSURE_NONE;

	headroom = UINT64_MAX;
	for (unsigned level = 0; level < cgroup_levels(); level++) {
		uint64_t limit, used;
		if (!cgroup_read(level, &limit, &used))
			continue;
		if (judge(used, limit) != PRESSURE_NONE) {
			uint64_t pages = cgroup_file_pages(level);
			used -= pages < used ? pages : used;
		}
		enum pressure here = judge(used, limit);
		uint64_t room = room_below(used, limit);
		if (here > worst || (here == worst && room < headroom))
			headroom = room;
		if (here > worst)
			worst = here;
	}
	return worst;
}

/* The kernel's average comes late: what was lost since our last look says it earlier. */
static bool
rising(const struct cgroup_stalls *s, uint64_t now)
{
	return last_stalls_ms != 0 && s->total_us > last_stalls.total_us &&
	    s->total_us - last_stalls.total_us >= (now - last_stalls_ms) * STALLED_US_EACH_MS;
}

static enum pressure
look_at_stalls(uint64_t now)
{
	struct cgroup_stalls s;
	if (!cgroup_read_stalls(&s))
		return PRESSURE_NONE;
	bool some = s.hundredths >= STALLED_HUNDREDTHS || rising(&s, now);
	last_stalls = s;
	last_stalls_ms = now;
	return some ? PRESSURE_SOME : PRESSURE_NONE;
}

static void
set_answer(enum pressure p)
{
	atomic_store_explicit(&answer, (int)p, memory_order_relaxed); /* sync: none, a figure */
}

enum pressure
pressure_now(void)
{
	return (enum pressure)atomic_load_explicit(&answer, memory_order_relaxed); /* sync: none, a figure */
}

static bool
is_time_to_find(uint64_t now)
{
	return found_ms == 0 || (has_sources && now >= found_ms + FIND_MS);
}

enum pressure
pressure_look(uint64_t now, bool grown)
{
	if (looked_ms != 0 && now < looked_ms + (grown ? PRESSURE_GROWN_LOOK_MS : PRESSURE_LOOK_MS))
		return pressure_now();
	looked_ms = now;
	if (is_time_to_find(now)) {
		found_ms = now;
		has_sources = cgroup_find();
		last_stalls_ms = 0; /* it may be another file */
	}
	enum pressure limits = look_at_limits(), stalls = look_at_stalls(now);
	set_answer(limits > stalls ? limits : stalls);
	return pressure_now();
}

uint64_t
pressure_headroom(void)
{
	return headroom;
}

uint64_t
pressure_interval(void)
{
	if (looked_ms == 0)
		return 0;
	if (!has_sources)
		return PRESSURE_NEVER;
	if (pressure_now() != PRESSURE_NONE)
		return PRESSURE_LOOK_MS;
	uint64_t ms = headroom / FASTEST_GROWTH;
	return ms < PRESSURE_LOOK_MS ? PRESSURE_LOOK_MS : ms < RELAXED_LOOK_MS ? ms : RELAXED_LOOK_MS;
}

void
pressure_forget(void)
{
	set_answer(PRESSURE_NONE);
	headroom = UINT64_MAX;
	last_stalls_ms = 0;
}

void
pressure_fork_child(void)
{
	found_ms = looked_ms = last_stalls_ms = 0;
	cgroup_forget();
}

void
pressure_init(const char *root)
{
	cgroup_init(root);
	found_ms = looked_ms = 0;
	pressure_forget();
}
