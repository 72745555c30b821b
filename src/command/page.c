/* See page.h. */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "human.h"

enum { PROCESSES_SHOWN = 6, LINES_MAX = 400 };

static void __attribute__((format(printf, 3, 4)))
add(struct page *p, enum look look, const char *format, ...)
{
	va_list more;

	if (p->count == LINES_MAX)
		return;
	p->line[p->count].look = look;
	va_start(more, format);
	vsnprintf(p->line[p->count].text, sizeof p->line[p->count].text, format, more);
	va_end(more);
	p->count++;
}

/* Rates since the last answer; since the start when it is the first. (A process that has called exec counts anew.) */
static bool
rates_of(const struct watched *one, struct rate *out)
{
	return one->has_now && ((one->has_before && rate_between(&one->before, &one->now, out)) || rate_between(NULL, &one->now, out));
}

/* --- processes ----------------------------------------------------------------------------------------------------------- */

static void
add_title(struct page *p, const struct watch *w, const struct choice *c)
{
	char clock[16] = "", left[100], right[64];
	time_t now = time(NULL);
	struct tm local;

	if (localtime_r(&now, &local) != NULL)
		strftime(clock, sizeof clock, "%H:%M:%S", &local);
	snprintf(left, sizeof left, "tidepool top  %s  %zu process%s, every %g s%s", clock, w->count, w->count == 1 ? "" : "es",
	    c->interval_ms / 1000.0, c->paused ? "  PAUSED" : "");
	snprintf(right, sizeof right, "by %s%s%s", rate_sort_name(c->sort), c->reverse ? ", reversed" : "", c->for_batch ? "" : "   ? help");
	add(p, LOOK_TITLE, "%-*s%s", 79 - (int)strlen(right), left, right);
}

static void
add_process(struct page *p, const struct watched *one, bool selected)
{
	const struct counters *t = &one->now.total;
	struct rate r;

	if (one->has_now && rates_of(one, &r)) {
		const struct counters *between = &r.total.between;

		add(p, one->ended ? LOOK_FAINT : selected ? LOOK_SELECTED : LOOK_PLAIN, "%7d %-15.15s %7s %7s %7s %6s %7s %7s %8s%s", one->pid, one->program,
		    human_count(r.total.gets, HUMAN), human_count(r.total.puts, HUMAN), human_count(r.total.misses, HUMAN),
		    human_share((double)figures_hits(between), (double)between->gets, HUMAN), human_bytes((double)t->cached_bytes, HUMAN),
		    human_bytes((double)t->live_bytes, HUMAN), one->now.jemalloc_known ? human_bytes((double)one->now.resident, HUMAN) : "-",
		    selected ? "<" : " ");
		rate_forget(&r);
	} else if (one->why[0] == '\0') {
		add(p, LOOK_FAINT, "%7d %-15.15s no answer yet", one->pid, one->program);
	}
	if (one->why[0] != '\0')
		add(p, LOOK_BAD, "%7s %.70s", "", one->why);
}

static void
add_processes(struct page *p, const struct watch *w, const struct choice *c)
{
	size_t first = c->for_batch || c->selected < PROCESSES_SHOWN ? 0 : c->selected - PROCESSES_SHOWN + 1;
	size_t end = c->for_batch || w->count - first < PROCESSES_SHOWN ? w->count : first + PROCESSES_SHOWN;

	add(p, LOOK_HEAD, "    PID PROGRAM          gets/s  puts/s  miss/s   hits  cached  in use resident ");
	for (size_t i = first; i < end; i++)
		add_process(p, w->at[i], w->count > 1 && i == c->selected);
	if (w->count - (end - first) > 0)
		add(p, LOOK_FAINT, "        ... %zu more (n: the next)", w->count - (end - first));
	if (w->count == 0)
		add(p, LOOK_FAINT, "        no process that you may look at carries " LIBRARY_NAME "; waiting for one");
}

/* --- the one that is looked at ------------------------------------------------------------------------------------------- */

