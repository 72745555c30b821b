/* See rate.h. */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

static bool
fill_row(const struct counters *before, const struct counters *after, double seconds, struct rate_row *out)
{
	static const struct counters nothing;
	bool grown = figures_since(after, before != NULL ? before : &nothing, &out->between);

	out->gets = seconds > 0 ? (double)out->between.gets / seconds : 0;
	out->puts = seconds > 0 ? (double)out->between.puts / seconds : 0;
	out->misses = seconds > 0 ? (double)out->between.misses / seconds : 0;
	out->cached_change = (double)after->cached_bytes - (double)(before != NULL ? before->cached_bytes : 0);
	out->live_change = (double)after->live_bytes - (double)(before != NULL ? before->live_bytes : 0);
	return grown;
}

bool
rate_between(const struct figures *before, const struct figures *after, struct rate *out)
{
	bool good;

	*out = (struct rate){ .seconds = after->uptime - (before != NULL ? before->uptime : 0), .rows = after->classes };
	out->row = calloc(after->classes + 1, sizeof *out->row);
	if (out->row == NULL || out->seconds < 0) {
		rate_forget(out);
		return false;
	}
	good = fill_row(before != NULL ? &before->total : NULL, &after->total, out->seconds, &out->total);
	for (size_t i = 0; i < after->classes; i++)
		good = fill_row(before != NULL ? figures_class(before, after->class[i].size) : NULL, &after->class[i], out->seconds, &out->row[i]) && good;
	if (!good)
		rate_forget(out);
	return good;
}

void
rate_forget(struct rate *r)
{
	free(r->row);
	r->row = NULL;
	r->rows = 0;
}

/* --- sorting ------------------------------------------------------------------------------------------------------------- */

static const char *const names[] = {
#define ROW(NAME, name) name,
	RATE_SORTS(ROW)
#undef ROW
};

const char *
rate_sort_name(enum rate_sort by)
{
	return names[by];
}

const char *
rate_sort_names(void)
{
	return "size, gets, puts, misses, hits, cached or in-use";
}

bool
rate_sort_named(const char *name, enum rate_sort *out)
{
	for (unsigned i = 0; i < RATE_SORT_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum rate_sort)i;
			return true;
		}
	return false;
}

static enum rate_sort sorted_by;
static bool reversed;

/* What comes first has the most of it. */
static double
weight(const struct rate_row *r)
{
	switch (sorted_by) {
	case RATE_SORT_GETS:
		return r->gets;
	case RATE_SORT_PUTS:
		return r->puts;
	case RATE_SORT_MISSES:
		return r->misses;
	case RATE_SORT_HITS: /* a class without gets has no share, and comes last */
		return r->between.gets == 0 ? -2 : -(double)figures_hits(&r->between) / (double)r->between.gets;
	case RATE_SORT_CACHED:
		return (double)r->between.cached_bytes;
	case RATE_SORT_LIVE:
		return (double)r->between.live_bytes;
	case RATE_SORT_SIZE:
	case RATE_SORT_COUNT:
		break;
	}
	return -(double)r->between.size;
}

static int
compare(const void *a, const void *b)
{
	const struct rate_row *x = a, *y = b;
	double wx = weight(x), wy = weight(y);
	int order = (wx < wy) - (wx > wy);

	if (order == 0)
		order = (x->between.size > y->between.size) - (x->between.size < y->between.size);
	return reversed ? -order : order;
}

void
rate_sort_rows(struct rate *r, enum rate_sort by, bool reverse)
{
	sorted_by = by;
	reversed = reverse;
	if (r->rows > 0)
		qsort(r->row, r->rows, sizeof *r->row, compare);
}
