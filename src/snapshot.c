#include "snapshot.h"

#include "aside.h"
#include "control.h"
#include "background.h"
#include "bin.h"
#include "drain.h"
#include "shard.h"
#include "sizeclass.h"
#include "stats.h"
#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
add_counters(struct class_figures *f, unsigned c)
{
	f->gets += stats_read(c, gets);
	f->puts += stats_read(c, puts);
	f->hits_shared += stats_read(c, gets_shared);
	f->hits_steal += stats_read(c, gets_steal);
	f->hits_victim += stats_read(c, gets_victim);
	f->misses += stats_read(c, misses);
	f->fetched += stats_read(c, fetched);
	f->released += stats_read(c, released);
	f->passed_through += stats_read(c, passed_through);
}

static uint64_t
beyond(uint64_t more, uint64_t less)
{
	return more > less ? more - less : 0;
}

/* What no other level has served the thread's own magazines have. A get may be counted at its level and its operation not yet be over. */
static void
finish(struct class_figures *f)
{
	f->hits_private = beyond(f->gets, f->hits_shared + f->hits_steal + f->hits_victim + f->misses);
	f->gets = snapshot_hits(f) + f->misses;
	f->cached_bytes = f->cached_objects * f->size;
	f->private_bytes = f->private_objects * f->size;
	f->victim_bytes = f->victim_objects * f->size;
	f->shared_bytes = f->cached_bytes - f->private_bytes - f->victim_bytes;
	f->live_bytes = beyond(f->gets, f->puts) * f->size;
	f->released_bytes = f->released * f->size;
}

static void
add_bin(struct class_figures *f, const struct bin *b)
{
	struct bin_figures bin;
	bin_read(b, &bin);
	f->gets += bin.pops;
	f->puts += bin.pushes;
	f->private_objects += bin.objects;
	f->cross_thread_puts += beyond(bin.pushes, bin.pops);
}

static void
take_class(struct class_figures *f, unsigned c)
{
	uint64_t objects;

	f->size = sizeclass_pool[c].size;
	add_counters(f, c);
	f->cross_thread_puts = beyond(f->puts, f->gets);
	for (const struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		if (thread_is_live(t))
			add_bin(f, &t->bins[c]);
	shard_figures(c, &objects, &f->victim_objects);
	f->cached_objects = f->private_objects + objects;
	finish(f);
}

static void
add_class(struct class_figures *total, const struct class_figures *f)
{
	total->gets += f->gets;
	total->puts += f->puts;
	total->hits_private += f->hits_private;
	total->hits_shared += f->hits_shared;
	total->hits_steal += f->hits_steal;
	total->hits_victim += f->hits_victim;
	total->misses += f->misses;
	total->fetched += f->fetched;
	total->released += f->released;
	total->passed_through += f->passed_through;
	total->cached_objects += f->cached_objects;
	total->private_objects += f->private_objects;
	total->victim_objects += f->victim_objects;
	total->cached_bytes += f->cached_bytes;
	total->private_bytes += f->private_bytes;
	total->shared_bytes += f->shared_bytes;
	total->victim_bytes += f->victim_bytes;
	total->live_bytes += f->live_bytes;
	total->released_bytes += f->released_bytes;
	total->cross_thread_puts += f->cross_thread_puts;
}

static uint64_t
not_pooled(void)
{
	uint64_t n = stats_read(0, passed_through);
	for (const struct thread_cache *t = thread_next(NULL); t != NULL; t = thread_next(t))
		if (thread_is_live(t))
			n += atomic_load_explicit(&t->unpooled, memory_order_relaxed); /* sync: none, a figure */
	return n;
}

static void
take_epoch(struct snapshot *s)
{
	struct epoch_figures e;
	epoch_figures(&e);
	s->epoch.number = e.number;
	memcpy(s->epoch.rotations, e.rotations, sizeof e.rotations);
	s->epoch.released_objects = e.released_objects;
	s->epoch.released_bytes = e.released_bytes;
	s->epoch.skipped_bins = e.skipped_bins;
	s->epoch.rotating_ns = e.rotating_ns;
	s->epoch.idle_drain_why = drain_refused();
	s->epoch.idle_drain = s->epoch.idle_drain_why == NULL;
	s->epoch.background = background_runs();
}

static void
take_jemalloc(struct snapshot *s)
{
	struct control_figures j;
	uint64_t taken_ms = epoch_last_sample(&j), now = epoch_clock();
	s->jemalloc.known = taken_ms != 0;
	s->jemalloc.age_ms = s->jemalloc.known && now > taken_ms ? now - taken_ms : 0;
	s->jemalloc.allocated = j.allocated;
	s->jemalloc.active = j.active;
	s->jemalloc.resident = j.resident;
	s->jemalloc.mapped = j.mapped;
	s->jemalloc.retained = j.retained;
}

static uint64_t
wall_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
snapshot_take(struct snapshot *s, enum snapshot_mode mode)
{
	memset(s, 0, sizeof *s);
	s->uptime_ms = epoch_clock() - epoch_start_ms;
	s->wall_ms = wall_clock();
	s->aside = aside_reason[0] != '\0' ? aside_reason : NULL;
	s->classes = sizeclass_pools;
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		take_class(&s->class[c - 1], c);
		add_class(&s->total, &s->class[c - 1]);
	}
	s->total.passed_through += not_pooled();
	take_epoch(s);
	if (mode != SNAPSHOT_HANDLER)
		epoch_sample(mode == SNAPSHOT_FRESH ? 0 : EPOCH_SAMPLE_MS);
	take_jemalloc(s);
	s->threads = thread_live_count();
}

