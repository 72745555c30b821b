/* See dump_file.h. */
#include "dump_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"
#include "writer.h"

#define TEMPORARIES_MAX 100 /* names tried before we believe that somebody keeps them from us */

static char final_path[PATH_MAX], temporary_path[PATH_MAX];

/* The file being written, so that a forked child can close its copy of the descriptor, and no other. */
static struct {
	_Atomic int fd; /* -1: none */
	dev_t device;
	ino_t inode;
} under_way = { .fd = -1 };

/* --- paths ---------------------------------------------------------------- */

static bool
path_is_whole(struct writer *w)
{
	if (writer_terminate(w))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

bool
dump_file_expand(const char *pattern, unsigned long number)
{
	return pattern_expand(pattern, number, final_path, sizeof(final_path));
}

bool
dump_file_literal(const char *path)
{
	struct writer w;

	writer_init(&w, final_path, sizeof(final_path), -1);
	writer_str(&w, path);
	return path_is_whole(&w);
}

/* Cuts final_path after its last '/': what is left is a folder, or nothing, which is the current one. */
static void
keep_folder(void)
{
	char *slash = strrchr(final_path, '/');

	*(slash ? slash + 1 : final_path) = '\0';
}

bool
dump_file_answer(const char *pattern, const char *ending)
{
	struct writer w;

	if (!pattern || strcmp(pattern, "stderr") == 0)
		pattern = "/tmp/";
	if (!dump_file_expand(pattern, 0))
		return false;
	keep_folder();
	writer_init(&w, final_path, sizeof(final_path), -1);
	w.len = strlen(final_path);
	writer_str(&w, "tidepool.");
	writer_i64(&w, getpid());
	writer_str(&w, ".answer.");
	writer_str(&w, ending);
	return path_is_whole(&w);
}

bool
dump_file_end(const char *ending, const char *const known[])
{
	struct writer w;
	size_t length = strlen(final_path);

	for (; *known; known++) {
		size_t n = strlen(*known);
		if (length > n && final_path[length - n - 1] != '/' && memcmp(final_path + length - n, *known, n) == 0) {
			length -= n;
			break;
		}
	}
	writer_init(&w, final_path, sizeof(final_path), -1);
	w.len = length;
	writer_str(&w, ending);
	return path_is_whole(&w);
}

const char *
dump_file_path(void)
{
	return final_path;
}

/* --- the file ------------------------------------------------------------- */

static bool
name_temporary(unsigned n)
{
	struct writer w;

	writer_init(&w, temporary_path, sizeof(temporary_path), -1);
	writer_str(&w, final_path);
	writer_str(&w, ".tmp");
	writer_i64(&w, getpid());
	writer_char(&w, '.');
	writer_u64(&w, n);
	return path_is_whole(&w);
}

/* A new file beside the final one. A name that is taken, by a link or by what a killed process left, is passed over. */
static int
open_temporary(mode_t mode)
{
	for (unsigned n = 0; n < TEMPORARIES_MAX; n++) {
		if (!name_temporary(n))
			return -1;
		int fd = open(temporary_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* A daemon may have closed 0, 1 and 2: what it still prints there must not end up in the dump. */
static int
past_standard_streams(int fd)
{
	int higher, error;

	if (fd > STDERR_FILENO)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	error = errno;
	close(fd);
	errno = error;
	return higher;
}

static void
remember_under_way(int fd)
{
	struct stat file;

	if (fstat(fd, &file) != 0)
		return;
	under_way.device = file.st_dev;
	under_way.inode = file.st_ino;
	/* sync: none; no thread reads it, but fork may copy the three at any moment: the number last */
	atomic_store_explicit(&under_way.fd, fd, memory_order_release);
}

/* fill's errno wins; close has one of its own when the space that a write was promised does not exist. */
static bool
fill_and_close(int fd, bool (*fill)(int fd))
{
	bool good = fill(fd);
	int error = errno;

	atomic_store_explicit(&under_way.fd, -1, memory_order_release); /* sync: none; see remember_under_way */
	if (close(fd) != 0 && good)
		return false;
	errno = error;
	return good;
}

/* An older dump may be replaced, and a link that somebody has put there; a device or a pipe must not be. */
static bool
may_be_replaced(void)
{
	struct stat there;
	if (lstat(final_path, &there) != 0 || S_ISREG(there.st_mode) || S_ISLNK(there.st_mode))
		return true;
	errno = S_ISDIR(there.st_mode) ? EISDIR : EEXIST;
	return false;
}

bool
dump_file_write(bool (*fill)(int fd), mode_t mode)
{
	int error, fd = may_be_replaced() ? open_temporary(mode) : -1;

	if (fd < 0)
		return false;
	fd = past_standard_streams(fd);
	if (fd >= 0) {
		remember_under_way(fd);
		if (fill_and_close(fd, fill) && rename(temporary_path, final_path) == 0)
			return true;
	}
	error = errno;
	unlink(temporary_path);
	errno = error;
	return false;
}

void
dump_file_fork_child(void)
{
	int error = errno;
	int fd = atomic_load_explicit(&under_way.fd, memory_order_relaxed); /* sync: none; the only thread there is */
	struct stat file;

	/* fork copies descriptors and memory at two moments: in between the number may have become another file's. */
	if (fd >= 0 && fstat(fd, &file) == 0 && file.st_dev == under_way.device && file.st_ino == under_way.inode)
		close(fd);
	atomic_store_explicit(&under_way.fd, -1, memory_order_relaxed); /* sync: none; the only thread there is */
	errno = error;
}
