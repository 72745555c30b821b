/* See setting.h. */
#include "setting.h"

#include <limits.h>
#include <string.h>

#include "signame.h"
#include "spelling.h"

static size_t
field_size(enum setting_kind kind)
{
	static const size_t sizes[] = {
#define KIND(kind, type) [SETTING_##kind] = sizeof(type),
		SETTING_KINDS(KIND)
#undef KIND
	};

	return sizes[kind];
}

/* --- from text --- */

static bool
take_signal(const char *text, int *out, struct refusal *why)
{
	int number = signame_number(text);

	why->what = number == 0 ? "no such signal" : signame_objection(number);
	if (why->what != NULL)
		return false;
	*out = number;
	return true;
}

static void
compare_words(struct spelling *best, const char *text, const char *words)
{
	for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		spelling_compare(best, text, strlen(text), words, n);
	}
}

/* off, 0 and none are one wish. */
static bool
means_none(const char *text)
{
	unsigned which;
	bool on;

	return value_word(text, "none", &which) || (value_switch(text, &on) && !on);
}

/* A lone word that hardly means a file of that name: "stdrr", "off". */
static bool
is_no_path(const struct setting *s, const char *text)
{
	struct spelling best = { 0 };
	bool on;

	if (strpbrk(text, "/.%") != NULL)
		return false;
	compare_words(&best, text, s->words);
	return best.word != NULL || means_none(text) || value_switch(text, &on);
}

static bool
take_path(const struct setting *s, const char *text, const char **out, struct refusal *why)
{
	if (!value_path(text, s->text, PATH_MAX, why))
		return false;
	*out = s->text;
	return true;
}

bool
setting_take(const struct setting *s, const char *text, void *field, struct refusal *why)
{
	unsigned which;

	*why = (struct refusal){ .what = "not understood" };
	if (s->kind != SETTING_WORD && s->kind != SETTING_WORDS && value_word(text, s->words, &which)) {
		if (s->kind == SETTING_PATH)
			return take_path(s, s->words, field, why);
		memset(field, 0, field_size(s->kind));
		return true;
	}
	switch (s->kind) {
	case SETTING_RANGES:
		return value_ranges(text, s->smallest, s->largest, field, why);
	case SETTING_TIME:
		return value_time(text, s->smallest, s->largest, field, why);
	case SETTING_AMOUNT:
		return value_amount(text, s->smallest, s->largest, s->share, field, why);
	case SETTING_SIZE:
		return value_size(text, s->smallest, s->largest, field, why);
	case SETTING_PREWARM:
		return value_prewarm(text, s->smallest, s->largest, field, why);
	case SETTING_WORD:
		return value_word(text, s->words, field);
	case SETTING_WORDS:
		return value_words(text, s->words, field);
	case SETTING_SIGNAL:
		return take_signal(text, field, why);
	case SETTING_PATH:
		return !is_no_path(s, text) && take_path(s, text, field, why);
	case SETTING_SWITCH:
		return value_switch(text, field);
	}
	return false;
}

/* --- what may have been meant --- */

static void
compare_signals(struct spelling *best, const char *text)
{
	const char *name;

	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (unsigned row = 0; (name = signame_row(row)) != NULL; row++)
		if (signame_objection(signame_number(name)) == NULL)
			spelling_compare(best, text, strlen(text), name, strlen(name));
}

/* n characters as a NUL-ended text; false when they don't fit. */
static bool
copy(char out[static NEAREST_MAX], const char *text, size_t n)
{
	if (n >= NEAREST_MAX)
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

static bool
without_blanks(char out[static NEAREST_MAX], const char *text)
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '\t')
			continue;
		if (len == NEAREST_MAX - 1)
			return false;
		out[len++] = *text;
	}
	out[len] = '\0';
	return len > 0;
}

static bool
is_taken(const struct setting *s, const char *text, void *field)
{
	struct refusal ignored;

	return text[0] != '\0' && setting_take(s, text, field, &ignored);
}

void
setting_suggest(const struct setting *s, const char *text, void *field, struct refusal *why)
{
	static const char *const nothings[] = { "off", "none", "0" };
	struct spelling best = { 0 };

	if (is_taken(s, why->nearest, field))
		return;
	if (without_blanks(why->nearest, text) && is_taken(s, why->nearest, field))
		return;
	compare_words(&best, text, s->words);
	if (s->kind == SETTING_SWITCH)
		compare_words(&best, text, "on off yes no true false");
	if (s->kind == SETTING_SIGNAL)
		compare_signals(&best, text);
	if (best.word != NULL && copy(why->nearest, best.word, best.len) && is_taken(s, why->nearest, field))
		return;
	for (size_t i = 0; i < sizeof nothings / sizeof nothings[0] && means_none(text); i++)
		if (copy(why->nearest, nothings[i], strlen(nothings[i])) && is_taken(s, why->nearest, field))
			return;
	why->nearest[0] = '\0';
}
