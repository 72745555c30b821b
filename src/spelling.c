/* See spelling.h. */
#include "spelling.h"

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
same_letter(char a, char b)
{
	if (a >= 'A' && a <= 'Z')
		a = (char)(a - 'A' + 'a');
	if (b >= 'A' && b <= 'Z')
		b = (char)(b - 'A' + 'a');
	return a == b;
}

/*
 * The optimal string alignment distance of a[0 .. n) and b[0 .. m), n and m at most SPELLING_MAX. row[0] is being filled for
 * a[i]; row[1] and row[2] are those of the letters before.
 */
static unsigned
distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned rows[3][SPELLING_MAX + 1];
	unsigned *row[3] = { rows[0], rows[1], rows[2] };

	for (unsigned j = 0; j <= m; j++)
		row[1][j] = row[2][j] = j;
	for (unsigned i = 0; i < n; i++) {
		unsigned *filled = row[0];

		filled[0] = i + 1;
		for (unsigned j = 0; j < m; j++) {
			unsigned best = row[1][j] + !same_letter(a[i], b[j]);

			best = least(best, least(row[1][j + 1], filled[j]) + 1);
			if (i > 0 && j > 0 && same_letter(a[i], b[j - 1]) && same_letter(a[i - 1], b[j]))
				best = least(best, row[2][j - 1] + 1);
			filled[j + 1] = best;
		}
		row[0] = row[2];
		row[2] = row[1];
		row[1] = filled;
	}
	return row[1][m];
}

/* One wrong letter in a short word, one in three of a long one: past that a suggestion would be a guess. */
static bool
near_enough(unsigned away, size_t longer)
{
	return longer >= 2 && away <= (longer + 1) / 3;
}

void
spelling_compare(struct spelling *best, const char *text, size_t len, const char *candidate, size_t candidate_len)
{
	unsigned away;

	if (len > SPELLING_MAX || candidate_len > SPELLING_MAX)
		return;
	away = distance(text, len, candidate, candidate_len);
	if (!near_enough(away, size_max(len, candidate_len)) || (best->word != NULL && away >= best->distance))
		return;
	*best = (struct spelling){ .word = candidate, .len = candidate_len, .distance = away };
}
