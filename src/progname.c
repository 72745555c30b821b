/* See progname.h. */
#include "progname.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static char name[NAME_MAX + 1];

const char *progname = name;

void
progname_take(void)
{
	if (name[0] == '\0')
		strncpy(name, program_invocation_short_name, sizeof name - 1);
}
