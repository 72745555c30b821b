/*
 * dump_text - a dump for a person, who is to see in five seconds how much is cached, how often the pools serve, and whether
 * memory goes back. What explains these three comes below them. 100 columns, while the numbers are not enormous.
 *
 * The contract stands in dump.h.
 */
#include <limits.h>
#include <unistd.h>

#include "columns.h"
#include "dump.h"
#include "options.h"
#include "progname.h"
#include "ranking.h"

static uint64_t
rotations(const struct snapshot *s)
{
	uint64_t sum = 0;

	for (unsigned cause = 0; cause < ROTATION_CAUSES; cause++)
		sum += s->epoch.rotations[cause];
	return sum;
}

/* --- what is to be seen at once ------------------------------------------- */

static void
write_cached(struct writer *w, const struct class_figures *all)
{
	columns_label(w, "cached");
	writer_right_bytes(w, all->cached_bytes, 7);
	writer_str(w, "   ");
	writer_bytes(w, all->victim_bytes);
	writer_str(w, " of it victims, the next to go back; ");
	writer_bytes(w, all->live_bytes);
	writer_str(w, " are in use by the program\n");
	columns_label(w, "");
	writer_str(w, "          private ");
	writer_bytes(w, all->private_bytes);
	writer_str(w, ", shared ");
	writer_bytes(w, all->shared_bytes);
	writer_str(w, ", victim ");
	writer_bytes(w, all->victim_bytes);
	writer_char(w, '\n');
}

static void
write_hit_rate(struct writer *w, const struct class_figures *all)
{
	columns_label(w, "hit rate");
	if (all->gets == 0) {
		writer_str(w, "      -   nothing has been asked for yet\n");
		return;
	}
	columns_share(w, snapshot_hits(all), all->gets, 6);
	writer_str(w, "%   private ");
	writer_u64(w, all->hits_private);
	writer_str(w, ", shared ");
	writer_u64(w, all->hits_shared);
	writer_str(w, ", steal ");
	writer_u64(w, all->hits_steal);
	writer_str(w, ", victim ");
	writer_u64(w, all->hits_victim);
	writer_str(w, "; misses ");
	writer_u64(w, all->misses);
	writer_char(w, '\n');
}

static void
write_given_back(struct writer *w, const struct snapshot *s)
{
	columns_label(w, "given back");
	writer_right_bytes(w, s->epoch.released_bytes, 7);
	writer_str(w, "   ");
	writer_u64(w, s->epoch.released_objects);
	writer_str(w, " objects in ");
	writer_u64(w, rotations(s));
	writer_str(w, " rotations; ");
	if (options.epoch_ms == 0)
		writer_str(w, "NOTHING GOES BACK BY ITSELF: TIDEPOOL_EPOCH=off\n");
	else if (s->epoch.idle_drain)
		writer_str(w, "idle threads are drained\n");
	else {
		writer_str(w, "IDLE THREADS KEEP THEIRS");
		if (s->epoch.idle_drain_why) {
			writer_str(w, ": ");
			writer_str(w, s->epoch.idle_drain_why);
		}
		writer_char(w, '\n');
	}
}

static void
write_rate(struct writer *w, uint64_t n, uint64_t ms, const char *of_what)
{
	writer_u64(w, ms == 0 ? 0 : n > UINT64_MAX / 1000 ? n / ms * 1000 : n * 1000 / ms);
	writer_str(w, of_what);
}

static void
write_since(struct writer *w, const struct snapshot_since *since)
{
	if (!since->known)
		return;
	columns_label(w, "lately");
	writer_right_bytes(w, since->released_bytes, 7);
	writer_str(w, "   given back since the last dump, ");
	columns_time(w, since->ms);
	writer_str(w, " ago; ");
	write_rate(w, since->gets, since->ms, " gets/s, ");
	write_rate(w, since->puts, since->ms, " puts/s, ");
	write_rate(w, since->misses, since->ms, " misses/s\n");
}

/* --- what explains it ----------------------------------------------------- */

static void
write_settings(struct writer *w)
{
	static char value[PATH_MAX]; /* whoever writes a dump has the turn */
	const char *name;
	bool is_default, none = true;

	for (unsigned row = 0; options_row(row, &name, value, sizeof(value), &is_default); row++) {
		if (is_default)
			continue;
		columns_label(w, none ? "settings" : "");
		writer_str(w, "TIDEPOOL_");
		writer_str(w, name);
		writer_char(w, '=');
		columns_plain(w, value);
		writer_char(w, '\n');
		none = false;
	}
	if (none) {
		columns_label(w, "settings");
		writer_str(w, "all at their defaults\n");
	}
}

static void
write_epoch(struct writer *w, const struct snapshot *s)
{
	static const char *const cause[ROTATION_CAUSES] = {
		[ROTATION_TIMER] = " by the timer, ",
		[ROTATION_BUDGET] = " by the budget, ",
		[ROTATION_PRESSURE] = " by pressure, ",
		[ROTATION_MANUAL] = " by hand",
	};

	columns_label(w, "epoch");
	writer_str(w, "number ");
	writer_u64(w, s->epoch.number);
	if (options.epoch_ms != 0) {
		writer_str(w, ", one every ");
		columns_time(w, options.epoch_ms);
	}
	writer_str(w, s->epoch.background ? "; its thread runs\n" : "; no thread runs for it\n");
	columns_label(w, "rotations");
	for (unsigned i = 0; i < ROTATION_CAUSES; i++) {
		writer_u64(w, s->epoch.rotations[i]);
		writer_str(w, cause[i]);
	}
	writer_str(w, "; ");
	writer_u64(w, s->epoch.skipped_bins);
	writer_str(w, " bins skipped\n");
	columns_label(w, "");
	writer_fixed(w, s->epoch.rotating_ns / 1000, 3);
	writer_str(w, " ms were spent rotating\n");
}

