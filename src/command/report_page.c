/*
 * report_page - the page of a report: well-formed XML that is HTML too, light or dark as the reader has it, black on white on paper.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plot.h"
#include "rate.h"
#include "report.h"
#include "table.h"

/* The colours of the series can be told apart by who sees red and green alike (Okabe and Ito's), and by their lightness. */
static const char style[] =
    ":root{--ground:#fff;--ink:#1b1f23;--faint:#5c6670;--grid:#dde2e7;--s0:#0072b2;--s1:#56b4e9;--s2:#e69f00;--s3:#cc79a7;--s4:#d55e00}\n"
    "@media (prefers-color-scheme:dark){:root{--ground:#14181c;--ink:#e6e9ec;--faint:#9aa5af;--grid:#2c343b;--s0:#3b9ddb;--s1:#8fd0f5;"
    "--s2:#f0b429;--s3:#e09ac4;--s4:#ff8a4a}}\n"
    "@media print{:root{--ground:#fff;--ink:#000;--faint:#444;--grid:#ccc;--s0:#0072b2;--s1:#56b4e9;--s2:#e69f00;--s3:#cc79a7;--s4:#d55e00}"
    "figure,tr{break-inside:avoid}section+section{break-before:page}.area{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "body{background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}\n"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .3rem}h3{font-size:1rem;margin:0}p{margin:.2rem 0}\n"
    "header p,figcaption p,footer{color:var(--faint)}figure{margin:1.6rem 0 0}.legend span{margin-right:1em;white-space:nowrap}\n"
    ".plot{width:100%;height:auto;display:block}.key{width:28px;height:12px;vertical-align:-1px}\n"
    "dl{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:.8rem 0}dt{color:var(--faint);font-size:.85rem}dd{margin:0;font-size:1.3rem}\n"
    "text{fill:var(--faint);font:11px system-ui,sans-serif}.y{text-anchor:end}.x{text-anchor:middle}\n"
    ".grid{stroke:var(--grid);stroke-width:1;fill:none}.axis,.tick{stroke:var(--faint);stroke-width:1;fill:none}\n"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round}.line.s1{stroke-dasharray:7 3}.line.s2{stroke-dasharray:2 3}.line.s3{stroke-dasharray:9 3 2 3}\n"
    ".area{stroke:var(--ground);stroke-width:.5}.point{stroke:none}\n"
    ".line.s0{stroke:var(--s0)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}.line.s4{stroke:var(--s4)}\n"
    ".area.s0,.point.s0{fill:var(--s0)}.area.s1,.point.s1{fill:var(--s1)}.area.s2,.point.s2{fill:var(--s2)}.area.s3,.point.s3{fill:var(--s3)}"
    ".area.s4,.point.s4{fill:var(--s4)}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}\n"
    "th,td{text-align:right;padding:.15rem .4rem;border-bottom:1px solid var(--grid)}th{color:var(--faint);font-weight:600}\n"
    ".wide{overflow-x:auto}h3{margin-top:1.6rem}figure h3{margin:0}\n"
    ".words th,.words td{text-align:left}\n";

/* --- the page ------------------------------------------------------------------------------------------------------------ */

void
report_begin(FILE *out, const struct figures *dumps, size_t count)
{
	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>tidepool: ", out);
	plot_text(out, dumps[0].program);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header><h1>What tidepool did</h1><p>%zu dump%s</p></header>\n", style, count,
	    count == 1 ? "" : "s");
}

void
report_end(FILE *out)
{
	fputs("<footer><p>Made by tidepool report " PACKAGE_VERSION ". Sizes in bytes; K, M, G are powers of 1024, and k of 1000.</p></footer>\n"
	      "</body>\n</html>\n", out);
}

