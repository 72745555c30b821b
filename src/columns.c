/* See columns.h. */
#include "columns.h"

#define LABEL_WIDTH 12

void
columns_label(struct writer *w, const char *name)
{
	writer_left(w, name, LABEL_WIDTH);
}

static void
spaces(struct writer *w, unsigned n)
{
	while (n-- > 0)
		writer_char(w, ' ');
}

/* A name that somebody else chose must not break our lines. */
static bool
is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

void
columns_make_plain(char *s)
{
	for (; *s; s++)
		*s = is_plain(*s) ? *s : '?';
}

void
columns_plain(struct writer *w, const char *s)
{
	for (; *s; s++)
		writer_char(w, is_plain(*s) ? *s : '?');
}

uint64_t
columns_share_of(uint64_t part, uint64_t whole)
{
	for (; whole > UINT64_MAX / 1000 || part > UINT64_MAX / 1000; part >>= 1)
		whole >>= 1;
	return whole == 0 ? 0 : part * 1000 / whole;
}

void
columns_share(struct writer *w, uint64_t part, uint64_t whole, unsigned width)
{
	uint64_t thousandths = columns_share_of(part, whole);

	if (whole == 0) {
		spaces(w, width - 1);
		writer_char(w, '-');
		return;
	}
	writer_char(w, ' ');
	writer_right(w, thousandths / 10, width - 3);
	writer_char(w, '.');
	writer_u64(w, thousandths % 10);
}

void
columns_number(struct writer *w, uint64_t v, unsigned width)
{
	writer_char(w, ' ');
	writer_right(w, v, width - 1);
}

void
columns_bytes(struct writer *w, uint64_t v, unsigned width)
{
	writer_char(w, ' ');
	writer_right_bytes(w, v, width - 1);
}

static void
two_digits(struct writer *w, uint64_t v)
{
	writer_char(w, (char)('0' + v / 10));
	writer_char(w, (char)('0' + v % 10));
}

void
columns_time(struct writer *w, uint64_t ms)
{
	uint64_t s = ms / 1000, m = s / 60, h = m / 60;

	if (h >= 24) {
		writer_u64(w, h / 24);
		writer_str(w, "d ");
		two_digits(w, h % 24);
		writer_str(w, "h ");
		two_digits(w, m % 60);
		writer_char(w, 'm');
		return;
	}
	if (m == 0) {
		if (s == 0 || ms % 1000 == 0)
			writer_u64(w, s == 0 ? ms : s);
		else
			writer_fixed(w, ms, 3);
		writer_str(w, s == 0 ? "ms" : "s");
		return;
	}
	if (h > 0) {
		writer_u64(w, h);
		writer_str(w, "h ");
		two_digits(w, m % 60);
	} else {
		writer_u64(w, m);
	}
	writer_str(w, "m ");
	two_digits(w, s % 60);
	writer_char(w, 's');
}
