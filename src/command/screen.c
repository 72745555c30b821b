/* See screen.h. */
#include "screen.h"

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <term.h>
#include <unistd.h>

static SCREEN *screen;
static bool with_colours, has_pairs;

/* Not before colours are wanted: from here on ncurses itself sends sequences about them. */
static void
choose_pairs(void)
{
	has_pairs = true;
	start_color();
	use_default_colors();
	init_pair(LOOK_TITLE, COLOR_CYAN, -1);
	init_pair(LOOK_ODD, COLOR_YELLOW, -1);
	init_pair(LOOK_BAD, COLOR_RED, -1);
	init_pair(LOOK_SELECTED, COLOR_GREEN, -1);
}

void
screen_colours(bool on)
{
	with_colours = on && has_colors();
	if (with_colours && !has_pairs)
		choose_pairs();
}

/* A terminal that can't put its cursor somewhere (dumb) shows scraps: newterm is content with it. */
static bool
can_address(const char *terminal)
{
	const char *sequence = NULL;
	int error;

	if (setupterm(terminal, STDOUT_FILENO, &error) != 0)
		return true; /* newterm will say so */
	sequence = tigetstr("cup");
	del_curterm(cur_term);
	return sequence != NULL && sequence != (const char *)-1;
}

bool
screen_open(bool colours, char why[static WHY_MAX])
{
	const char *terminal = getenv("TERM");

	setlocale(LC_CTYPE, "");
	if (!can_address(terminal)) {
		snprintf(why, WHY_MAX, "the terminal %.60s has no addressable cursor; --batch prints lines", terminal);
		return false;
	}
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL) {
		snprintf(why, WHY_MAX, "the terminal %.60s is not known here; --batch prints lines", terminal != NULL ? terminal : "(TERM is not set)");
		return false;
	}
	set_term(screen);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	screen_colours(colours);
	return true;
}

void
screen_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void
screen_size(int *width, int *height)
{
	getmaxyx(stdscr, *height, *width);
}

/* Without colours a look is bold, faint or reversed: NO_COLOR is about colours. */
static attr_t
attributes(enum look look)
{
	static const attr_t plain[] = {
		[LOOK_PLAIN] = A_NORMAL, [LOOK_TITLE] = A_BOLD, [LOOK_HEAD] = A_REVERSE, [LOOK_SELECTED] = A_BOLD,
		[LOOK_FAINT] = A_DIM, [LOOK_ODD] = A_NORMAL, [LOOK_BAD] = A_BOLD,
	};
	attr_t a = plain[look];

	if (with_colours && (look == LOOK_TITLE || look == LOOK_ODD || look == LOOK_BAD || look == LOOK_SELECTED))
		a |= (attr_t)COLOR_PAIR(look);
	return a;
}

void
screen_show(const struct page *p)
{
	int width, height;

	screen_size(&width, &height);
	erase();
	for (int y = 0; y < height && (size_t)y < p->count; y++) {
		attrset((int)attributes(p->line[y].look));
		mvaddnstr(y, 0, p->line[y].text, width);
	}
	attrset(A_NORMAL);
	refresh();
}

int
screen_key(unsigned ms)
{
	int key;

	timeout((int)ms);
	key = getch();
	switch (key) {
	case ERR:
		return KEY_NONE;
	case KEY_DOWN:
		return KEY_NEXT_ROW;
	case KEY_UP:
		return KEY_LAST_ROW;
	case KEY_NPAGE:
		return KEY_NEXT_PAGE;
	case KEY_PPAGE:
		return KEY_LAST_PAGE;
	case KEY_RESIZE:
		return KEY_NEW_SIZE;
	default:
		return key < 128 ? key : KEY_NONE;
	}
}
