/*
 * plot - figures as SVG: lines and stacked areas over time, bars by size.
 *
 * What is printed is well-formed XML for the middle of an HTML page. Colours are the page's: each series has one of the classes s0 … s4, and
 * lines differ by their dashes too, for paper.
 *
 * Owns        nothing
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_PLOT_H
#define TIDEPOOL_COMMAND_PLOT_H

#include <stdio.h>

#include "human.h"

#define PLOT_SERIES_MAX 5

struct plot_series {
	const char *name;
	const double *y; /* `points` of them; NAN: not known */
	unsigned colour; /* s0 … s4: a level has the same one in every plot */
};

struct plot {
	const char *title, *note; /* note: a sentence below the title */
	const double *x;          /* seconds, ascending */
	size_t points;
	struct plot_series series[PLOT_SERIES_MAX];
	size_t count;
	bool stacked;
	bool bytes; /* the unit of y: bytes, or a number */
};

void plot_over_time(FILE *out, const struct plot *p);

/* A bar for each label, with shares of a whole that are stacked from the left; each is named by series[]. */
struct plot_bars {
	const char *title, *note;
	const char *series[PLOT_SERIES_MAX];
	size_t count;
	size_t bars;
	const char (*label)[HUMAN_MAX];
	const double (*share)[PLOT_SERIES_MAX]; /* 0 … 1 */
	const char (*after)[HUMAN_MAX];         /* what stands behind a bar */
};

void plot_shares(FILE *out, const struct plot_bars *p);

/* Text in a page: &, < and > escaped; what is no valid UTF-8 or no character of XML becomes '?'. */
void plot_text(FILE *out, const char *text);

#endif
