/* See plot.h. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The drawing, in its own units. */
enum { WIDTH = 720, HEIGHT = 250, LEFT = 62, RIGHT = 14, TOP = 12, BOTTOM = 28, BAR = 16, BAR_STEP = 20, BAR_LEFT = 80, BAR_RIGHT = 70 };
enum { MARKED_MAX = 80 }; /* points that are marked one by one */

/* --- text ---------------------------------------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at s; 0: it is none, or none of XML. */
static size_t
character(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (n == 1 && (s[0] < ' ' || s[0] == 127) && s[0] != '\n' && s[0] != '\t')
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    (s[0] == 0xef && s[1] == 0xbf && s[2] > 0xbd))
		return 0;
	return n;
}

void
plot_text(FILE *out, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
		size_t n = character(s);

		if (n == 0) {
			fputc('?', out);
			s++;
			continue;
		}
		if (*s == '&' || *s == '<' || *s == '>' || *s == '"')
			fputs(*s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : "&quot;", out);
		else
			fwrite(s, 1, n, out);
		s += n;
	}
}

/* --- scales -------------------------------------------------------------------------------------------------------------- */

struct scale {
	double from, to, step;
};

/* The smallest round step that divides a span into at most `most`. */
static double
round_step(double span, unsigned most, bool bytes)
{
	double base = bytes ? 2 : 10, step = pow(base, floor(log(span / most) / log(base)));
	static const double decimal[] = { 1, 2, 5, 10 };

	if (bytes)
		return step * most < span ? step * 2 : step;
	for (size_t i = 0; i < sizeof decimal / sizeof *decimal; i++)
		if (step * decimal[i] * most >= span)
			return step * decimal[i];
	return step * 20;
}

/* Steps of time that a person reads: of seconds, minutes, hours. */
static double
time_step(double span, unsigned most)
{
	static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };

	if (span < most)
		return round_step(span, most, false);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i] * most >= span)
			return steps[i];
	return 86400 * ceil(span / most / 86400);
}

static double
top_of(const struct plot *p)
{
	double top = 0;

	for (size_t i = 0; i < p->points; i++) {
		double sum = 0;

		for (size_t s = 0; s < p->count; s++) {
			double y = p->series[s].y[i];

			if (isnan(y))
				continue;
			sum = p->stacked ? sum + y : fmax(sum, y);
		}
		top = fmax(top, sum);
	}
	return top;
}

static struct scale
scale_of_values(const struct plot *p)
{
	double top = top_of(p);
	struct scale s = { .from = 0, .step = 1 };

	if (top > 0)
		s.step = round_step(top, 5, p->bytes);
	s.to = s.step * ceil(top / s.step - 1e-9);
	if (s.to <= 0)
		s.to = s.step;
	return s;
}

static struct scale
scale_of_times(const struct plot *p)
{
	struct scale s = { .from = p->x[0], .to = p->x[p->points - 1] };

	if (s.to <= s.from)
		s.to = s.from + 1;
	s.step = time_step(s.to - s.from, 8);
	return s;
}

static double
place_x(const struct scale *s, double x)
{
	return LEFT + (x - s->from) / (s->to - s->from) * (WIDTH - LEFT - RIGHT);
}

static double
place_y(const struct scale *s, double y)
{
	return HEIGHT - BOTTOM - (y - s->from) / (s->to - s->from) * (HEIGHT - TOP - BOTTOM);
}

static void
time_label(double v, double step, char out[static HUMAN_MAX])
{
	if (step < 1)
		snprintf(out, HUMAN_MAX, "%.3g s", v);
	else if (step < 60 && v < 180)
		snprintf(out, HUMAN_MAX, "%.0f s", v);
	else if (step < 60)
		snprintf(out, HUMAN_MAX, "%.0f:%02.0f", floor(v / 60), fmod(v, 60));
	else if (step < 3600 && v < 7200)
		snprintf(out, HUMAN_MAX, "%.0f min", v / 60);
	else if (step < 86400)
		snprintf(out, HUMAN_MAX, "%.0f:%02.0f h", floor(v / 3600), fmod(v / 60, 60));
	else
		snprintf(out, HUMAN_MAX, "%.0f d", v / 86400);
}

