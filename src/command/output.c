/* See output.h. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 }; /* as the kernel has it */

/* One link further: out becomes what it names. False: errno. */
static bool
follow(char out[static PATH_MAX])
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n = readlink(out, target, sizeof target - 1);
	const char *slash = strrchr(out, '/');

	if (n < 0)
		return false;
	target[n] = '\0';
	snprintf(joined, sizeof joined, "%.*s%s", target[0] == '/' || slash == NULL ? 0 : (int)(slash - out + 1), out, target);
	errno = ENAMETOOLONG;
	return (size_t)snprintf(out, PATH_MAX, "%s", joined) < PATH_MAX;
}

/*
 * What `out` names behind its links, and what is there (a mode of 0: nothing). *itself: a link of /proc, which says where an open
 * descriptor may have come from, and is opened as it is.
 */
static bool
resolve(char out[static PATH_MAX], struct stat *file, bool *itself)
{
	*itself = false;
	for (int links = 0; links < LINKS_MOST; links++) {
		if (lstat(out, file) != 0) {
			file->st_mode = 0;
			return errno == ENOENT;
		}
		*itself = S_ISLNK(file->st_mode) && strncmp(out, "/proc/", 6) == 0;
		if (*itself || !S_ISLNK(file->st_mode))
			return true;
		if (!follow(out))
			return false;
	}
	errno = ELOOP;
	return false;
}

/* Gives the new file what the old one had. Its owner only where that is allowed; the mode after it, which chown(2) may change. */
static bool
take_after(int fd, const struct stat *old)
{
	if ((old->st_uid != geteuid() || old->st_gid != getegid()) && fchown(fd, old->st_uid, old->st_gid) != 0 && errno != EPERM)
		return false;
	return fchmod(fd, old->st_mode & 07777) == 0;
}

static int
open_beside(struct output *o, const struct stat *old)
{
	int fd, error;

	snprintf(o->temporary, sizeof o->temporary, "%s.tmp%d", o->path, (int)getpid());
	fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		o->temporary[0] = '\0';
	} else if (old->st_mode != 0 && !take_after(fd, old)) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static int
open_file(struct output *o)
{
	struct stat file;
	bool itself;

	if (!resolve(o->path, &file, &itself))
		return -1;
	if (itself || (file.st_mode != 0 && !S_ISREG(file.st_mode)))
		return open(o->path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	return open_beside(o, &file);
}

/* Says why, and leaves nothing. */
static bool
failed(struct output *o, const char *how, char why[static WHY_MAX])
{
	snprintf(why, WHY_MAX, "%.300s %s: %s", o->path, how, strerror(errno));
	if (o->temporary[0] != '\0')
		unlink(o->temporary);
	return false;
}

bool
output_open(struct output *o, const char *path, char why[static WHY_MAX])
{
	int fd;

	*o = (struct output){ 0 };
	if ((size_t)snprintf(o->path, sizeof o->path, "%s", path) >= sizeof o->path) {
		snprintf(why, WHY_MAX, "%.60s…: the path is too long", path);
		return false;
	}
	signal(SIGXFSZ, SIG_IGN);
	fd = open_file(o);
	if (fd < 0)
		return failed(o, "can't be written", why);
	o->file = fdopen(fd, "w");
	if (o->file != NULL)
		return true;
	failed(o, "can't be written", why);
	close(fd);
	return false;
}

bool
output_close(struct output *o, bool good, char why[static WHY_MAX])
{
	int error = errno;
	bool closed = fclose(o->file) == 0;

	if (!good)
		errno = error;
	else if (closed && (o->temporary[0] == '\0' || rename(o->temporary, o->path) == 0))
		return true;
	return failed(o, "could not be written", why);
}
