/* See pattern.h. */
#include "pattern.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "progname.h"
#include "writer.h"

static void
write_program(struct writer *w)
{
	for (const char *p = progname; *p; p++)
		writer_char(w, *p == '/' || (unsigned char)*p < ' ' || *p == 0x7f ? '_' : *p);
}

bool
pattern_expand(const char *pattern, unsigned long number, char *out, size_t size)
{
	struct writer w;

	writer_init(&w, out, size, -1);
	for (const char *p = pattern; *p; p++) {
		char what = *p == '%' ? p[1] : '\0';

		if (what == 'p')
			writer_i64(&w, getpid()); /* asked, not remembered: right after every kind of fork */
		else if (what == 'n')
			writer_u64(&w, number);
		else if (what == 'e')
			write_program(&w);
		else
			writer_char(&w, *p);
		if (what == 'p' || what == 'n' || what == 'e' || what == '%')
			p++;
	}
	if (writer_terminate(&w))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

bool
pattern_has(const char *pattern, char conversion)
{
	for (const char *p = pattern; (p = strchr(p, '%')) != NULL && p[1] != '\0'; p += 2)
		if (p[1] == conversion)
			return true;
	return false;
}
