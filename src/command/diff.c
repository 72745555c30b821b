/*
 * diff - what happened between two dumps in JSON.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "rate.h"
#include "verb.h"

/* --- for a person -------------------------------------------------------------------------------------------------------- */

static void
count_line(const char *name, uint64_t before, uint64_t after, double seconds)
{
	double change = (double)after - (double)before;

	printf("%-14s %9s %9s %10s %10s\n", name, human_count((double)before, HUMAN), human_count((double)after, HUMAN),
	    human_signed(change, human_count, HUMAN), seconds > 0 ? human_count(change / seconds, HUMAN) : "-");
}

static void
bytes_line(const char *name, uint64_t before, uint64_t after)
{
	printf("%-14s %9s %9s %10s\n", name, human_bytes((double)before, HUMAN), human_bytes((double)after, HUMAN),
	    human_signed((double)after - (double)before, human_bytes, HUMAN));
}

static void
print_totals(const struct figures *a, const struct figures *b, const struct rate *r)
{
	const struct counters *x = &a->total, *y = &b->total;

	printf("%-14s %9s %9s %10s %10s\n", "", "before", "after", "change", "a second");
	count_line("gets", x->gets, y->gets, r->seconds);
	count_line("puts", x->puts, y->puts, r->seconds);
	count_line("misses", x->misses, y->misses, r->seconds);
	count_line("fetched", x->fetched, y->fetched, r->seconds);
	count_line("released", x->released, y->released, r->seconds);
	count_line("rotations", a->rotations, b->rotations, r->seconds);
	bytes_line("cached", x->cached_bytes, y->cached_bytes);
	bytes_line("  of it victim", x->victim_bytes, y->victim_bytes);
	bytes_line("in use", x->live_bytes, y->live_bytes);
	if (a->jemalloc_known && b->jemalloc_known)
		bytes_line("resident", a->resident, b->resident);
}

static void
print_levels(const struct counters *c)
{
	double gets = (double)c->gets;

	printf("\nserved by  private %s, shared %s, steal %s, victim %s, jemalloc %s\n\n",
	    human_share((double)c->hits_private, gets, HUMAN), human_share((double)c->hits_shared, gets, HUMAN),
	    human_share((double)c->hits_steal, gets, HUMAN), human_share((double)c->hits_victim, gets, HUMAN),
	    human_share((double)c->misses, gets, HUMAN));
}

static void
print_classes(const struct rate *r)
{
	size_t quiet = 0;

	puts("    size   gets/s   puts/s misses/s   hits    cached          in use");
	for (size_t i = 0; i < r->rows; i++) {
		const struct rate_row *row = &r->row[i];
		const struct counters *c = &row->between;

		if (c->gets == 0 && c->puts == 0 && row->cached_change == 0 && row->live_change == 0) {
			quiet++;
			continue;
		}
		printf("%8llu %8s %8s %8s %6s %7s %7s %7s %7s\n", (unsigned long long)c->size, human_count(row->gets, HUMAN),
		    human_count(row->puts, HUMAN), human_count(row->misses, HUMAN), human_share((double)figures_hits(c), (double)c->gets, HUMAN),
		    human_bytes((double)c->cached_bytes, HUMAN), human_signed(row->cached_change, human_bytes, HUMAN),
		    human_bytes((double)c->live_bytes, HUMAN), human_signed(row->live_change, human_bytes, HUMAN));
	}
	if (quiet > 0)
		printf("         %zu sizes have not changed\n", quiet);
}

/* --- for a program ------------------------------------------------------------------------------------------------------- */

static json_t *
json_row(const struct rate_row *r)
{
	const struct counters *c = &r->between;
	json_t *row = json_pack("{s:I, s:I, s:{s:I, s:I, s:I, s:I}, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "gets", (json_int_t)c->gets, "puts",
	    (json_int_t)c->puts, "hits", "private", (json_int_t)c->hits_private, "shared", (json_int_t)c->hits_shared, "steal",
	    (json_int_t)c->hits_steal, "victim", (json_int_t)c->hits_victim, "misses", (json_int_t)c->misses, "fetched", (json_int_t)c->fetched,
	    "released", (json_int_t)c->released, "gets_per_second", r->gets, "puts_per_second", r->puts, "misses_per_second", r->misses,
	    "cached_bytes_change", r->cached_change, "live_bytes_change", r->live_change);

	if (c->size != 0)
		json_object_set_new(row, "size", json_integer((json_int_t)c->size));
	return row;
}