/* --- since the last dump --------------------------------------------------------------------------------------------- */

void
snapshot_set_mark(struct snapshot_mark *mark, const struct snapshot *s)
{
	mark->sums = (struct snapshot_since){
		.known = true,
		.ms = s->uptime_ms,
		.gets = s->total.gets,
		.puts = s->total.puts,
		.misses = s->total.misses,
		.fetched = s->total.fetched,
		.released = s->total.released,
		.released_bytes = s->total.released_bytes,
		.rotating_ns = s->epoch.rotating_ns,
	};
	for (unsigned cause = 0; cause < ROTATION_CAUSES; cause++)
		mark->sums.rotations += s->epoch.rotations[cause];
}

/* Figures are read while others count: an older one may be the larger one. */
void
snapshot_compare(struct snapshot *s, const struct snapshot_mark *mark)
{
	const struct snapshot_since *last = &mark->sums;
	struct snapshot_mark now;

	snapshot_set_mark(&now, s);
	s->since = (struct snapshot_since){
		.known = last->known,
		.ms = beyond(now.sums.ms, last->ms),
		.gets = beyond(now.sums.gets, last->gets),
		.puts = beyond(now.sums.puts, last->puts),
		.misses = beyond(now.sums.misses, last->misses),
		.fetched = beyond(now.sums.fetched, last->fetched),
		.released = beyond(now.sums.released, last->released),
		.released_bytes = beyond(now.sums.released_bytes, last->released_bytes),
		.rotations = beyond(now.sums.rotations, last->rotations),
		.rotating_ns = beyond(now.sums.rotating_ns, last->rotating_ns),
	};
}

/* --- threads ------------------------------------------------------------------------------------------------------- */

/* /proc/self/task/<tid>/comm, by calls that a handler may make. */
static void
read_name(int tid, char name[16])
{
	char path[48] = "/proc/self/task/", digits[12];
	size_t n = strlen(path), d = 0;
	int saved = errno;

	name[0] = '\0';
	for (unsigned v = (unsigned)tid; d == 0 || v != 0; v /= 10)
		digits[d++] = (char)('0' + v % 10);
	while (d > 0)
		path[n++] = digits[--d];
	memcpy(path + n, "/comm", sizeof "/comm");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ssize_t got = read(fd, name, 15);
		close(fd);
		if (got > 0)
			name[got - (name[got - 1] == '\n')] = '\0';
	}
	errno = saved;
}

bool
snapshot_thread(const void **cursor, struct thread_figures *out)
{
	const struct thread_cache *t = thread_next(*cursor);
	while (t != NULL && !thread_is_live(t))
		t = thread_next(t);
	if (t == NULL)
		return false;
	*cursor = t;
	memset(out, 0, sizeof *out);
	out->tid = atomic_load_explicit(&t->tid, memory_order_relaxed); /* sync: none, a figure */
	for (unsigned c = 1; c <= sizeclass_pools; c++) {
		struct bin_figures bin;
		bin_read(&t->bins[c], &bin);
		out->gets += bin.pops;
		out->cached_bytes += bin.objects * sizeclass_pool[c].size;
	}
	read_name(out->tid, out->name);
	return true;
}
