/* See human.h. */
#include "human.h"

#include <math.h>
#include <stdio.h>

static char *
scaled(double v, double step, const char *const units[], size_t count, char *out)
{
	size_t unit = 0;

	/* 999.95 would be written 1000.0 */
	while (fabs(v) >= step - 0.05 * (unit > 0) && unit + 1 < count) {
		v /= step;
		unit++;
	}
	if (unit == 0 && (fabs(v) >= 10 || v == floor(v)))
		snprintf(out, HUMAN_MAX, "%.0f", v);
	else
		snprintf(out, HUMAN_MAX, fabs(v) >= 999.95 ? "%.0f%s" : "%.1f%s", v, units[unit]);
	return out;
}

char *
human_bytes(double v, char out[static HUMAN_MAX])
{
	static const char *const units[] = { "", "K", "M", "G", "T", "P" };

	return scaled(v, 1024, units, sizeof units / sizeof *units, out);
}

char *
human_count(double v, char out[static HUMAN_MAX])
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P" };

	return scaled(v, 1000, units, sizeof units / sizeof *units, out);
}

char *
human_signed(double v, char *(*form)(double, char *), char out[static HUMAN_MAX])
{
	char plain[HUMAN_MAX];

	form(fabs(v), plain);
	snprintf(out, HUMAN_MAX, "%s%.14s", v > 0 ? "+" : v < 0 ? "-" : "", plain);
	return out;
}

char *
human_seconds(double v, char out[static HUMAN_MAX])
{
	if (v < 120)
		snprintf(out, HUMAN_MAX, "%.0fs", v);
	else if (v < 2 * 3600)
		snprintf(out, HUMAN_MAX, "%.0fm", floor(v / 60));
	else if (v < 2 * 86400)
		snprintf(out, HUMAN_MAX, "%.0fh", floor(v / 3600));
	else
		snprintf(out, HUMAN_MAX, "%.0fd", floor(v / 86400));
	return out;
}

void
human_clean(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s != '\0'; s++) {
		if ((*s < ' ' && *s != '\n' && *s != '\t') || *s == 127)
			*s = '?';
		else if (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
			s[0] = s[1] = '?';
	}
}

/* Rounded towards zero: a single miss is never 100.0%. */
char *
human_share(double part, double whole, char out[static HUMAN_MAX])
{
	if (whole <= 0)
		snprintf(out, HUMAN_MAX, "-");
	else
		snprintf(out, HUMAN_MAX, "%.1f%%", floor(part / whole * 1000) / 10);
	return out;
}
