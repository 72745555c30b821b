/*
 * setting - one row of the table of settings: its value from text, to text, and what is allowed in words.
 *
 * Hides from the table what its kinds of values are.
 *
 * Owns        nothing; the field is the caller's
 * Callers     setting_take, setting_suggest: one at a time for a field; the others any thread, any signal handler
 * Fails       a text that is not understood leaves the field as it is
 */
#ifndef TIDEPOOL_SETTING_H
#define TIDEPOOL_SETTING_H

#include "value.h"
#include "writer.h"

/* KIND(kind, C type of the field) */
#define SETTING_KINDS(KIND) \
	KIND(RANGES, struct size_ranges) \
	KIND(TIME, uint64_t) \
	KIND(AMOUNT, struct amount) \
	KIND(SIZE, uint64_t) \
	KIND(PREWARM, struct prewarm) \
	KIND(WORD, unsigned) /* an enum */ \
	KIND(WORDS, unsigned) /* a set: bit i for the i-th word */ \
	KIND(SIGNAL, int) \
	KIND(PATH, const char *) \
	KIND(SWITCH, bool)

enum setting_kind {
#define KIND(kind, type) SETTING_##kind,
	SETTING_KINDS(KIND)
#undef KIND
};

struct setting {
	const char *name;    /* without TIDEPOOL_ */
	const char *initial; /* the default */
	const char *words;   /* SETTING_WORD, SETTING_WORDS: the values; otherwise one that is also allowed, or "" */
	const char *description;
	enum setting_kind kind;
	unsigned share;             /* SETTING_AMOUNT: the largest, in % */
	uint64_t smallest, largest; /* bytes, milliseconds, or signal numbers */
	char *text;                 /* SETTING_PATH: PATH_MAX bytes that the field will point to */
};

/* Reads text into the field. The one word of a setting that is neither of these two leaves the field zero. */
bool setting_take(const struct setting *s, const char *text, void *field, struct refusal *why);

/* After a refusal: leaves in why->nearest a text that would have been taken, or "". The field is scribbled upon. */
void setting_suggest(const struct setting *s, const char *text, void *field, struct refusal *why);

/* The field, spelt so that setting_take would read it back. */
void setting_put(struct writer *w, const struct setting *s, const void *field);

/* What is allowed, for a person: "1ms to 1h, or off". */
void setting_put_allowed(struct writer *w, const struct setting *s);

#endif
