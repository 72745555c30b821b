/*
 * dump_prometheus - a dump in Prometheus' text exposition format, version 0.0.4, as node_exporter's textfile collector reads it.
 *
 * Only what can be summed and compared over time: no texts, no names of threads. A class appears with its first use. No series has
 * the pid or the program as a label, so that it goes on when the process is started anew - but where TIDEPOOL_DUMP has %p or %e,
 * files of several processes lie side by side, and a collector refuses two series with the same labels: then each has `pid` or
 * `program`.
 *
 * The contract stands in dump.h.
 */
#include <string.h>
#include <unistd.h>

#include "dump.h"
#include "options.h"
#include "pattern.h"
#include "progname.h"
#include "ranking.h"

/* --- labels ----------------------------------------------------------------- */

/* A value of a label: what is no plain ASCII becomes '?'. */
static void
quoted(struct writer *w, const char *s)
{
	writer_char(w, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			writer_char(w, '\\');
		writer_char(w, *s >= ' ' && *s <= '~' ? *s : '?');
	}
	writer_char(w, '"');
}

/* What of labels is in front of the next one. */
static void
label(struct writer *w, bool *open, const char *name)
{
	writer_char(w, *open ? ',' : '{');
	writer_str(w, name);
	writer_char(w, '=');
	*open = true;
}

static void
text_label(struct writer *w, bool *open, const char *name, const char *value)
{
	label(w, open, name);
	quoted(w, value);
}

static void
number_label(struct writer *w, bool *open, const char *name, uint64_t value)
{
	label(w, open, name);
	writer_char(w, '"');
	writer_u64(w, value);
	writer_char(w, '"');
}

/* Behind the labels of its own a series has those of the process, and a blank. */
static void
end_labels(struct writer *w, bool open)
{
	if (pattern_has(options.dump, 'p'))
		number_label(w, &open, "pid", (uint64_t)getpid());
	if (pattern_has(options.dump, 'e'))
		text_label(w, &open, "program", progname);
	writer_str(w, open ? "} " : " ");
}

/* --- families ---------------------------------------------------------------- */

static const char *family; /* whoever writes a dump has the turn */

static void
begin(struct writer *w, const char *name, const char *type, const char *help)
{
	family = name;
	writer_str(w, "# HELP tidepool_");
	writer_str(w, name);
	writer_char(w, ' ');
	writer_str(w, help);
	writer_str(w, "\n# TYPE tidepool_");
	writer_str(w, name);
	writer_char(w, ' ');
	writer_str(w, type);
	writer_char(w, '\n');
}

static void
series(struct writer *w)
{
	writer_str(w, "tidepool_");
	writer_str(w, family);
}

static void
value(struct writer *w, uint64_t v)
{
	writer_u64(w, v);
	writer_char(w, '\n');
}

static void
value_of(struct writer *w, const char *name, const char *text, uint64_t v)
{
	bool open = false;

	series(w);
	text_label(w, &open, name, text);
	end_labels(w, open);
	value(w, v);
}

/* v / 10^decimals */
static void
alone(struct writer *w, uint64_t v, unsigned decimals)
{
	series(w);
	end_labels(w, false);
	writer_fixed(w, v, decimals);
	writer_char(w, '\n');
}

static void
single(struct writer *w, const char *name, const char *type, const char *help, uint64_t v)
{
	begin(w, name, type, help);
	alone(w, v, 0);
}

static void
of_class(struct writer *w, size_t size, uint64_t v)
{
	bool open = false;

	series(w);
	number_label(w, &open, "class", size);
	end_labels(w, open);
	value(w, v);
}

/* --- classes ----------------------------------------------------------------- */

/* One figure of each class: where it lies in struct class_figures. */
static const struct class_family {
	const char *name, *type, *help;
	size_t at;
} class_families[] = {
#define FIGURE(field, name, type, help) { name, type, help, offsetof(struct class_figures, field) }
	FIGURE(gets, "gets_total", "counter", "Objects that the program was given, by size class in bytes."),
	FIGURE(puts, "puts_total", "counter", "Objects that the program freed, by size class in bytes."),
	FIGURE(misses, "misses_total", "counter", "Gets that jemalloc served, by size class in bytes."),
	FIGURE(fetched, "fetched_total", "counter", "Objects taken from jemalloc, in batches, by size class in bytes."),
	FIGURE(released, "released_total", "counter", "Objects given back to jemalloc, by size class in bytes."),
	FIGURE(cached_bytes, "class_cached_bytes", "gauge", "Bytes of the free objects on all levels, by size class in bytes."),
	FIGURE(live_bytes, "class_live_bytes", "gauge", "Bytes of the objects that the program has, by size class in bytes."),
	FIGURE(cross_thread_puts, "cross_thread_puts", "gauge",
	    "Puts of objects that another thread had got, at least: what threads have put beyond all that they have got."),
#undef FIGURE
};

static uint64_t
figure(const struct class_figures *c, size_t at)
{
	return *(const uint64_t *)(const void *)((const char *)c + at);
}

static void
write_class_family(struct writer *w, const struct snapshot *s, const struct class_family *f)
{
	begin(w, f->name, f->type, f->help);
	for (unsigned i = 0; i < s->classes; i++)
		if (snapshot_was_used(&s->class[i]))
			of_class(w, s->class[i].size, figure(&s->class[i], f->at));
}

static void
write_hits_of(struct writer *w, const struct class_figures *c)
{
	const struct { const char *level; uint64_t hits; } levels[] = {
		{ "private", c->hits_private }, { "shared", c->hits_shared }, { "steal", c->hits_steal }, { "victim", c->hits_victim },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		bool open = false;
		series(w);
		number_label(w, &open, "class", c->size);
		text_label(w, &open, "level", levels[i].level);
		end_labels(w, open);
		value(w, levels[i].hits);
	}
}