static char *
value_label(const struct plot *p, double v, char out[static HUMAN_MAX])
{
	return p->bytes ? human_bytes(v, out) : human_count(v, out);
}

/* Of an axis: 8M, not 8.0M. */
static char *
axis_label(const struct plot *p, double v, char out[static HUMAN_MAX])
{
	char *end = strstr(value_label(p, v, out), ".0");

	if (end != NULL)
		memmove(end, end + 2, strlen(end + 2) + 1);
	return out;
}

/* --- over time ----------------------------------------------------------------------------------------------------------- */

static void
print_head(FILE *out, const char *title, const char *note, const struct plot_series series[], size_t count, bool areas)
{
	fputs("<figure>\n<figcaption><h3>", out);
	plot_text(out, title);
	fputs("</h3>", out);
	if (note != NULL) {
		fputs("<p>", out);
		plot_text(out, note);
		fputs("</p>", out);
	}
	fputs("<p class=\"legend\">", out);
	for (size_t i = 0; count > 1 && i < count; i++) {
		fprintf(out, "<span><svg class=\"key\" viewBox=\"0 0 28 12\" aria-hidden=\"true\">");
		if (areas)
			fprintf(out, "<rect class=\"area s%u\" x=\"0\" y=\"0\" width=\"28\" height=\"12\"/>", series[i].colour);
		else
			fprintf(out, "<path class=\"line s%u\" d=\"M0 6H28\"/>", series[i].colour);
		fputs("</svg> ", out);
		plot_text(out, series[i].name);
		fputs("</span> ", out);
	}
	fputs("</p></figcaption>\n", out);
}

static void
print_axes(FILE *out, const struct plot *p, const struct scale *sx, const struct scale *sy)
{
	for (double v = sy->from; v <= sy->to + sy->step / 2; v += sy->step)
		fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"y\" x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT, place_y(sy, v), WIDTH - RIGHT,
		    LEFT - 6, place_y(sy, v) + 4, axis_label(p, v, HUMAN));
	for (double v = ceil(sx->from / sx->step - 1e-9) * sx->step; v <= sx->to + 1e-9; v += sx->step) {
		char label[HUMAN_MAX];

		time_label(v, sx->step, label);
		fprintf(out, "<path class=\"tick\" d=\"M%.1f %dv4\"/><text class=\"x\" x=\"%.1f\" y=\"%d\">%s</text>\n", place_x(sx, v), HEIGHT - BOTTOM,
		    place_x(sx, v), HEIGHT - BOTTOM + 17, label);
	}
	fprintf(out, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT);
}

/* What lies below series s at point i, when they are stacked. */
static double
floor_of(const struct plot *p, size_t s, size_t i)
{
	double sum = 0;

	for (size_t below = 0; p->stacked && below < s; below++)
		sum += isnan(p->series[below].y[i]) ? 0 : p->series[below].y[i];
	return sum;
}

static double
value_of(const struct plot *p, size_t s, size_t i)
{
	return floor_of(p, s, i) + p->series[s].y[i];
}

static void
print_area(FILE *out, const struct plot *p, size_t s, const struct scale *sx, const struct scale *sy)
{
	fprintf(out, "<path class=\"area s%u\" d=\"", p->series[s].colour);
	for (size_t i = 0; i < p->points; i++)
		fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', place_x(sx, p->x[i]), place_y(sy, value_of(p, s, i)));
	for (size_t i = p->points; i-- > 0;)
		fprintf(out, "L%.1f %.1f", place_x(sx, p->x[i]), place_y(sy, floor_of(p, s, i)));
	fputs("Z\"/>\n", out);
}