static void
print_key(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

static void
print_keys(FILE *out, const struct figures *f)
{
	const struct counters *t = &f->total;

	fputs("<dl>\n", out);
	print_key(out, "gets", human_count((double)t->gets, HUMAN));
	print_key(out, "served without jemalloc", human_share((double)figures_hits(t), (double)t->gets, HUMAN));
	print_key(out, "cached", human_bytes((double)t->cached_bytes, HUMAN));
	print_key(out, "in use", human_bytes((double)t->live_bytes, HUMAN));
	print_key(out, "resident", f->jemalloc_known ? human_bytes((double)f->resident, HUMAN) : "not known");
	print_key(out, "given back", human_bytes((double)f->released_bytes, HUMAN));
	print_key(out, "rotations", human_count((double)f->rotations, HUMAN));
	fputs("</dl>\n", out);
}

static void
print_title(FILE *out, const struct figures *dumps, size_t count)
{
	const struct figures *last = &dumps[count - 1];
	char when[40] = "";
	time_t at = (time_t)last->time;
	struct tm utc;

	if (last->time > 0 && gmtime_r(&at, &utc) != NULL)
		strftime(when, sizeof when, ", on %Y-%m-%d at %H:%M:%S UTC", &utc);
	fputs("<h2>", out);
	plot_text(out, last->program);
	fprintf(out, ", process %d</h2>\n<p>tidepool ", last->pid);
	plot_text(out, last->version);
	if (count > 1)
		fprintf(out, "; %zu dumps, from %.1f s to %.1f s after its start", count, dumps[0].uptime, last->uptime);
	else
		fprintf(out, "; one dump, %.1f s after its start: with several of a process, lines show how it went", last->uptime);
	fprintf(out, "%s.</p>\n", when);
}

/* --- over time ----------------------------------------------------------------------------------------------------------- */

enum { SERIES = 10, X = 0, PRIVATE, SHARED, VICTIM, RESIDENT, ALLOCATED, LIVE, GETS, PUTS, MISSES };

/* Rates belong to the stretch that ends at a dump; the first dump's are those since the start. */
static void
fill(double *const y[SERIES], const struct figures *dumps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct figures *f = &dumps[i];
		struct rate r;
		bool known = rate_between(i > 0 ? &dumps[i - 1] : NULL, f, &r) && r.seconds > 0;

		y[X][i] = f->uptime;
		y[PRIVATE][i] = (double)f->total.private_bytes;
		y[SHARED][i] = (double)f->total.shared_bytes;
		y[VICTIM][i] = (double)f->total.victim_bytes;
		y[RESIDENT][i] = f->jemalloc_known ? (double)f->resident : NAN;
		y[ALLOCATED][i] = f->jemalloc_known ? (double)f->allocated : NAN;
		y[LIVE][i] = (double)f->total.live_bytes;
		y[GETS][i] = known ? r.total.gets : NAN;
		y[PUTS][i] = known ? r.total.puts : NAN;
		y[MISSES][i] = known ? r.total.misses : NAN;
		if (known)
			rate_forget(&r);
	}
}

static void
print_plots(FILE *out, double *const y[SERIES], size_t count)
{
	const struct plot cached = { .title = "Cached bytes by level", .note = "Free objects that wait for the next get. The victims are what the "
		"next rotation gives back.", .x = y[X], .points = count, .stacked = true, .bytes = true, .count = 3,
		.series = { { "private", y[PRIVATE], 0 }, { "shared", y[SHARED], 1 }, { "victim", y[VICTIM], 3 } } };
	const struct plot resident = { .title = "Resident memory", .note = "What jemalloc has from the kernel, and what of it is allocated (with "
		"what is cached), both up to an epoch old; and what the program has in use of the pooled sizes, at the moment.", .x = y[X], .points = count, .bytes = true, .count = 3,
		.series = { { "resident", y[RESIDENT], 0 }, { "allocated", y[ALLOCATED], 1 }, { "in use", y[LIVE], 2 } } };
	const struct plot misses = { .title = "Misses a second", .note = "Gets that jemalloc had to serve.", .x = y[X], .points = count, .count = 1,
		.series = { { "misses", y[MISSES], 4 } } };
	const struct plot gets = { .title = "Gets and puts a second", .note = "Of all sizes together.", .x = y[X], .points = count, .count = 2,
		.series = { { "gets", y[GETS], 0 }, { "puts", y[PUTS], 2 } } };

	plot_over_time(out, &cached);
	plot_over_time(out, &misses);
	plot_over_time(out, &resident);
	plot_over_time(out, &gets);
}

static bool
print_over_time(FILE *out, const struct figures *dumps, size_t count)
{
	double *all = calloc(SERIES * count, sizeof *all), *y[SERIES];

	if (all == NULL)
		return false;
	for (size_t i = 0; i < SERIES; i++)
		y[i] = all + i * count;
	fill(y, dumps, count);
	print_plots(out, y, count);
	free(all);
	return true;
}