static int
print_json(const struct figures *b, const struct rate *r)
{
	json_t *classes = json_array(), *all;
	int wrong;

	for (size_t i = 0; i < r->rows; i++)
		json_array_append_new(classes, json_row(&r->row[i]));
	all = json_pack("{s:s, s:i, s:f, s:o, s:o}", "program", b->program, "pid", b->pid, "seconds", r->seconds, "totals", json_row(&r->total),
	    "classes", classes);
	wrong = all == NULL || json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) != 0;
	puts("");
	json_decref(all);
	return wrong && !ferror(stdout) ? verb_failed("out of memory") : DONE; /* what stdout could not take, main says */
}

/* --- the two dumps ------------------------------------------------------------------------------------------------------- */

static int
compare(const struct figures *a, const struct figures *b, const char *const names[2], enum rate_sort by, bool json)
{
	struct rate r;
	int status = DONE;

	if (a->pid != b->pid || strcmp(a->program, b->program) != 0)
		return verb_failed("%s is of %s (%d), and %s of %s (%d): two dumps of one process are compared", names[0], a->program, a->pid,
		    names[1], b->program, b->pid);
	if (b->uptime < a->uptime)
		return verb_failed("%s is the older one (up %.1f s, and %s %.1f s): the older comes first", names[1], b->uptime, names[0], a->uptime);
	if (!rate_between(a, b, &r))
		return verb_failed("%s counts less than %s: not a later dump of the same process", names[1], names[0]);
	rate_sort_rows(&r, by, false);
	if (json) {
		status = print_json(b, &r);
	} else {
		printf("%s, pid %d: %.1f s, from up %.1f s to up %.1f s\n\n", b->program, b->pid, r.seconds, a->uptime, b->uptime);
		print_totals(a, b, &r);
		print_levels(&r.total.between);
		print_classes(&r);
	}
	rate_forget(&r);
	return status;
}

static int
run(int argc, char **argv)
{
	static const struct option words[] = { { "json", no_argument, NULL, 'j' }, { "sort", required_argument, NULL, 's' }, VERB_HELP };
	struct figures a, b;
	enum rate_sort by = RATE_SORT_SIZE;
	char why[WHY_MAX];
	bool json = false;
	int status;

	for (int got; (got = verb_option(argc, argv, ":s:h", words)) != -1;) {
		if (got == 's' && !rate_sort_named(optarg, &by))
			return verb_wrong_use("rows are sorted by %s, not by %s", rate_sort_names(), optarg);
		json = json || got == 'j';
	}
	if (argc - optind != 2)
		return verb_wrong_use("two dumps in JSON are compared");
	if (!figures_read_file(argv[optind], &a, why))
		return verb_failed("%s", why);
	if (!figures_read_file(argv[optind + 1], &b, why)) {
		figures_forget(&a);
		return verb_failed("%s", why);
	}
	status = compare(&a, &b, (const char *const[]){ argv[optind], argv[optind + 1] }, by, json);
	figures_forget(&a);
	figures_forget(&b);
	return status;
}

const struct verb verb_diff = {
	.name = "diff",
	.takes = "[--sort=COLUMN] [--json] A.json B.json",
	.description = "says what happened between two dumps of one process, as rates",
	.help = "  -s, --sort=COLUMN  size (the default), gets, puts, misses, hits, cached\n"
	        "                     or in-use\n"
	        "  --json             for a program: the differences, and *_per_second\n"
	        "\n"
	        "A is the older one. Both are dumps in JSON: of tidepool stat --json, or with\n"
	        "TIDEPOOL_FORMAT=json.\n",
	.run = run,
};