static void
write_classes(struct writer *w, const struct snapshot *s)
{
	uint64_t pooled = 0;

	for (size_t i = 0; i < sizeof(class_families) / sizeof(class_families[0]); i++)
		write_class_family(w, s, &class_families[i]);
	begin(w, "hits_total", "counter", "Gets that a level of the pools served, by size class in bytes.");
	for (unsigned i = 0; i < s->classes; i++)
		if (snapshot_was_used(&s->class[i]))
			write_hits_of(w, &s->class[i]);
	begin(w, "passed_through_total", "counter", "Gets and puts that went past the pools, by size class in bytes; none: a size that is not pooled.");
	for (unsigned i = 0; i < s->classes; i++) {
		if (snapshot_was_used(&s->class[i]))
			of_class(w, s->class[i].size, s->class[i].passed_through);
		pooled += s->class[i].passed_through;
	}
	value_of(w, "class", "none", s->total.passed_through > pooled ? s->total.passed_through - pooled : 0);
}

/* --- the process -------------------------------------------------------------- */

static void
write_bytes(struct writer *w, const struct snapshot *s)
{
	begin(w, "cached_bytes", "gauge", "Bytes of the free objects on each level; the next rotation gives the victims back.");
	value_of(w, "level", "private", s->total.private_bytes);
	value_of(w, "level", "shared", s->total.shared_bytes);
	value_of(w, "level", "victim", s->total.victim_bytes);
	single(w, "live_bytes", "gauge", "Bytes of the pooled objects that the program has.", s->total.live_bytes);
	single(w, "released_bytes_total", "counter", "Bytes of the objects given back to jemalloc, by rotations and by frees.", s->total.released_bytes);
}

static void
write_epoch(struct writer *w, const struct snapshot *s)
{
	single(w, "epoch", "gauge", "The number of the epoch: the rotations since the start.", s->epoch.number);
	begin(w, "rotations_total", "counter", "Rotations, by what caused them.");
	value_of(w, "cause", "timer", s->epoch.rotations[ROTATION_TIMER]);
	value_of(w, "cause", "budget", s->epoch.rotations[ROTATION_BUDGET]);
	value_of(w, "cause", "pressure", s->epoch.rotations[ROTATION_PRESSURE]);
	value_of(w, "cause", "manual", s->epoch.rotations[ROTATION_MANUAL]);
	single(w, "rotation_released_bytes_total", "counter", "Bytes of the objects that rotations gave back to jemalloc.", s->epoch.released_bytes);
	begin(w, "rotating_seconds_total", "counter", "Time spent rotating.");
	alone(w, s->epoch.rotating_ns, 9);
	single(w, "skipped_bins_total", "counter", "Bins that a rotation left alone because their owner was inside.", s->epoch.skipped_bins);
	single(w, "idle_drain", "gauge", "1: the bins of sleeping threads are drained.", s->epoch.idle_drain);
	single(w, "epoch_thread", "gauge", "1: the epoch thread runs.", s->epoch.background);
}

static void
write_threads(struct writer *w, const struct snapshot *s)
{
	static struct ranking r; /* whoever writes a dump has the turn */

	single(w, "threads", "gauge", "Threads that have a cache.", s->threads);
	ranking_take(&r);
	begin(w, "top_thread_cached_bytes", "gauge", "Bytes that a thread holds, of the five threads that hold most; rank 1 holds most of all.");
	for (unsigned i = 0; i < RANKING_PLACES; i++) {
		bool open = false;
		series(w);
		number_label(w, &open, "rank", i + 1);
		end_labels(w, open);
		value(w, i < r.shown ? r.at[i].cached_bytes : 0);
	}
}

static void
write_jemalloc(struct writer *w, const struct snapshot *s)
{
	if (!s->jemalloc.known)
		return;
	begin(w, "jemalloc_bytes", "gauge", "The figures of jemalloc, which include what is cached.");
	value_of(w, "kind", "allocated", s->jemalloc.allocated);
	value_of(w, "kind", "active", s->jemalloc.active);
	value_of(w, "kind", "resident", s->jemalloc.resident);
	value_of(w, "kind", "mapped", s->jemalloc.mapped);
	value_of(w, "kind", "retained", s->jemalloc.retained);
	begin(w, "jemalloc_fragmentation_ratio", "gauge", "Active against allocated bytes of jemalloc.");
	alone(w, snapshot_fragmentation(s), 3);
	begin(w, "jemalloc_sample_age_seconds", "gauge", "How old the figures of jemalloc are.");
	alone(w, s->jemalloc.age_ms, 3);
}

static void
write_process(struct writer *w, const struct snapshot *s)
{
	begin(w, "info", "gauge", "Always 1; the version of the library.");
	value_of(w, "version", PACKAGE_VERSION, 1);
	begin(w, "start_time_seconds", "gauge", "When the process began to use the library, in seconds since 1970.");
	alone(w, s->wall_ms - s->uptime_ms, 3);
	begin(w, "dump_time_seconds", "gauge", "When these figures were taken, in seconds since 1970.");
	alone(w, s->wall_ms, 3);
}

void
dump_prometheus(struct writer *w, const struct snapshot *s, const char *signal_state)
{
	(void)signal_state;
	write_process(w, s);
	write_bytes(w, s);
	write_epoch(w, s);
	write_threads(w, s);
	write_jemalloc(w, s);
	write_classes(w, s);
}
