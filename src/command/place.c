/* See place.h. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What one character behind a % stands for; NULL: the two stand for themselves. */
static const char *
expansion(const struct process *p, char what, char number[static 16])
{
	snprintf(number, 16, "%d", p->inner_pid);
	return what == 'p' ? number : what == 'n' ? "0" : what == 'e' ? p->name : what == '%' ? "%" : NULL;
}

bool
place_of(const struct process *p, const char *pattern, char out[static PATH_MAX])
{
	size_t n = (size_t)snprintf(out, PATH_MAX, "/proc/%d/%s", p->pid, pattern[0] == '/' ? "root" : "cwd/");

	for (const char *at = pattern; *at != '\0'; at++) {
		char number[16], one[2] = { *at, '\0' };
		const char *text = *at == '%' ? expansion(p, at[1], number) : NULL;

		if (text != NULL)
			at++;
		else
			text = one;
		if (n + strlen(text) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return false;
		}
		n += (size_t)sprintf(out + n, "%s", text);
	}
	return true;
}

bool
place_beside(const struct process *p, const char *pattern, const char *name, char out[static PATH_MAX])
{
	char *slash;

	if (!place_of(p, strcmp(pattern, "stderr") == 0 ? "/tmp/" : pattern, out))
		return false;
	slash = strrchr(out, '/');
	if ((size_t)(slash + 1 - out) + strlen(name) >= PATH_MAX)
		return false;
	strcpy(slash + 1, name);
	return true;
}

static bool
put(const char *path, const char *line)
{
	char temporary[PATH_MAX + 24];
	int fd, error;
	bool good;

	snprintf(temporary, sizeof temporary, "%s.tmp%d", path, (int)getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	good = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
	good = close(fd) == 0 && good && rename(temporary, path) == 0;
	if (good)
		return true;
	error = errno;
	unlink(temporary);
	errno = error;
	return false;
}

/* In a child of its own, as there is no way back from setresuid. Its status is its errno. */
static bool
put_as(const struct process *p, const char *path, const char *line)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (setgroups(0, NULL) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 || setresuid(p->uid, p->uid, p->uid) != 0)
			_exit(errno);
		_exit(put(path, line) ? 0 : errno);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child > 0)
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return child > 0 && status == 0;
}

bool
place_put(const struct process *p, const char *path, const char *line)
{
	return p->uid == geteuid() ? put(path, line) : put_as(p, path, line);
}
