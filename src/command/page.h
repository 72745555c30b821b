/*
 * page - what top shows at one moment, line by line, and how each line looks; and what the person has chosen.
 *
 * Hides from the screen what the figures mean. A page is at most `width` wide; 80 columns are enough for all of it.
 *
 * Owns        a struct page owns its lines until page_forget
 * Callers     the one thread of the command
 */
#ifndef TIDEPOOL_COMMAND_PAGE_H
#define TIDEPOOL_COMMAND_PAGE_H

#include "rate.h"
#include "watch.h"

enum look { LOOK_PLAIN, LOOK_TITLE, LOOK_HEAD, LOOK_SELECTED, LOOK_FAINT, LOOK_ODD, LOOK_BAD };

struct line {
	enum look look;
	char text[160];
};

struct page {
	struct line *line;
	size_t count;
};

struct choice {
	enum rate_sort sort;
	bool reverse, paused, help, for_batch;
	size_t selected;    /* which process, as watch has them */
	size_t scrolled;    /* rows of classes that are above the first shown */
	unsigned interval_ms;
	int width, height;
};

/* The page as of now. height 0: as long as it gets. What was chosen is put right where it can't be (no such process or row). */
bool page_make(const struct watch *w, struct choice *c, struct page *out);
void page_forget(struct page *p);

#endif
