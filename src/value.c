/* See value.h. */
#include "value.h"

#include <string.h>

static const char not_understood[] = "not understood";

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
refuse(struct refusal *why, const char *what)
{
	why->what = what;
	why->nearest[0] = '\0';
	return false;
}

static bool
within(uint64_t v, uint64_t smallest, uint64_t largest, struct refusal *why)
{
	if (v < smallest)
		return refuse(why, "too small");
	if (v > largest)
		return refuse(why, "too large");
	return true;
}

/* Adds a piece to the nearest spelling; one that does not fit leaves none. */
static void
suggest(struct refusal *why, const char *piece, size_t n)
{
	size_t len = strlen(why->nearest);

	if (n < sizeof why->nearest - len) {
		memcpy(why->nearest + len, piece, n);
		why->nearest[len + n] = '\0';
	} else {
		why->nearest[0] = '\0';
	}
}

/* --- numbers and their units; what does not fit in 64 bits becomes the largest number, which every setting refuses --- */

static bool
take_number(const char **at, uint64_t *out)
{
	uint64_t v = 0;

	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++) {
		uint64_t digit = (uint64_t)(**at - '0');

		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	*out = v;
	return true;
}

static uint64_t
times(uint64_t v, uint64_t unit)
{
	return v > UINT64_MAX / unit ? UINT64_MAX : v * unit;
}

/* A letter's place in "kmgt" from 1, or 0. */
static unsigned
size_unit(char c)
{
	static const char units[] = "kmgt";
	const char *unit = c == '\0' ? NULL : strchr(units, lower(c));

	return unit == NULL ? 0 : (unsigned)(unit - units) + 1;
}

static bool
take_size(const char **at, uint64_t *out)
{
	const char *s = *at;
	unsigned unit;

	if (!take_number(&s, out))
		return false;
	unit = size_unit(*s);
	if (unit > 0) {
		s++;
		if (lower(s[0]) == 'i' && lower(s[1]) == 'b')
			s++;
	}
	if (lower(*s) == 'b')
		s++;
	*out = times(*out, UINT64_C(1) << (10 * unit));
	*at = s;
	return true;
}

/* Where the unit of a wrongly written number begins, blanks passed over; the digits become the nearest spelling so far. */
static const char *
suggest_digits(struct refusal *why, const char *text)
{
	const char *s = text;

	while (is_digit(*s))
		s++;
	if (s == text)
		return "";
	suggest(why, text, (size_t)(s - text));
	while (*s == ' ')
		s++;
	return s;
}

bool
value_size(const char *text, uint64_t smallest, uint64_t largest, uint64_t *out, struct refusal *why)
{
	const char *at = text;
	unsigned unit;
	uint64_t v;

	if (take_size(&at, &v) && *at == '\0') {
		if (!within(v, smallest, largest, why))
			return false;
		*out = v;
		return true;
	}
	refuse(why, not_understood);
	unit = size_unit(*suggest_digits(why, text));
	if (unit > 0)
		suggest(why, &" KMGT"[unit], 1);
	else
		why->nearest[0] = '\0'; /* a bare number for "16x" would be bytes: hardly what was meant */
	return false;
}

static const struct {
	char name[3];
	uint64_t ms;
	const char *also; /* how the unit's other spellings begin, separated by blanks */
} time_units[] = {
	{ "ms", 1, "ms mil" },
	{ "s", SECOND_MS, "s" },
	{ "m", MINUTE_MS, "m" },
	{ "h", HOUR_MS, "h" },
};

#define TIME_UNITS (sizeof time_units / sizeof time_units[0])

/* Whether text begins with one of `words`. */
static bool
begins(const char *text, const char *words)
{
	for (const char *word = words; *word != '\0';) {
		size_t n = strcspn(word, " ");
		size_t i = 0;

		while (i < n && lower(text[i]) == word[i])
			i++;
		if (i == n)
			return true;
		word += n + strspn(word + n, " ");
	}
	return false;
}

bool
value_time(const char *text, uint64_t smallest, uint64_t largest, uint64_t *out, struct refusal *why)
{
	const char *at = text;
	unsigned unit = TIME_UNITS;
	uint64_t v;

	if (take_number(&at, &v))
		value_word(at, "ms s m h", &unit);
	if (unit < TIME_UNITS) {
		v = times(v, time_units[unit].ms);
		if (!within(v, smallest, largest, why))
			return false;
		*out = v;
		return true;
	}
	refuse(why, not_understood);
	at = suggest_digits(why, text);
	if (*at == '\0')
		at = "s";
	for (unit = 0; unit < TIME_UNITS && !begins(at, time_units[unit].also); unit++)
		;
	if (why->nearest[0] != '\0' && unit < TIME_UNITS)
		suggest(why, time_units[unit].name, strlen(time_units[unit].name));
	else
		why->nearest[0] = '\0';
	return false;
}

