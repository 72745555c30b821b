/*
 * dump_json - a dump for programs: one JSON object (RFC 8259), one line for each class and thread.
 *
 * schema 1. A key that is there keeps its name and meaning; new keys may come. Numbers are counts, bytes or seconds, as the
 * name says, and go up to 2^64 - 1. The contract stands in dump.h.
 */
#include <limits.h>
#include <unistd.h>

#include "dump.h"
#include "options.h"
#include "progname.h"
#include "ranking.h"

/* The way to the next member: `before` is what stands in front of it, '{' for the first one, ',' for the others. */
static void
key(struct writer *w, char before, const char *name)
{
	writer_char(w, before);
	writer_char(w, '"');
	writer_str(w, name);
	writer_str(w, "\":");
}

static void
number(struct writer *w, char before, const char *name, uint64_t v)
{
	key(w, before, name);
	writer_u64(w, v);
}

static void
seconds(struct writer *w, char before, const char *name, uint64_t ms)
{
	key(w, before, name);
	writer_fixed(w, ms, 3);
}

static void
truth(struct writer *w, char before, const char *name, bool v)
{
	key(w, before, name);
	writer_str(w, v ? "true" : "false");
}

/* part / whole; null where there is no whole. */
static void
ratio(struct writer *w, char before, const char *name, uint64_t part, uint64_t whole)
{
	key(w, before, name);
	for (; part > UINT64_MAX / 1000000 || whole > UINT64_MAX / 1000000; part >>= 1)
		whole >>= 1;
	if (whole == 0)
		writer_str(w, "null");
	else
		writer_fixed(w, part * 1000000 / whole, 6);
}

static void
rate(struct writer *w, char before, const char *name, uint64_t n, uint64_t ms)
{
	key(w, before, name);
	if (ms == 0)
		writer_str(w, "null");
	else
		writer_fixed(w, n > UINT64_MAX / 1000000 ? n / ms * 1000000 : n * 1000000 / ms, 3);
}

/* NULL is null. */
static void
text(struct writer *w, char before, const char *name, const char *v)
{
	key(w, before, name);
	if (v)
		writer_json(w, v);
	else
		writer_str(w, "null");
}

/* A member of the outermost object begins a line. */
static void
part(struct writer *w, const char *name)
{
	writer_str(w, ",\n\"");
	writer_str(w, name);
	writer_str(w, "\":");
}

static void
write_header(struct writer *w, const struct snapshot *s, const char *signal_state)
{
	number(w, '{', "schema", 1);
	text(w, ',', "version", PACKAGE_VERSION);
	key(w, ',', "pid");
	writer_i64(w, getpid());
	text(w, ',', "program", progname);
	seconds(w, ',', "uptime_seconds", s->uptime_ms);
	text(w, ',', "signal", signal_state);
	seconds(w, ',', "time_seconds", s->wall_ms);
	text(w, ',', "aside", s->aside);
}

static void
write_settings(struct writer *w)
{
	static char value[PATH_MAX]; /* whoever writes a dump has the turn */
	const char *name;
	bool is_default;

	part(w, "settings");
	writer_char(w, '{');
	for (unsigned row = 0; options_row(row, &name, value, sizeof(value), &is_default); row++) {
		writer_str(w, row == 0 ? "\"TIDEPOOL_" : ",\"TIDEPOOL_");
		writer_str(w, name);
		writer_str(w, "\":");
		writer_json(w, value);
	}
	writer_char(w, '}');
}

static void
write_epoch(struct writer *w, const struct snapshot *s)
{
	part(w, "epoch");
	number(w, '{', "number", s->epoch.number);
	seconds(w, ',', "period_seconds", options.epoch_ms);
	key(w, ',', "rotations");
	number(w, '{', "timer", s->epoch.rotations[ROTATION_TIMER]);
	number(w, ',', "budget", s->epoch.rotations[ROTATION_BUDGET]);
	number(w, ',', "pressure", s->epoch.rotations[ROTATION_PRESSURE]);
	number(w, ',', "manual", s->epoch.rotations[ROTATION_MANUAL]);
	writer_char(w, '}');
	number(w, ',', "released_objects", s->epoch.released_objects);
	number(w, ',', "released_bytes", s->epoch.released_bytes);
	number(w, ',', "skipped_bins", s->epoch.skipped_bins);
	key(w, ',', "rotating_seconds");
	writer_fixed(w, s->epoch.rotating_ns, 9);
	truth(w, ',', "idle_drain", s->epoch.idle_drain);
	text(w, ',', "idle_drain_why", s->epoch.idle_drain_why);
	truth(w, ',', "background", s->epoch.background);
	writer_char(w, '}');
}