static void
add_details(struct page *p, const struct watched *one, const struct rate *r)
{
	const struct figures *f = &one->now;
	const struct counters *between = &r->total.between;
	double gets = (double)between->gets;

	add(p, LOOK_PLAIN, "%s", "");
	add(p, LOOK_TITLE, "%.20s (%d), up %s%s: %llu rotations, %s given back%s", one->program, one->pid, human_seconds(f->uptime, HUMAN),
	    one->ended ? ", has ended" : "", (unsigned long long)f->rotations, human_bytes((double)f->released_bytes, HUMAN),
	    f->idle_drain ? "" : "; sleeping threads keep theirs");
	add(p, LOOK_PLAIN, "served by  private %s, shared %s, steal %s, victim %s, jemalloc %s", human_share((double)between->hits_private, gets, HUMAN),
	    human_share((double)between->hits_shared, gets, HUMAN), human_share((double)between->hits_steal, gets, HUMAN),
	    human_share((double)between->hits_victim, gets, HUMAN), human_share((double)between->misses, gets, HUMAN));
	add(p, LOOK_PLAIN, "memory     cached %s (victims %s), in use %s, resident %s", human_bytes((double)f->total.cached_bytes, HUMAN),
	    human_bytes((double)f->total.victim_bytes, HUMAN), human_bytes((double)f->total.live_bytes, HUMAN),
	    human_bytes((double)f->resident, HUMAN));
	add(p, LOOK_PLAIN, "%s", "");
}

/* Which rows are worth a look: a size that was used at all. */
static bool
is_used(const struct rate_row *row, const struct figures *f)
{
	const struct counters *c = figures_class(f, row->between.size);

	return c != NULL && (c->gets != 0 || c->puts != 0 || c->cached_bytes != 0);
}

static enum look
look_of(const struct rate_row *row)
{
	double hits = (double)figures_hits(&row->between), gets = (double)row->between.gets;

	if (gets == 0)
		return LOOK_FAINT;
	return hits < gets * 0.5 ? LOOK_BAD : hits < gets * 0.9 ? LOOK_ODD : LOOK_PLAIN;
}

static void
add_row(struct page *p, const struct rate_row *row)
{
	const struct counters *c = &row->between;
	double gets = (double)c->gets;

	add(p, look_of(row), "%8llu %7s %7s %7s %7s %6s %6s %6s %7s %7s", (unsigned long long)c->size, human_count(row->gets, HUMAN),
	    human_count(row->puts, HUMAN), human_count(row->misses, HUMAN), human_share((double)c->hits_private, gets, HUMAN),
	    human_share((double)c->hits_shared, gets, HUMAN), human_share((double)c->hits_steal, gets, HUMAN),
	    human_share((double)c->hits_victim, gets, HUMAN), human_bytes((double)c->cached_bytes, HUMAN), human_bytes((double)c->live_bytes, HUMAN));
}

static void
add_classes(struct page *p, struct choice *c, const struct watched *one, struct rate *r)
{
	size_t used = 0, shown = 0, room;

	add(p, LOOK_HEAD, "    size  gets/s  puts/s  miss/s private shared  steal victim  cached  in use   ");
	rate_sort_rows(r, c->sort, c->reverse);
	for (size_t i = 0; i < r->rows; i++)
		used += is_used(&r->row[i], &one->now);
	room = c->height == 0 ? LINES_MAX : (size_t)c->height > p->count + 1 ? (size_t)c->height - p->count : 1;
	if (c->scrolled + room > used)
		c->scrolled = used > room ? used - room : 0;
	used = 0;
	for (size_t i = 0; i < r->rows && shown < room; i++) {
		if (!is_used(&r->row[i], &one->now) || used++ < c->scrolled)
			continue;
		add_row(p, &r->row[i]);
		shown++;
	}
}

static void
add_help(struct page *p)
{
	static const char *const lines[] = {
		"", "  q        leave", "  s, S     sort the sizes by the next, the one before", "  r        the other way round",
		"  n, p     the next process, the one before", "  up, down, page up, page down   through the sizes", "  space    pause, go on",
		"  + and -  less often, more often", "  c        colours on, off", "  ?        this, and back", "",
		"  Rates are since the answer before; the first ones since the process's start.",
		"  Each answer costs the process a signal: sleep, poll and such end early in it.",
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		add(p, LOOK_PLAIN, "%s", lines[i]);
}

bool
page_make(const struct watch *w, struct choice *c, struct page *out)
{
	const struct watched *one;
	struct rate r;

	*out = (struct page){ .line = calloc(LINES_MAX, sizeof *out->line) };
	if (out->line == NULL)
		return false;
	if (c->selected >= w->count)
		c->selected = w->count > 0 ? w->count - 1 : 0;
	add_title(out, w, c);
	if (c->help) {
		add_help(out);
		return true;
	}
	add_processes(out, w, c);
	one = w->count > 0 ? w->at[c->selected] : NULL;
	if (one != NULL && rates_of(one, &r)) {
		add_details(out, one, &r);
		add_classes(out, c, one, &r);
		rate_forget(&r);
	}
	return true;
}

void
page_forget(struct page *p)
{
	free(p->line);
	p->line = NULL;
	p->count = 0;
}