bool
value_amount(const char *text, uint64_t smallest, uint64_t largest, unsigned share, struct amount *out, struct refusal *why)
{
	const char *at = text;
	const char *unit;
	uint64_t v;

	if (take_number(&at, &v) && at[0] == '%' && at[1] == '\0') {
		if (!within(v, 1, share, why))
			return false;
		*out = (struct amount){ .percent = (unsigned)v };
		return true;
	}
	if (value_size(text, smallest, largest, &v, why)) {
		*out = (struct amount){ .bytes = v };
		return true;
	}
	if (why->nearest[0] != '\0')
		return false;
	/* 25 and 25pct may well be shares */
	unit = suggest_digits(why, text);
	if (why->nearest[0] != '\0' && (*unit == '\0' || *unit == '%' || lower(*unit) == 'p'))
		suggest(why, "%", 1);
	else
		why->nearest[0] = '\0';
	return false;
}

/* --- lists --- */

bool
value_ranges(const char *text, uint64_t smallest, uint64_t largest, struct size_ranges *out, struct refusal *why)
{
	struct size_ranges ranges = { 0 };
	const char *at = text;

	for (;; at++) {
		const char *item = at;
		const char *dash = NULL;
		uint64_t low, high;

		if (!take_size(&at, &low))
			return refuse(why, not_understood);
		high = low;
		if (*at == '-') {
			dash = at++;
			if (!take_size(&at, &high))
				return refuse(why, not_understood);
		}
		if (*at != '\0' && *at != ',')
			return refuse(why, not_understood);
		if (low > high) {
			refuse(why, "runs backwards");
			if (strlen(text) >= NEAREST_MAX)
				return false;
			suggest(why, text, (size_t)(item - text));
			suggest(why, dash + 1, (size_t)(at - dash - 1));
			suggest(why, "-", 1);
			suggest(why, item, (size_t)(dash - item));
			suggest(why, at, strlen(at));
			return false;
		}
		if (!within(low, smallest, largest, why) || !within(high, smallest, largest, why))
			return false;
		if (ranges.count == RANGES_MAX)
			return refuse(why, "too many");
		ranges.at[ranges.count++] = (struct size_range){ .low = (size_t)low, .high = (size_t)high };
		if (*at == '\0')
			break;
	}
	*out = ranges;
	return true;
}

bool
value_prewarm(const char *text, uint64_t smallest, uint64_t largest, struct prewarm *out, struct refusal *why)
{
	struct prewarm prewarm = { 0 };
	const char *at = text;

	for (;; at++) {
		uint64_t size, objects;

		if (!take_size(&at, &size) || *at != ':')
			return refuse(why, not_understood);
		at++;
		if (!take_number(&at, &objects) || (*at != '\0' && *at != ','))
			return refuse(why, not_understood);
		if (!within(size, smallest, largest, why) || !within(objects, 1, PREWARM_OBJECTS_MAX, why))
			return false;
		if (prewarm.count == PREWARM_MAX)
			return refuse(why, "too many");
		prewarm.at[prewarm.count].size = (size_t)size;
		prewarm.at[prewarm.count].objects = (size_t)objects;
		prewarm.count++;
		if (*at == '\0')
			break;
	}
	*out = prewarm;
	return true;
}

/* --- words and paths --- */

bool
value_path(const char *text, char *out, size_t size, struct refusal *why)
{
	size_t n = strlen(text);

	if (n == 0)
		return refuse(why, not_understood);
	if (n >= size)
		return refuse(why, "too long");
	if (text[n - 1] == '/')
		return refuse(why, "a directory");
	for (const char *at = text; (at = strchr(at, '%')) != NULL; at += 2)
		if (at[1] == '\0' || strchr("pne%", at[1]) == NULL)
			return refuse(why, "an unknown % in it");
	memcpy(out, text, n + 1);
	return true;
}

bool
value_word(const char *text, const char *words, unsigned *out)
{
	size_t len = strlen(text);
	unsigned which = 0;

	for (const char *word = words; *word != '\0'; which++) {
		size_t n = strcspn(word, " ");
		size_t i = 0;

		while (i < n && lower(text[i]) == lower(word[i]))
			i++;
		if (i == n && len == n) {
			*out = which;
			return true;
		}
		word += n + strspn(word + n, " ");
	}
	return false;
}

bool
value_words(const char *text, const char *words, unsigned *out)
{
	unsigned set = 0, which;
	char word[32];

	for (;; text++) {
		size_t n = strcspn(text, ",");

		if (n >= sizeof word)
			return false;
		memcpy(word, text, n);
		word[n] = '\0';
		if (!value_word(word, words, &which))
			return false;
		set |= 1u << which;
		text += n;
		if (*text == '\0')
			break;
	}
	*out = set;
	return true;
}

bool
value_switch(const char *text, bool *out)
{
	unsigned which;

	if (!value_word(text, "off on 0 1 no yes false true", &which))
		return false;
	*out = which % 2 == 1;
	return true;
}
