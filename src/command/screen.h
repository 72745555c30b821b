/*
 * screen - the terminal that top takes over, by ncurses, and gives back as it was.
 *
 * Owns        the terminal, from screen_open to screen_close
 * Callers     the one thread of the command
 * Fails       screen_open: false, and `why` says it in a line
 */
#ifndef TIDEPOOL_COMMAND_SCREEN_H
#define TIDEPOOL_COMMAND_SCREEN_H

#include "page.h"

bool screen_open(bool colours, char why[static WHY_MAX]);
void screen_close(void);

void screen_size(int *width, int *height);
void screen_colours(bool on);
void screen_show(const struct page *p);

enum { KEY_NONE = -1, KEY_NEXT_ROW = 0x1000, KEY_LAST_ROW, KEY_NEXT_PAGE, KEY_LAST_PAGE, KEY_NEW_SIZE };

/* Waits for a key, at most so long; a character, or one of the above. */
int screen_key(unsigned ms);

#endif
