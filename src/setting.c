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
	if (s->kind != SETTING_WORD && value_word(text, s->words, &which)) {
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

/* --- to text --- */

/* Exactly v, with the largest unit that leaves a whole number. */
static void
put_size(struct writer *w, uint64_t v)
{
	const char *unit = " KMGT";

	while (v > 0 && v % KIB == 0 && unit[1] != '\0') {
		v /= KIB;
		unit++;
	}
	writer_u64(w, v);
	writer_mem(w, unit, *unit != ' ');
}

static void
put_time(struct writer *w, uint64_t ms)
{
	if (ms % HOUR_MS == 0) {
		writer_u64(w, ms / HOUR_MS);
		writer_str(w, "h");
	} else if (ms % MINUTE_MS == 0) {
		writer_u64(w, ms / MINUTE_MS);
		writer_str(w, "m");
	} else if (ms % SECOND_MS == 0) {
		writer_u64(w, ms / SECOND_MS);
		writer_str(w, "s");
	} else {
		writer_u64(w, ms);
		writer_str(w, "ms");
	}
}

static void
put_ranges(struct writer *w, const struct size_ranges *ranges)
{
	for (unsigned i = 0; i < ranges->count; i++) {
		writer_str(w, i > 0 ? "," : "");
		put_size(w, ranges->at[i].low);
		if (ranges->at[i].high != ranges->at[i].low) {
			writer_char(w, '-');
			put_size(w, ranges->at[i].high);
		}
	}
}

static void
put_prewarm(struct writer *w, const struct prewarm *prewarm)
{
	for (unsigned i = 0; i < prewarm->count; i++) {
		writer_str(w, i > 0 ? "," : "");
		put_size(w, prewarm->at[i].size);
		writer_char(w, ':');
		writer_u64(w, prewarm->at[i].objects);
	}
}

static void
put_amount(struct writer *w, const struct amount *amount)
{
	if (amount->percent == 0) {
		put_size(w, amount->bytes);
	} else {
		writer_u64(w, amount->percent);
		writer_char(w, '%');
	}
}

/* The which-th of the words. */
static void
put_word(struct writer *w, const char *words, unsigned which)
{
	while (which-- > 0)
		words += strcspn(words, " ") + 1;
	writer_mem(w, words, strcspn(words, " "));
}

static void
put_signal(struct writer *w, int number)
{
	char name[SIGNAME_MAX];

	signame_text(number, name);
	writer_str(w, name);
}

/* The field is what the setting's one word leaves it as: no ranges, no period, no bytes, no signal. */
static bool
is_zero(enum setting_kind kind, const void *field)
{
	switch (kind) {
	case SETTING_RANGES:
		return ((const struct size_ranges *)field)->count == 0;
	case SETTING_PREWARM:
		return ((const struct prewarm *)field)->count == 0;
	case SETTING_AMOUNT:
		return ((const struct amount *)field)->percent == 0 && ((const struct amount *)field)->bytes == 0;
	case SETTING_TIME:
	case SETTING_SIZE:
		return *(const uint64_t *)field == 0;
	case SETTING_SIGNAL:
		return *(const int *)field == 0;
	case SETTING_WORD:
	case SETTING_PATH:
	case SETTING_SWITCH:
		break;
	}
	return false;
}

void
setting_put(struct writer *w, const struct setting *s, const void *field)
{
	if (is_zero(s->kind, field)) {
		writer_str(w, s->words);
		return;
	}
	switch (s->kind) {
	case SETTING_RANGES:
		put_ranges(w, field);
		break;
	case SETTING_TIME:
		put_time(w, *(const uint64_t *)field);
		break;
	case SETTING_AMOUNT:
		put_amount(w, field);
		break;
	case SETTING_SIZE:
		put_size(w, *(const uint64_t *)field);
		break;
	case SETTING_PREWARM:
		put_prewarm(w, field);
		break;
	case SETTING_WORD:
		put_word(w, s->words, *(const unsigned *)field);
		break;
	case SETTING_SIGNAL:
		put_signal(w, *(const int *)field);
		break;
	case SETTING_PATH:
		writer_str(w, *(const char *const *)field);
		break;
	case SETTING_SWITCH:
		writer_str(w, *(const bool *)field ? "on" : "off");
		break;
	}
}

/* --- what is allowed --- */

/* a or b; a, b, or c */
static void
put_choice(struct writer *w, const char *words)
{
	bool is_one_of_many = false;

	for (;;) {
		size_t n = strcspn(words, " ");

		writer_mem(w, words, n);
		if (words[n] == '\0')
			return;
		words += n + 1;
		if (strchr(words, ' ') != NULL) {
			writer_str(w, ", ");
			is_one_of_many = true;
		} else {
			writer_str(w, is_one_of_many ? ", or " : " or ");
		}
	}
}

static void
put_span(struct writer *w, const struct setting *s, void (*put)(struct writer *, uint64_t))
{
	put(w, s->smallest);
	writer_str(w, " to ");
	put(w, s->largest);
}

void
setting_put_allowed(struct writer *w, const struct setting *s)
{
	switch (s->kind) {
	case SETTING_RANGES:
		writer_str(w, "sizes and ranges from ");
		put_span(w, s, put_size);
		writer_str(w, ", such as 64,128-512,4K");
		break;
	case SETTING_TIME:
		put_span(w, s, put_time);
		break;
	case SETTING_AMOUNT:
		put_span(w, s, put_size);
		writer_str(w, s->words[0] != '\0' ? ", 1% to " : ", or 1% to ");
		writer_u64(w, s->share);
		writer_char(w, '%');
		break;
	case SETTING_SIZE:
		put_span(w, s, put_size);
		break;
	case SETTING_PREWARM:
		writer_str(w, "sizes from ");
		put_span(w, s, put_size);
		writer_str(w, " with 1 to ");
		writer_u64(w, PREWARM_OBJECTS_MAX);
		writer_str(w, " objects each, such as 64:10000,4K:64");
		break;
	case SETTING_WORD:
		put_choice(w, s->words);
		return;
	case SETTING_SIGNAL:
		writer_str(w, "a name, a number from ");
		put_span(w, s, writer_u64);
		writer_str(w, ", RTMIN+n, RTMAX-n");
		break;
	case SETTING_PATH:
		writer_str(w, "the path of a file with %p, %n, %e, %%");
		break;
	case SETTING_SWITCH:
		writer_str(w, "on or off");
		return;
	}
	if (s->words[0] != '\0') {
		writer_str(w, ", or ");
		writer_str(w, s->words);
	}
}