static void
print_line(FILE *out, const struct plot *p, size_t s, const struct scale *sx, const struct scale *sy)
{
	bool pen = false;

	fprintf(out, "<path class=\"line s%u\" d=\"", p->series[s].colour);
	for (size_t i = 0; i < p->points; i++) {
		double y = value_of(p, s, i);

		if (!isnan(y))
			fprintf(out, "%c%.1f %.1f", pen ? 'L' : 'M', place_x(sx, p->x[i]), place_y(sy, y));
		pen = !isnan(y);
	}
	fputs("\"/>\n", out);
}

/* Points that can be pointed at: what they are stands in their titles. */
static void
print_points(FILE *out, const struct plot *p, size_t s, const struct scale *sx, const struct scale *sy)
{
	for (size_t i = 0; i < p->points && p->points <= MARKED_MAX; i++) {
		if (isnan(p->series[s].y[i]))
			continue;
		fprintf(out, "<circle class=\"point s%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"><title>", p->series[s].colour, place_x(sx, p->x[i]), place_y(sy, value_of(p, s, i)));
		plot_text(out, p->series[s].name);
		fprintf(out, ": %s at %.1f s</title></circle>\n", value_label(p, p->series[s].y[i], HUMAN), p->x[i]);
	}
}

void
plot_over_time(FILE *out, const struct plot *p)
{
	struct scale sx = scale_of_times(p), sy = scale_of_values(p);

	print_head(out, p->title, p->note, p->series, p->count, p->stacked);
	fprintf(out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
	plot_text(out, p->title);
	fputs("\">\n", out);
	print_axes(out, p, &sx, &sy);
	for (size_t s = 0; s < p->count; s++) {
		if (p->stacked)
			print_area(out, p, s, &sx, &sy);
		else
			print_line(out, p, s, &sx, &sy);
		print_points(out, p, s, &sx, &sy);
	}
	fputs("</svg>\n</figure>\n", out);
}

/* --- shares -------------------------------------------------------------------------------------------------------------- */

static void
print_bar(FILE *out, const struct plot_bars *p, size_t b)
{
	double x = BAR_LEFT, width = WIDTH - BAR_LEFT - BAR_RIGHT;
	int y = TOP + (int)b * BAR_STEP;

	fprintf(out, "<text class=\"y\" x=\"%d\" y=\"%d\">", BAR_LEFT - 8, y + BAR - 4);
	plot_text(out, p->label[b]);
	fputs("</text>", out);
	for (size_t s = 0; s < p->count; s++) {
		double w = p->share[b][s] * width;

		if (w > 0) {
			fprintf(out, "<rect class=\"area s%zu\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>", s, x, y, w, BAR);
			plot_text(out, p->series[s]);
			fprintf(out, " %.2f%%</title></rect>", p->share[b][s] * 100);
		}
		x += w;
	}
	fprintf(out, "<text class=\"after\" x=\"%d\" y=\"%d\">", WIDTH - BAR_RIGHT + 6, y + BAR - 4);
	plot_text(out, p->after[b]);
	fputs("</text>\n", out);
}

void
plot_shares(FILE *out, const struct plot_bars *p)
{
	int height = TOP + (int)p->bars * BAR_STEP + 24;
	struct plot_series series[PLOT_SERIES_MAX];

	for (unsigned s = 0; s < p->count; s++)
		series[s] = (struct plot_series){ .name = p->series[s], .colour = s };
	print_head(out, p->title, p->note, series, p->count, true);
	fprintf(out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, height);
	plot_text(out, p->title);
	fputs("\">\n", out);
	for (size_t b = 0; b < p->bars; b++)
		print_bar(out, p, b);
	for (int percent = 0; percent <= 100; percent += 25)
		fprintf(out, "<text class=\"x\" x=\"%.1f\" y=\"%d\">%d%%</text>", BAR_LEFT + percent / 100.0 * (WIDTH - BAR_LEFT - BAR_RIGHT), height - 6, percent);
	fputs("\n</svg>\n</figure>\n", out);
}
