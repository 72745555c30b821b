/* See verb.h. */
#include "verb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct verb *verb_current;
int verb_wrong_use_status = WRONG_USE;

/* A line on stderr, but for its end. */
static void __attribute__((format(printf, 1, 0)))
begin_line(const char *format, va_list more)
{
	fflush(stdout); /* both may be the same file */
	fprintf(stderr, verb_current != NULL ? "tidepool %s: " : "tidepool: ", verb_current != NULL ? verb_current->name : "");
	vfprintf(stderr, format, more);
}

int
verb_failed(const char *format, ...)
{
	va_list more;

	va_start(more, format);
	begin_line(format, more);
	va_end(more);
	fputc('\n', stderr);
	return FAILED;
}

void
verb_note(const char *format, ...)
{
	va_list more;

	va_start(more, format);
	begin_line(format, more);
	va_end(more);
	fputc('\n', stderr);
}

int
verb_wrong_use(const char *format, ...)
{
	va_list more;

	va_start(more, format);
	begin_line(format, more);
	va_end(more);
	fprintf(stderr, "; tidepool %s%s--help says more\n", verb_current != NULL ? verb_current->name : "", verb_current != NULL ? " " : "");
	return verb_wrong_use_status;
}

void
verb_print_help(const struct verb *v)
{
	printf("usage: tidepool %s %s\n\n%s\n%s%s", v->name, v->takes, v->description, v->help[0] != '\0' ? "\n" : "", v->help);
}

int
verb_option(int argc, char **argv, const char *letters, const struct option *words)
{
	int at = optind > 0 ? optind : 1, got;

	opterr = 0;
	got = getopt_long(argc, argv, letters, words, NULL);
	if (got == 'h') {
		verb_print_help(verb_current);
		exit(fflush(stdout) == 0 && !ferror(stdout) ? DONE : FAILED);
	}
	if (got != '?' && got != ':')
		return got;
	if (got == ':')
		exit(verb_wrong_use("%s needs a value", argv[optind - 1]));
	if (optopt != 0 && strncmp(argv[at], "--", 2) != 0)
		exit(verb_wrong_use("there is no option -%c", optopt));
	exit(verb_wrong_use("%s is no option, or has a value too many", argv[optind - 1]));
}

int
verb_pid(const char *text)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || v <= 0 || v > INT32_MAX)
		return 0;
	return (int)v;
}

unsigned
verb_seconds(const char *text, unsigned most_ms)
{
	char *end;
	double v;

	v = strtod(text, &end);
	if (((text[0] < '0' || text[0] > '9') && text[0] != '.') || *end != '\0' || !(v * 1000 >= 1) || v * 1000 > most_ms)
		return 0;
	return (unsigned)(v * 1000);
}
