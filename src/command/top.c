/*
 * top - running processes, live: rates, levels, sizes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "screen.h"
#include "signame.h"
#include "verb.h"

enum { INTERVAL_LEAST_MS = 100, INTERVAL_MOST_MS = 3600000, ROUNDS_BETWEEN_LOOKS = 5, TIMEOUT_MS = 1000 };

static volatile sig_atomic_t told_to_end;

static void
on_end(int sig)
{
	told_to_end = sig;
}

static void
catch_ends(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_end };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sigaction(ends[i], &action, NULL);
}

/* --- the time ------------------------------------------------------------------------------------------------------------ */

struct rounds {
	uint64_t next_ms; /* when the next one begins */
	unsigned begun, most; /* most 0: no end */
	bool asking;
};

/* Begins a round when it is time. */
static void
begin_round(struct watch *w, const struct choice *c, struct rounds *r)
{
	uint64_t now = ask_now_ms();

	if (r->asking || c->paused || now < r->next_ms)
		return;
	if (r->begun++ % ROUNDS_BETWEEN_LOOKS == 0)
		watch_look_around(w);
	watch_ask(w);
	r->asking = true;
	r->next_ms = now + c->interval_ms;
}

/* True: an answer of each is there, or is known not to come. */
static bool
end_round(struct watch *w, struct rounds *r)
{
	if (!r->asking || !watch_collect(w))
		return false;
	r->asking = false;
	return true;
}

static bool
is_last(const struct rounds *r)
{
	return r->most != 0 && r->begun >= r->most && !r->asking;
}

/* --- lines --------------------------------------------------------------------------------------------------------------- */

static int
batch(struct watch *w, struct choice *c, struct rounds *r)
{
	struct page page;

	c->for_batch = true;
	while (!told_to_end && (watch_any_alive(w) || r->asking)) {
		begin_round(w, c, r);
		if (end_round(w, r)) {
			for (c->selected = 0; c->selected < (w->count > 0 ? w->count : 1); c->selected++) {
				if (!page_make(w, c, &page))
					return verb_failed("out of memory");
				/* what all have in common once, then each one's sizes */
				for (size_t i = 0, from = c->selected == 0 ? 0 : w->count + 2; from + i < page.count; i++)
					puts(page.line[from + i].text);
				page_forget(&page);
			}
			puts("");
			if (fflush(stdout) != 0)
				return FAILED;
		}
		if (is_last(r))
			break;
		ask_pause();
	}
	return DONE;
}

/* --- the screen ---------------------------------------------------------------------------------------------------------- */

static void
choose_sort(struct choice *c, int by)
{
	c->sort = (enum rate_sort)(((int)c->sort + by + RATE_SORT_COUNT) % RATE_SORT_COUNT);
}

static void
choose_interval(struct choice *c, bool longer)
{
	c->interval_ms = longer ? c->interval_ms * 2 : c->interval_ms / 2;
	if (c->interval_ms < INTERVAL_LEAST_MS)
		c->interval_ms = INTERVAL_LEAST_MS;
	if (c->interval_ms > INTERVAL_MOST_MS)
		c->interval_ms = INTERVAL_MOST_MS;
}

/* False: leave. */
static bool
obey(int key, struct choice *c, bool *colours, struct rounds *r)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 's':
	case '>':
		choose_sort(c, 1);
		break;
	case 'S':
	case '<':
		choose_sort(c, -1);
		break;
	case 'r':
		c->reverse = !c->reverse;
		break;
	case 'n':
	case '\t':
		c->selected++;
		c->scrolled = 0;
		break;
	case 'p':
		c->selected -= c->selected > 0;
		c->scrolled = 0;
		break;
	case KEY_NEXT_ROW:
	case 'j':
		c->scrolled++;
		break;
	case KEY_LAST_ROW:
	case 'k':
		c->scrolled -= c->scrolled > 0;
		break;
	case KEY_NEXT_PAGE:
		c->scrolled += 10;
		break;
	case KEY_LAST_PAGE:
		c->scrolled -= c->scrolled > 10 ? 10 : c->scrolled;
		break;
	case ' ':
		c->paused = !c->paused;
		break;
	case '+':
	case '-':
		choose_interval(c, key == '+');
		r->next_ms = 0;
		break;
	case 'c':
		screen_colours(*colours = !*colours);
		break;
	case '?':
	case 'h':
		c->help = !c->help;
		break;
	default:
		break;
	}
	return true;
}

static void
draw(const struct watch *w, struct choice *c)
{
	struct page page;

	screen_size(&c->width, &c->height);
	if (page_make(w, c, &page))
		screen_show(&page);
	page_forget(&page);
}