/* What the totals and each class have in common. */
static void
write_counters(struct writer *w, char before, const struct class_figures *c)
{
	number(w, before, "gets", c->gets);
	number(w, ',', "puts", c->puts);
	key(w, ',', "hits");
	number(w, '{', "private", c->hits_private);
	number(w, ',', "shared", c->hits_shared);
	number(w, ',', "steal", c->hits_steal);
	number(w, ',', "victim", c->hits_victim);
	writer_char(w, '}');
	number(w, ',', "misses", c->misses);
	number(w, ',', "fetched", c->fetched);
	number(w, ',', "released", c->released);
	number(w, ',', "passed_through", c->passed_through);
	number(w, ',', "cached_bytes", c->cached_bytes);
	number(w, ',', "victim_bytes", c->victim_bytes);
	number(w, ',', "live_bytes", c->live_bytes);
	number(w, ',', "cached_objects", c->cached_objects);
	number(w, ',', "victim_objects", c->victim_objects);
	number(w, ',', "private_objects", c->private_objects);
	number(w, ',', "private_bytes", c->private_bytes);
	number(w, ',', "shared_bytes", c->shared_bytes);
	number(w, ',', "released_bytes", c->released_bytes);
	ratio(w, ',', "hit_rate", snapshot_hits(c), c->gets);
	number(w, ',', "cross_thread_puts", c->cross_thread_puts);
	ratio(w, ',', "cross_thread_share", c->cross_thread_puts, c->puts);
}

static void
write_classes(struct writer *w, const struct snapshot *s)
{
	part(w, "classes");
	writer_char(w, '[');
	for (unsigned i = 0; i < s->classes; i++) {
		writer_str(w, i == 0 ? "\n" : ",\n");
		number(w, '{', "size", s->class[i].size);
		write_counters(w, ',', &s->class[i]);
		writer_char(w, '}');
	}
	writer_char(w, ']');
}

static void
write_thread(struct writer *w, bool first, const struct thread_figures *t)
{
	writer_str(w, first ? "\n" : ",\n");
	key(w, '{', "tid");
	writer_i64(w, t->tid);
	text(w, ',', "name", t->name);
	number(w, ',', "cached_bytes", t->cached_bytes);
	number(w, ',', "gets", t->gets);
	writer_char(w, '}');
}

static void
write_threads(struct writer *w)
{
	const void *cursor = NULL;
	struct thread_figures t;

	part(w, "threads");
	writer_char(w, '[');
	for (bool first = true; snapshot_thread(&cursor, &t); first = false)
		write_thread(w, first, &t);
	writer_char(w, ']');
}

static void
write_top_threads(struct writer *w)
{
	static struct ranking r; /* whoever writes a dump has the turn */

	ranking_take(&r);
	part(w, "top_threads");
	writer_char(w, '[');
	for (unsigned i = 0; i < r.shown; i++)
		write_thread(w, i == 0, &r.at[i]);
	writer_char(w, ']');
}

static void
write_since(struct writer *w, const struct snapshot_since *since)
{
	part(w, "since_last_dump");
	if (!since->known) {
		writer_str(w, "null");
		return;
	}
	seconds(w, '{', "seconds", since->ms);
	number(w, ',', "gets", since->gets);
	number(w, ',', "puts", since->puts);
	number(w, ',', "misses", since->misses);
	number(w, ',', "fetched", since->fetched);
	number(w, ',', "released", since->released);
	number(w, ',', "released_bytes", since->released_bytes);
	number(w, ',', "rotations", since->rotations);
	key(w, ',', "rotating_seconds");
	writer_fixed(w, since->rotating_ns, 9);
	rate(w, ',', "gets_per_second", since->gets, since->ms);
	rate(w, ',', "puts_per_second", since->puts, since->ms);
	rate(w, ',', "misses_per_second", since->misses, since->ms);
	rate(w, ',', "released_bytes_per_second", since->released_bytes, since->ms);
	ratio(w, ',', "hit_rate", since->gets > since->misses ? since->gets - since->misses : 0, since->gets);
	writer_char(w, '}');
}

static void
write_jemalloc(struct writer *w, const struct snapshot *s)
{
	part(w, "jemalloc");
	number(w, '{', "allocated", s->jemalloc.allocated);
	number(w, ',', "active", s->jemalloc.active);
	number(w, ',', "resident", s->jemalloc.resident);
	number(w, ',', "mapped", s->jemalloc.mapped);
	number(w, ',', "retained", s->jemalloc.retained);
	if (s->jemalloc.known)
		seconds(w, ',', "sampled_seconds_ago", s->jemalloc.age_ms);
	else
		text(w, ',', "sampled_seconds_ago", NULL);
	ratio(w, ',', "fragmentation", s->jemalloc.active, s->jemalloc.known ? s->jemalloc.allocated : 0);
	writer_char(w, '}');
}

void
dump_json(struct writer *w, const struct snapshot *s, const char *signal_state)
{
	write_header(w, s, signal_state);
	write_settings(w);
	write_epoch(w, s);
	part(w, "totals");
	write_counters(w, '{', &s->total);
	writer_char(w, '}');
	write_classes(w, s);
	write_threads(w);
	write_top_threads(w);
	write_since(w, &s->since);
	write_jemalloc(w, s);
	writer_str(w, "}\n");
}
