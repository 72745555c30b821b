/* See library.h. */
#include "library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_there(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, R_OK) == 0;
}

/* The folder that this command lies in; false: it can't be told. */
static bool
own_folder(char out[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return false;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* COMMAND_LIBDIR without COMMAND_PREFIX: "/lib", "/lib/x86_64-linux-gnu"; NULL: it lies elsewhere. */
static const char *
below_prefix(void)
{
	size_t n = strlen(COMMAND_PREFIX);

	return strncmp(COMMAND_LIBDIR, COMMAND_PREFIX, n) == 0 && COMMAND_LIBDIR[n] == '/' ? &COMMAND_LIBDIR[n] : NULL;
}

static bool
try(char out[static PATH_MAX], const char *folder, const char *below, const char *further)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s%s%s/" LIBRARY_NAME, folder, below, further);

	return n > 0 && (size_t)n < sizeof path && is_there(path) && realpath(path, out) != NULL;
}

/* The loader takes LD_PRELOAD apart at these. */
static bool
can_be_preloaded(const char *path, char why[static WHY_MAX])
{
	if (strpbrk(path, " :") == NULL)
		return true;
	snprintf(why, WHY_MAX, "%.300s has a space or a colon in its path, and LD_PRELOAD can't name it", path);
	return false;
}

bool
library_find(const char *named, char out[static PATH_MAX], char why[static WHY_MAX])
{
	char own[PATH_MAX];

	if (named != NULL) {
		if (is_there(named) && realpath(named, out) != NULL)
			return can_be_preloaded(out, why);
		snprintf(why, WHY_MAX, "%.300s can't be read: %s", named, errno != 0 ? strerror(errno) : "it is no file");
		return false;
	}
	if ((own_folder(own) && (try(out, own, "", "") || try(out, own, "/.libs", "") ||
	        (below_prefix() != NULL && try(out, own, "/..", below_prefix())))) ||
	    try(out, COMMAND_LIBDIR, "", ""))
		return can_be_preloaded(out, why);
	snprintf(why, WHY_MAX, LIBRARY_NAME " was not found: neither beside this command nor in " COMMAND_LIBDIR "; --library=FILE names it");
	return false;
}

bool
library_is(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash != NULL ? slash + 1 : path, LIBRARY_NAME, sizeof LIBRARY_NAME - 1) == 0;
}

/* What LD_PRELOAD has beside us. Another libtidepool.so is left out: two in one process would share the work. */
static void
append_others(char *list, const char *before)
{
	for (const char *at = before + strspn(before, " :"); *at != '\0'; at += strspn(at, " :")) {
		size_t n = strcspn(at, " :");
		char *end = list + strlen(list);

		sprintf(end, ":%.*s", (int)n, at);
		if (library_is(end + 1))
			*end = '\0';
		at += n;
	}
}

bool
library_preload(const char *library, char why[static WHY_MAX])
{
	const char *before = getenv("LD_PRELOAD");
	char *list = malloc(strlen(library) + (before != NULL ? strlen(before) : 0) + 3);
	bool done = false;

	if (list != NULL) {
		strcpy(list, library);
		append_others(list, before != NULL ? before : "");
		done = setenv("LD_PRELOAD", list, 1) == 0;
		free(list);
	}
	if (!done)
		snprintf(why, WHY_MAX, "LD_PRELOAD could not be set: %s", strerror(errno));
	return done;
}