static void
write_row(struct writer *w, const struct class_figures *c)
{
	columns_number(w, c->gets, 12);
	columns_number(w, c->puts, 12);
	columns_share(w, c->hits_private, c->gets, 8);
	columns_share(w, c->hits_shared, c->gets, 7);
	columns_share(w, c->hits_steal, c->gets, 6);
	columns_share(w, c->hits_victim, c->gets, 7);
	columns_number(w, c->misses, 9);
	columns_bytes(w, c->cached_bytes, 7);
	columns_bytes(w, c->victim_bytes, 7);
	columns_number(w, c->fetched, 9);
	columns_number(w, c->released, 9);
	writer_char(w, '\n');
}

static void
write_classes(struct writer *w, const struct snapshot *s)
{
	unsigned used = 0;

	writer_str(w, "\n                                served by, in % of the gets          bytes in pool  from/to jemalloc\n");
	writer_str(w, "   size        gets        puts private shared steal victim   misses cached victim  fetched released\n");
	for (unsigned i = 0; i < s->classes; i++) {
		const struct class_figures *c = &s->class[i];

		if (!snapshot_was_used(c))
			continue;
		writer_right(w, c->size, 7);
		write_row(w, c);
		used++;
	}
	writer_str(w, "    all");
	write_row(w, &s->total);
	columns_label(w, "");
	writer_u64(w, used);
	writer_str(w, " of ");
	writer_u64(w, s->classes);
	writer_str(w, " pooled sizes were used; ");
	writer_u64(w, s->total.passed_through);
	writer_str(w, " calls went past the pools\n");
	columns_label(w, "");
	writer_str(w, "at least ");
	writer_fixed(w, columns_share_of(s->total.cross_thread_puts, s->total.puts), 1);
	writer_str(w, "% of the puts were of objects that another thread had got\n");
}

static void
write_threads(struct writer *w)
{
	static struct ranking r; /* whoever writes a dump has the turn */

	ranking_take(&r);
	if (r.shown == 0) {
		writer_str(w, "\nno thread holds anything\n");
		return;
	}
	writer_str(w, "\n    tid thread            cached        gets\n");
	for (unsigned i = 0; i < r.shown; i++) {
		writer_right(w, (uint64_t)r.at[i].tid, 7);
		writer_char(w, ' ');
		columns_make_plain(r.at[i].name);
		writer_left(w, r.at[i].name, 16);
		columns_bytes(w, r.at[i].cached_bytes, 8);
		columns_number(w, r.at[i].gets, 12);
		writer_char(w, '\n');
	}
	if (r.more > 0) {
		writer_str(w, "        ... and ");
		writer_u64(w, r.more);
		writer_str(w, " more with ");
		writer_bytes(w, r.more_bytes);
		writer_char(w, '\n');
	}
}

static void
write_jemalloc(struct writer *w, const struct snapshot *s)
{
	const struct { const char *name; uint64_t bytes; } figure[] = {
		{ "allocated ", s->jemalloc.allocated },
		{ ", active ", s->jemalloc.active },
		{ ", resident ", s->jemalloc.resident },
		{ ", mapped ", s->jemalloc.mapped },
		{ ", retained ", s->jemalloc.retained },
	};

	writer_char(w, '\n');
	columns_label(w, "jemalloc");
	if (!s->jemalloc.known) {
		writer_str(w, "not sampled yet\n");
		return;
	}
	for (unsigned i = 0; i < sizeof(figure) / sizeof(figure[0]); i++) {
		writer_str(w, figure[i].name);
		writer_bytes(w, figure[i].bytes);
	}
	writer_char(w, '\n');
	columns_label(w, "");
	writer_str(w, "sampled ");
	writer_fixed(w, s->jemalloc.age_ms / 100, 1);
	writer_str(w, " s ago; fragmentation (active / allocated) ");
	writer_fixed(w, snapshot_fragmentation(s), 3);
	writer_char(w, '\n');
}

static void
write_header(struct writer *w, const struct snapshot *s)
{
	writer_str(w, "tidepool " PACKAGE_VERSION " in ");
	columns_plain(w, progname);
	writer_str(w, ", pid ");
	writer_i64(w, getpid());
	writer_str(w, ", up ");
	columns_time(w, s->uptime_ms);
	writer_str(w, "\n\n");
}

void
dump_text(struct writer *w, const struct snapshot *s, const char *signal_state)
{
	write_header(w, s);
	if (s->aside) {
		columns_label(w, "ASIDE");
		columns_plain(w, s->aside);
		writer_str(w, "; nothing is pooled\n");
	}
	write_cached(w, &s->total);
	write_hit_rate(w, &s->total);
	write_given_back(w, s);
	write_since(w, &s->since);
	writer_char(w, '\n');
	columns_label(w, "signal");
	writer_str(w, signal_state);
	writer_char(w, '\n');
	write_settings(w);
	write_epoch(w, s);
	write_classes(w, s);
	write_threads(w);
	write_jemalloc(w, s);
}
