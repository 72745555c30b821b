/*
 * dump_text - a dump for a person, who is to see in five seconds how much is cached, how often the pools serve, and whether
 * memory goes back. What explains these three comes below them. 100 columns, while the numbers are not enormous.
 *
 * The contract stands in dump.h.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "dump.h"
#include "options.h"

#define LABEL_WIDTH 12
#define THREADS_SHOWN 20

/* --- pieces --------------------------------------------------------------- */

static void
label(struct writer *w, const char *name)
{
	writer_left(w, name, LABEL_WIDTH);
}

static void
spaces(struct writer *w, unsigned n)
{
	while (n-- > 0)
		writer_char(w, ' ');
}

/* A name that somebody else chose must not break our lines. */
static bool
is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

static void
write_plain(struct writer *w, const char *s)
{
	for (; *s; s++)
		writer_char(w, is_plain(*s) ? *s : '?');
}

/* Thousandths, rounded down: 100.0% is never said of what is not all. */
static uint64_t
share(uint64_t part, uint64_t whole)
{
	for (; whole > UINT64_MAX / 1000 || part > UINT64_MAX / 1000; part >>= 1)
		whole >>= 1;
	return whole == 0 ? 0 : part * 1000 / whole;
}

/* A column of shares: a blank, then the share right-aligned; a dash when there is nothing to have a share of. */
static void
column_share(struct writer *w, uint64_t part, uint64_t whole, unsigned width)
{
	uint64_t thousandths = share(part, whole);

	if (whole == 0) {
		spaces(w, width - 1);
		writer_char(w, '-');
		return;
	}
	writer_char(w, ' ');
	writer_right(w, thousandths / 10, width - 3);
	writer_char(w, '.');
	writer_u64(w, thousandths % 10);
}

/* Always with a blank in front, so that enormous numbers push the table apart but never run together. */
static void
column(struct writer *w, uint64_t v, unsigned width)
{
	writer_char(w, ' ');
	writer_right(w, v, width - 1);
}

static void
column_bytes(struct writer *w, uint64_t v, unsigned width)
{
	writer_char(w, ' ');
	writer_right_bytes(w, v, width - 1);
}

static void
two_digits(struct writer *w, uint64_t v)
{
	writer_char(w, (char)('0' + v / 10));
	writer_char(w, (char)('0' + v % 10));
}

/* 250ms, 12.345s, 4m 07s, 3h 04m 07s, 12d 03h 04m */
static void
write_time(struct writer *w, uint64_t ms)
{
	uint64_t s = ms / 1000, m = s / 60, h = m / 60;

	if (h >= 24) {
		writer_u64(w, h / 24);
		writer_str(w, "d ");
		two_digits(w, h % 24);
		writer_str(w, "h ");
		two_digits(w, m % 60);
		writer_char(w, 'm');
		return;
	}
	if (m == 0) {
		if (s == 0 || ms % 1000 == 0)
			writer_u64(w, s == 0 ? ms : s);
		else
			writer_fixed(w, ms, 3);
		writer_str(w, s == 0 ? "ms" : "s");
		return;
	}
	if (h > 0) {
		writer_u64(w, h);
		writer_str(w, "h ");
		two_digits(w, m % 60);
	} else {
		writer_u64(w, m);
	}
	writer_str(w, "m ");
	two_digits(w, s % 60);
	writer_char(w, 's');
}

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
	label(w, "cached");
	writer_right_bytes(w, all->cached_bytes, 7);
	writer_str(w, "   ");
	writer_bytes(w, all->victim_bytes);
	writer_str(w, " of it victims, the next to go back; ");
	writer_bytes(w, all->live_bytes);
	writer_str(w, " are in use by the program\n");
}

static void
write_hit_rate(struct writer *w, const struct class_figures *all)
{
	label(w, "hit rate");
	if (all->gets == 0) {
		writer_str(w, "      -   nothing has been asked for yet\n");
		return;
	}
	column_share(w, all->hits_private + all->hits_shared + all->hits_steal + all->hits_victim, all->gets, 6);
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
	label(w, "given back");
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
		label(w, none ? "settings" : "");
		writer_str(w, "TIDEPOOL_");
		writer_str(w, name);
		writer_char(w, '=');
		write_plain(w, value);
		writer_char(w, '\n');
		none = false;
	}
	if (none) {
		label(w, "settings");
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

	label(w, "epoch");
	writer_str(w, "number ");
	writer_u64(w, s->epoch.number);
	if (options.epoch_ms != 0) {
		writer_str(w, ", one every ");
		write_time(w, options.epoch_ms);
	}
	writer_str(w, s->epoch.background ? "; its thread runs\n" : "; no thread runs for it\n");
	label(w, "rotations");
	for (unsigned i = 0; i < ROTATION_CAUSES; i++) {
		writer_u64(w, s->epoch.rotations[i]);
		writer_str(w, cause[i]);
	}
	writer_str(w, "; ");
	writer_u64(w, s->epoch.skipped_bins);
	writer_str(w, " bins skipped\n");
}

