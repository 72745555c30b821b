/* See signame.h. */
#include "signame.h"

#include <signal.h>
#include <string.h>

static const char uncatchable[] = "can't be caught";
static const char is_a_fault[] = "is the mark of a fault";

/* SIGRTMIN and SIGRTMAX are calls, not constants: they have no rows. A number's first row gives its name. */
static const struct {
	char name[8];
	int number;
	const char *objection;
} names[] = {
	{ "HUP", SIGHUP, NULL },
	{ "INT", SIGINT, NULL },
	{ "QUIT", SIGQUIT, NULL },
	{ "ILL", SIGILL, is_a_fault },
	{ "TRAP", SIGTRAP, is_a_fault },
	{ "ABRT", SIGABRT, is_a_fault },
	{ "IOT", SIGIOT, is_a_fault },
	{ "BUS", SIGBUS, is_a_fault },
	{ "FPE", SIGFPE, is_a_fault },
	{ "KILL", SIGKILL, uncatchable },
	{ "USR1", SIGUSR1, NULL },
	{ "SEGV", SIGSEGV, is_a_fault },
	{ "USR2", SIGUSR2, NULL },
	{ "PIPE", SIGPIPE, NULL },
	{ "ALRM", SIGALRM, NULL },
	{ "TERM", SIGTERM, NULL },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT, NULL },
#endif
	{ "CHLD", SIGCHLD, NULL },
	{ "CONT", SIGCONT, NULL },
	{ "STOP", SIGSTOP, uncatchable },
	{ "TSTP", SIGTSTP, NULL },
	{ "TTIN", SIGTTIN, NULL },
	{ "TTOU", SIGTTOU, NULL },
	{ "URG", SIGURG, NULL },
	{ "XCPU", SIGXCPU, NULL },
	{ "XFSZ", SIGXFSZ, NULL },
	{ "VTALRM", SIGVTALRM, NULL },
	{ "PROF", SIGPROF, NULL },
	{ "WINCH", SIGWINCH, NULL },
	{ "IO", SIGIO, NULL },
	{ "POLL", SIGPOLL, NULL },
	{ "PWR", SIGPWR, NULL },
	{ "SYS", SIGSYS, NULL },
};

#define ROWS (sizeof names / sizeof names[0])

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What follows `name` in text, in any case (strcasecmp would ask the program's locale); NULL: it begins otherwise. */
static const char *
behind(const char *text, const char *name)
{
	for (; *name != '\0'; text++, name++)
		if (upper(*text) != *name)
			return NULL;
	return text;
}

/* One or two digits that end the text; -1: something else. */
static int
small_number(const char *text)
{
	int n = 0;

	for (unsigned i = 0; text[i] != '\0'; i++) {
		if (i == 2 || text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (text[i] - '0');
	}
	return text[0] == '\0' ? -1 : n;
}

/* What follows RTMIN or RTMAX: nothing, or the sign and a distance. */
static int
real_time(const char *rest, char sign)
{
	int away = 0;
	int number;

	if (rest[0] != '\0')
		away = rest[0] == sign ? small_number(rest + 1) : -1;
	if (away < 0)
		return 0;
	number = sign == '+' ? SIGRTMIN + away : SIGRTMAX - away;
	return number >= SIGRTMIN && number <= SIGRTMAX ? number : 0;
}

int
signame_number(const char *text)
{
	int number = small_number(text);
	const char *rest;

	if (number >= 0)
		return number <= SIGRTMAX ? number : 0;
	if ((rest = behind(text, "SIG")) != NULL)
		text = rest;
	if ((rest = behind(text, "RTMIN")) != NULL)
		return real_time(rest, '+');
	if ((rest = behind(text, "RTMAX")) != NULL)
		return real_time(rest, '-');
	for (unsigned i = 0; i < ROWS; i++)
		if ((rest = behind(text, names[i].name)) != NULL && *rest == '\0')
			return names[i].number;
	return 0;
}

/* n < 100, written at out with a NUL behind it. */
static void
write_small(char *out, int n)
{
	if (n >= 10)
		*out++ = (char)('0' + n / 10);
	*out++ = (char)('0' + n % 10);
	*out = '\0';
}

void
signame_text(int number, char out[static SIGNAME_MAX])
{
	out[0] = '\0';
	if (number >= SIGRTMIN && number <= SIGRTMAX) {
		memcpy(out, "RTMIN", sizeof "RTMIN");
		if (number > SIGRTMIN) {
			out[5] = '+';
			write_small(out + 6, number - SIGRTMIN);
		}
		return;
	}
	for (unsigned i = 0; i < ROWS; i++) {
		if (names[i].number == number) {
			memcpy(out, names[i].name, sizeof names[i].name);
			return;
		}
	}
	if (number >= 0 && number < 100)
		write_small(out, number);
}

const char *
signame_objection(int number)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (names[i].number == number)
			return names[i].objection;
	return number >= SIGRTMIN ? NULL : "belongs to the C library";
}

const char *
signame_row(unsigned row)
{
	if (row < ROWS)
		return names[row].name;
	return row == ROWS ? "RTMIN" : row == ROWS + 1 ? "RTMAX" : NULL;
}