static unsigned
wait_ms(const struct rounds *r, bool paused)
{
	uint64_t now = ask_now_ms();

	if (r->asking)
		return 5;
	if (paused)
		return 200;
	return r->next_ms <= now ? 0 : r->next_ms - now > 200 ? 200 : (unsigned)(r->next_ms - now);
}

static int
live(struct watch *w, struct choice *c, struct rounds *r, bool colours)
{
	char why[WHY_MAX];

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return verb_failed("this is no terminal; --batch prints lines");
	if (!screen_open(colours, why))
		return verb_failed("%s", why);
	while (!told_to_end) {
		int key;

		begin_round(w, c, r);
		if (end_round(w, r))
			draw(w, c);
		if (is_last(r))
			break;
		key = screen_key(wait_ms(r, c->paused));
		if (key == KEY_NONE)
			continue;
		if (!obey(key, c, &colours, r))
			break;
		draw(w, c);
	}
	screen_close();
	return DONE;
}

/* --- the verb ------------------------------------------------------------------------------------------------------------ */

/* The processes that are named; false: one is none that can be watched, and it has been said. */
static bool
take_processes(struct watch *w, int count, char **names)
{
	char why[WHY_MAX];
	struct process p;

	w->everybody = count == 0;
	for (int i = 0; i < count; i++) {
		if (!process_look(verb_pid(names[i]), &p, why)) {
			verb_failed("%s", why);
			return false;
		}
		process_forget(&p);
		if (!p.carries) {
			verb_failed("process %d (%s) does not carry " LIBRARY_NAME, p.pid, p.name);
			return false;
		}
		watch_add(w, p.pid);
	}
	return true;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = {
		{ "batch", no_argument, NULL, 'b' }, { "count", required_argument, NULL, 'n' }, { "interval", required_argument, NULL, 'i' },
		{ "sort", required_argument, NULL, 's' }, { "no-color", no_argument, NULL, 'C' }, { "signal", required_argument, NULL, 'S' },
		{ "dump", required_argument, NULL, 'd' }, { "control", required_argument, NULL, 'c' }, VERB_HELP,
	};
	const char *no_color = getenv("NO_COLOR"); /* no-color.org: set, and not empty */
	struct watch w = { .how.timeout_ms = TIMEOUT_MS };
	struct choice c = { .interval_ms = 1000, .sort = RATE_SORT_GETS };
	struct rounds r = { 0 };
	bool lines = false, colours = no_color == NULL || no_color[0] == '\0';
	int status = WRONG_USE;

	for (int got; (got = verb_option(argc, argv, ":bn:i:s:h", words)) != -1;) {
		if (got == 'i' && ((c.interval_ms = verb_seconds(optarg, INTERVAL_MOST_MS)) < INTERVAL_LEAST_MS))
			return verb_wrong_use("--interval takes seconds from 0.1 to an hour, not %s", optarg);
		if (got == 'n' && (r.most = (unsigned)verb_pid(optarg)) == 0)
			return verb_wrong_use("--count takes a number, not %s", optarg);
		if (got == 's' && !rate_sort_named(optarg, &c.sort))
			return verb_wrong_use("rows are sorted by %s, not by %s", rate_sort_names(), optarg);
		if (got == 'S' && signame_number(w.how.signal = optarg) == 0)
			return verb_wrong_use("there is no signal %s", optarg);
		if (got == 'd')
			w.how.dump = optarg;
		if (got == 'c')
			w.how.control = optarg;
		lines = lines || got == 'b';
		colours = colours && got != 'C';
	}
	for (int i = optind; i < argc; i++)
		if (verb_pid(argv[i]) == 0)
			return verb_wrong_use("%s is no process number", argv[i]);
	catch_ends();
	status = FAILED;
	if (take_processes(&w, argc - optind, argv + optind))
		status = lines ? batch(&w, &c, &r) : live(&w, &c, &r, colours);
	watch_forget(&w);
	return status;
}

const struct verb verb_top = {
	.name = "top",
	.takes = "[PID...] [--batch] [--interval=SECONDS] [--count=N] [--sort=COLUMN]",
	.description = "shows live what the pools of running processes do",
	.help = "  -i, --interval=SECONDS  between two questions; 1\n"
	        "  -n, --count=N           leaves after so many\n"
	        "  -s, --sort=COLUMN       size, gets (the default), puts, misses, hits, cached\n"
	        "                          or in-use\n"
	        "  -b, --batch             prints lines, for a file or a pipe\n"
	        "  --no-color              so does NO_COLOR in the environment\n"
	        "  --signal=NAME, --dump=PATTERN, --control=PATTERN   as with stat\n"
	        "\n"
	        "Without a PID: all processes of yours (root: of everybody) that carry the\n"
	        "library. Keys: q leaves, s sorts, n goes to the next process, space pauses,\n"
	        "? says the others.\n",
	.run = run,
};