static void
write_row(struct writer *w, const struct class_figures *c)
{
	column(w, c->gets, 12);
	column(w, c->puts, 12);
	column_share(w, c->hits_private, c->gets, 8);
	column_share(w, c->hits_shared, c->gets, 7);
	column_share(w, c->hits_steal, c->gets, 6);
	column_share(w, c->hits_victim, c->gets, 7);
	column(w, c->misses, 9);
	column_bytes(w, c->cached_bytes, 7);
	column_bytes(w, c->victim_bytes, 7);
	column(w, c->fetched, 9);
	column(w, c->released, 9);
	writer_char(w, '\n');
}

static bool
was_used(const struct class_figures *c)
{
	return (c->gets | c->puts | c->fetched | c->released | c->passed_through | c->cached_objects) != 0;
}

static void
write_classes(struct writer *w, const struct snapshot *s)
{
	unsigned used = 0;

	writer_str(w, "\n                                served by, in % of the gets          bytes in pool  from/to jemalloc\n");
	writer_str(w, "   size        gets        puts private shared steal victim   misses cached victim  fetched released\n");
	for (unsigned i = 0; i < s->classes; i++) {
		const struct class_figures *c = &s->class[i];

		if (!was_used(c))
			continue;
		writer_right(w, c->size, 7);
		write_row(w, c);
		used++;
	}
	writer_str(w, "    all");
	write_row(w, &s->total);
	label(w, "");
	writer_u64(w, used);
	writer_str(w, " of ");
	writer_u64(w, s->classes);
	writer_str(w, " pooled sizes were used; ");
	writer_u64(w, s->total.passed_through);
	writer_str(w, " calls went past the pools\n");
}

/* The threads that hold most, most first; of those that hold the same the one that was found first. */
struct ranking {
	struct thread_figures at[THREADS_SHOWN];
	unsigned shown;
	uint64_t more, more_bytes; /* that did not make it */
};

static void
rank(struct ranking *r, const struct thread_figures *t)
{
	unsigned i;

	if (r->shown == THREADS_SHOWN) {
		const struct thread_figures *last = &r->at[THREADS_SHOWN - 1];
		bool better = t->cached_bytes > last->cached_bytes;

		r->more++;
		r->more_bytes += better ? last->cached_bytes : t->cached_bytes;
		if (!better)
			return;
		r->shown--;
	}
	for (i = r->shown++; i > 0 && r->at[i - 1].cached_bytes < t->cached_bytes; i--)
		r->at[i] = r->at[i - 1];
	r->at[i] = *t;
}

/* In place: what would break our lines. */
static void
make_plain(char *s)
{
	for (; *s; s++)
		*s = is_plain(*s) ? *s : '?';
}

static void
write_threads(struct writer *w)
{
	static struct ranking r; /* whoever writes a dump has the turn */
	const void *cursor = NULL;
	struct thread_figures t;

	r.shown = 0;
	r.more = r.more_bytes = 0;
	while (snapshot_thread(&cursor, &t))
		rank(&r, &t);
	if (r.shown == 0) {
		writer_str(w, "\nno thread holds anything\n");
		return;
	}
	writer_str(w, "\n    tid thread            cached        gets\n");
	for (unsigned i = 0; i < r.shown; i++) {
		writer_right(w, (uint64_t)r.at[i].tid, 7);
		writer_char(w, ' ');
		make_plain(r.at[i].name);
		writer_left(w, r.at[i].name, 16);
		column_bytes(w, r.at[i].cached_bytes, 8);
		column(w, r.at[i].gets, 12);
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
	label(w, "jemalloc");
	if (!s->jemalloc.known) {
		writer_str(w, "not sampled yet\n");
		return;
	}
	for (unsigned i = 0; i < sizeof(figure) / sizeof(figure[0]); i++) {
		writer_str(w, figure[i].name);
		writer_bytes(w, figure[i].bytes);
	}
	writer_char(w, '\n');
	label(w, "");
	writer_str(w, "sampled ");
	writer_fixed(w, s->jemalloc.age_ms / 100, 1);
	writer_str(w, " s ago\n");
}

static void
write_header(struct writer *w, const struct snapshot *s)
{
	writer_str(w, "tidepool " PACKAGE_VERSION " in ");
	write_plain(w, program_invocation_short_name);
	writer_str(w, ", pid ");
	writer_i64(w, getpid());
	writer_str(w, ", up ");
	write_time(w, s->uptime_ms);
	writer_str(w, "\n\n");
}

void
dump_text(struct writer *w, const struct snapshot *s, const char *signal_state)
{
	write_header(w, s);
	write_cached(w, &s->total);
	write_hit_rate(w, &s->total);
	write_given_back(w, s);
	writer_char(w, '\n');
	label(w, "signal");
	writer_str(w, signal_state);
	writer_char(w, '\n');
	write_settings(w);
	write_epoch(w, s);
	write_classes(w, s);
	write_threads(w);
	write_jemalloc(w, s);
}