/* --- by size ------------------------------------------------------------------------------------------------------------- */

static bool
print_hits(FILE *out, const struct figures *f)
{
	char (*label)[HUMAN_MAX] = calloc(f->classes + 1, sizeof *label), (*after)[HUMAN_MAX] = calloc(f->classes + 1, sizeof *after);
	double (*share)[PLOT_SERIES_MAX] = calloc(f->classes + 1, sizeof *share);
	struct plot_bars bars = { .title = "Hits by size", .note = "Who served the gets of each size since the start; behind each bar how many they were. Sizes "
		"that were never asked for are left out.", .series = { "private", "shared", "steal", "victim", "jemalloc (a miss)" }, .count = 5 };
	bool good = label != NULL && after != NULL && share != NULL;

	for (size_t i = 0; good && i < f->classes; i++) {
		const struct counters *c = &f->class[i];
		const uint64_t parts[PLOT_SERIES_MAX] = { c->hits_private, c->hits_shared, c->hits_steal, c->hits_victim, c->misses };

		if (c->gets == 0)
			continue;
		snprintf(label[bars.bars], HUMAN_MAX, "%llu", (unsigned long long)c->size);
		human_count((double)c->gets, after[bars.bars]);
		for (size_t s = 0; s < PLOT_SERIES_MAX; s++)
			share[bars.bars][s] = (double)parts[s] / (double)c->gets;
		bars.bars++;
	}
	bars.label = (const char (*)[HUMAN_MAX])label;
	bars.after = (const char (*)[HUMAN_MAX])after;
	bars.share = (const double (*)[PLOT_SERIES_MAX])share;
	if (good && bars.bars > 0)
		plot_shares(out, &bars);
	free(label);
	free(after);
	free(share);
	return good;
}

static void
print_classes(FILE *out, const struct figures *f)
{
	fputs("<h3>The sizes that were used</h3>\n<div class=\"wide\"><table>\n<thead><tr><th>size</th><th>gets</th><th>puts</th><th>misses</th><th>hits</th><th>cached</th>"
	      "<th>of it victims</th><th>in use</th><th>fetched</th><th>released</th></tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < f->classes; i++) {
		const struct counters *c = &f->class[i];

		if (c->gets == 0 && c->puts == 0)
			continue;
		fprintf(out, "<tr><td>%llu</td><td>%llu</td><td>%llu</td><td>%llu</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%llu</td><td>%llu</td></tr>\n",
		    (unsigned long long)c->size, (unsigned long long)c->gets, (unsigned long long)c->puts, (unsigned long long)c->misses,
		    human_share((double)figures_hits(c), (double)c->gets, HUMAN), human_bytes((double)c->cached_bytes, HUMAN),
		    human_bytes((double)c->victim_bytes, HUMAN), human_bytes((double)c->live_bytes, HUMAN), (unsigned long long)c->fetched,
		    (unsigned long long)c->released);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static bool
is_changed(const char *name, const char *value)
{
	const struct setting *row = table_find(name, strlen(name));

	return row == NULL || strcmp(row->initial, value) != 0;
}

static void
print_settings(FILE *out, const struct figures *f)
{
	size_t changed = 0;

	for (size_t i = 0; i < f->settings; i++) {
		if (!is_changed(f->setting[i].name, f->setting[i].value))
			continue;
		if (changed++ == 0)
			fputs("<h3>Settings that are not at their defaults</h3>\n<table class=\"words\">\n<tbody>\n", out);
		fputs("<tr><th>", out);
		plot_text(out, f->setting[i].name);
		fputs("</th><td>", out);
		plot_text(out, f->setting[i].value);
		fputs("</td></tr>\n", out);
	}
	fputs(changed > 0 ? "</tbody>\n</table>\n" : "<p>All settings are at their defaults.</p>\n", out);
}

bool
report_process(FILE *out, const struct figures *dumps, size_t count)
{
	const struct figures *last = &dumps[count - 1];

	fputs("<section>\n", out);
	print_title(out, dumps, count);
	print_keys(out, last);
	if (!print_over_time(out, dumps, count) || !print_hits(out, last))
		return false;
	print_classes(out, last);
	print_settings(out, last);
	fputs("</section>\n", out);
	return true;
}
