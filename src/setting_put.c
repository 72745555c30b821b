/* setting_put - a value as text, and in words what values are allowed. See setting.h. */
#include <string.h>

#include "setting.h"
#include "signame.h"

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

/* Those of the words whose bits are set, with commas. */
static void
put_words(struct writer *w, const char *words, unsigned set)
{
	const char *comma = "";

	for (unsigned which = 0; set >> which != 0; which++) {
		if ((set >> which & 1) == 0)
			continue;
		writer_str(w, comma);
		put_word(w, words, which);
		comma = ",";
	}
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
	case SETTING_WORDS:
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
	case SETTING_WORDS:
		put_words(w, s->words, *(const unsigned *)field);
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

/* a, b, c */
static void
put_list(struct writer *w, const char *words)
{
	for (; *words != '\0'; words++)
		if (*words == ' ')
			writer_str(w, ", ");
		else
			writer_char(w, *words);
}

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
	case SETTING_WORDS:
		put_list(w, s->words);
		writer_str(w, ", or several with commas");
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
