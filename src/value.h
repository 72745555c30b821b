/*
 * value - one value of a setting: what a person wrote, understood; or what may have been meant.
 *
 * Hides units and lists from the table of settings.
 *
 * Owns        nothing; texts are the caller's, results are filled in only when they are whole
 * Callers     any thread; nothing here allocates, writes or asks the locale
 * Fails       false, and a refusal that says why
 */
#ifndef TIDEPOOL_VALUE_H
#define TIDEPOOL_VALUE_H

#include "base.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

#define RANGES_MAX 32
struct size_ranges {
	unsigned count;
	struct size_range at[RANGES_MAX];
};

/* Bytes, or a share of something that the setting's description names. */
struct amount {
	uint64_t bytes;   /* used when percent is 0 */
	unsigned percent; /* 1 … 1000, or 0 */
};

#define PREWARM_MAX 32
#define PREWARM_OBJECTS_MAX 10000000
struct prewarm {
	unsigned count;
	struct { size_t size; size_t objects; } at[PREWARM_MAX];
};

#define NEAREST_MAX 64
struct refusal {
	const char *what;          /* "not understood", "too large", … */
	char nearest[NEAREST_MAX]; /* what may have been meant, not yet tried; "" when nothing comes to mind */
};

/* Bytes: a number with B, K, M, G or T behind it or nothing, in any case; KB and KiB are K. */
bool value_size(const char *text, uint64_t smallest, uint64_t largest, uint64_t *out, struct refusal *why);

/* Milliseconds: a number with ms, s, m or h behind it. */
bool value_time(const char *text, uint64_t smallest, uint64_t largest, uint64_t *out, struct refusal *why);

/* Bytes within smallest … largest, or 1% … share%. */
bool value_amount(const char *text, uint64_t smallest, uint64_t largest, unsigned share, struct amount *out, struct refusal *why);

/* 64,128-512,4K: at most RANGES_MAX sizes and ranges, each within smallest … largest. */
bool value_ranges(const char *text, uint64_t smallest, uint64_t largest, struct size_ranges *out, struct refusal *why);

/* 64:10000,4K:64: at most PREWARM_MAX sizes within smallest … largest, each with 1 … PREWARM_OBJECTS_MAX objects. */
bool value_prewarm(const char *text, uint64_t smallest, uint64_t largest, struct prewarm *out, struct refusal *why);

/* The path of a file with %p, %n, %e and %%; copied to out[0 .. size). */
bool value_path(const char *text, char *out, size_t size, struct refusal *why);

/* on, 1, yes, true; off, 0, no, false; in any case. */
bool value_switch(const char *text, bool *out);

/* One of `words`, which are separated by blanks, in any case; *out is which. */
bool value_word(const char *text, const char *words, unsigned *out);

/* One or more of `words` with commas between them; *out has bit i for the i-th word. */
bool value_words(const char *text, const char *words, unsigned *out);

#endif
