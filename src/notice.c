/* See notice.h. */
#include "notice.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "writer.h"

#define GENERATIONS_MAX 64

/* --- the tree: /proc/PID/stat (proc(5): the parent is field 4, the start field 22) -------------------------------------------- */

struct process {
	uint64_t pid, parent, start;
};

static void
path_of(char out[static 40], uint64_t pid, const char *file)
{
	struct writer w;

	writer_init(&w, out, 40, -1);
	writer_str(&w, "/proc/");
	writer_u64(&w, pid);
	writer_str(&w, file);
	writer_terminate(&w);
}

/* The n-th word behind `at`, the first being 1; NULL: there are not so many. */
static const char *
word(const char *at, unsigned n)
{
	while (n-- > 0) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return *at != '\0' ? at : NULL;
}

static bool
read_process(uint64_t pid, struct process *out)
{
	char path[40], buffer[1024];
	struct lines file;
	bool good = false;

	path_of(path, pid, "/stat");
	if (!lines_open(&file, path, buffer, sizeof(buffer)))
		return false;
	const char *line = lines_next(&file);
	const char *name_end = line ? strrchr(line, ')') : NULL; /* a name may contain anything */
	const char *parent = name_end ? word(name_end, 2) : NULL, *start = name_end ? word(name_end, 20) : NULL;
	out->pid = pid;
	if (parent && start)
		good = lines_number(&parent, &out->parent) && lines_number(&start, &out->start);
	lines_close(&file);
	return good;
}

static bool
carries_the_library(uint64_t pid)
{
	char path[40], buffer[1024];
	struct lines file;
	bool found = false;

	path_of(path, pid, "/maps");
	if (!lines_open(&file, path, buffer, sizeof(buffer)))
		return false;
	for (const char *line; !found && (line = lines_next(&file)) != NULL;)
		found = strstr(line, "/libtidepool.so") != NULL;
	lines_close(&file);
	return found;
}

/* The first process of our tree. */
static bool
find_root(struct process *root)
{
	struct process parent;

	if (!read_process((uint64_t)getpid(), root))
		return false;
	for (unsigned i = 0; i < GENERATIONS_MAX && root->parent > 1; i++) {
		if (!carries_the_library(root->parent) || !read_process(root->parent, &parent))
			break;
		*root = parent;
	}
	return true;
}

/* --- the mark ---------------------------------------------------------------------------------------------------------------- */

static bool
is_said(const struct process *root)
{
	char path[80];
	struct writer w;

	writer_init(&w, path, sizeof(path), -1);
	writer_str(&w, "/tmp/tidepool.said.");
	writer_u64(&w, root->pid);
	writer_char(&w, '.');
	writer_u64(&w, root->start);
	writer_terminate(&w);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EEXIST;
}

bool
notice_once(const char *const parts[])
{
	struct process root;
	char line[1024];
	struct writer w;
	int saved = errno;
	bool said = find_root(&root) && is_said(&root);

	if (!said) {
		writer_init(&w, line, sizeof(line), STDERR_FILENO);
		writer_str(&w, "tidepool: ");
		for (; *parts; parts++)
			writer_str(&w, *parts);
		writer_char(&w, '\n');
		writer_flush(&w);
	}
	errno = saved;
	return !said;
}
