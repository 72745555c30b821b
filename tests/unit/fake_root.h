/* fake_root.h - a folder with files that stand in for /proc and /sys, for the tests of the rooms that read them. */
#ifndef TIDEPOOL_FAKE_ROOT_H
#define TIDEPOOL_FAKE_ROOT_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

static char fake_root[64];

static inline void
make_fake_root(void)
{
	strcpy(fake_root, "/tmp/tidepool-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fake_root));
}

static inline int
remove_one(const char *path, const struct stat *what, int type, struct FTW *where)
{
	(void)what, (void)type, (void)where;
	return remove(path);
}

static inline void
remove_fake_root(void)
{
	ck_assert_int_eq(nftw(fake_root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The file `path` ("/a/b") below the fake root, with its folders, holds this text. */
static inline void
put(const char *path, const char *text)
{
	char full[1024];
	int root = snprintf(full, sizeof(full), "%s%s", fake_root, path) - (int)strlen(path);

	for (char *slash = strchr(full + root + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_msg(fd >= 0, "%s", full);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static inline void
put_number(const char *path, unsigned long long number)
{
	char text[32];
	snprintf(text, sizeof(text), "%llu\n", number);
	put(path, text);
}

static inline void
take_away(const char *path)
{
	char full[1024];
	snprintf(full, sizeof(full), "%s%s", fake_root, path);
	ck_assert_int_eq(unlink(full), 0);
}

static inline unsigned
open_files(void)
{
	unsigned n = 0;
	DIR *all = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(all);
	while (readdir(all) != NULL)
		n++;
	closedir(all);
	return n;
}

#endif
