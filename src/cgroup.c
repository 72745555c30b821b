/* See cgroup.h. */
#include "cgroup.h"

#include "lines.h"

#include <string.h>

#define PATH_BYTES 1024              /* a longer one is not followed */
#define NO_LIMIT (UINT64_C(1) << 60) /* v1 writes "none" as the largest multiple of a page below 2^63 */

static char root[PATH_BYTES];

struct hierarchy {
	const char *const limits[2], *const used, *const file_pages[2]; /* names of files, and of lines in memory.stat */
	char own[PATH_BYTES];  /* the process's cgroup, as the kernel says it: from the hierarchy's root */
	char path[PATH_BYTES]; /* the same in the file system; "": not mounted */
	size_t top;            /* length of the mount point in it: the uppermost cgroup that can be seen */
	bool exact;            /* the path leads to the own cgroup, not only to a mount point above it */
};
static struct hierarchy unified = {
	.limits = { "/memory.max", "/memory.high" },
	.used = "/memory.current",
	.file_pages = { "inactive_file ", "active_file " },
};
static struct hierarchy legacy = {
	.limits = { "/memory.limit_in_bytes", NULL },
	.used = "/memory.usage_in_bytes",
	.file_pages = { "total_inactive_file ", "total_active_file " },
};

static struct level {
	const struct hierarchy *in;
	size_t length; /* of the cgroup's part of the hierarchy's path */
} levels[CGROUP_LEVELS_MAX]; /* those that have a limit */
static unsigned level_count;

static enum { STALLS_NOWHERE, STALLS_OF_OWN, STALLS_OF_MACHINE } stalls_in;

/* --- files ---------------------------------------------------------------------------------------------------------- */

static char file_path[PATH_BYTES];
static char file_text[1024];

/* first[0 .. n) and second, together in out; false (and "" in out) when that is too long. */
static bool
join(char *out, const char *first, size_t n, const char *second)
{
	size_t more = strlen(second);
	if (n + more >= PATH_BYTES) {
		out[0] = '\0';
		return false;
	}
	memmove(out, first, n);
	memcpy(out + n, second, more + 1);
	return true;
}

static bool
open_file(struct lines *file, const char *folder, size_t n, const char *name)
{
	return join(file_path, folder, n, name) && lines_open(file, file_path, file_text, sizeof file_text);
}

/* Of a file with one number; "max" is UINT64_MAX. */
static bool
read_number(const char *folder, size_t n, const char *name, uint64_t *out)
{
	struct lines file;
	if (!open_file(&file, folder, n, name))
		return false;
	const char *text = lines_next(&file);
	bool good = text != NULL;
	if (good && strcmp(text, "max") == 0)
		*out = UINT64_MAX;
	else
		good = good && lines_number(&text, out);
	lines_close(&file);
	return good;
}

/* --- finding the cgroups -------------------------------------------------------------------------------------------- */

/* `word` stands in a list with commas. */
static bool
lists(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
		if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

/* True when `path` is news. */
static bool
set_own(struct hierarchy *h, const char *path)
{
	if (strcmp(h->own, path) == 0)
		return false;
	join(h->own, path, strlen(path), "");
	return true;
}

/* "4:memory:/a/b" and "0::/a/b". True when the process is elsewhere than it was. */
static bool
read_own(void)
{
	struct lines file;
	bool moved = false;

	if (!open_file(&file, root, strlen(root), "/proc/self/cgroup"))
		return false;
	for (char *text; (text = lines_next(&file)) != NULL;) {
		char *controllers = strchr(text, ':'), *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
		if (path == NULL)
			continue;
		*controllers++ = *path++ = '\0';
		if (strcmp(text, "0") == 0 && controllers[0] == '\0')
			moved |= set_own(&unified, path);
		else if (lists(controllers, "memory"))
			moved |= set_own(&legacy, path);
	}
	lines_close(&file);
	return moved;
}

/* The next word of a line of mountinfo, with \040 and the like read; NULL past the last. */
static char *
next_word(char **rest)
{
	char *word = *rest, *out = word, *in = word;

	if (word == NULL)
		return NULL;
	for (; *in != ' ' && *in != '\0'; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' && in[3] <= '7') {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*rest = *in == ' ' ? in + 1 : NULL;
	*out = '\0';
	return word;
}

/* The own cgroup, seen from the cgroup `base` that is mounted; NULL when it does not lie in there. */
static const char *
within(const char *own, const char *base)
{
	size_t n = strcmp(base, "/") == 0 ? 0 : strlen(base);
	if (own[0] != '/' || strncmp(own, "/..", 3) == 0 || strncmp(own, base, n) != 0 || (own[n] != '/' && own[n] != '\0'))
		return NULL;
	return strcmp(own + n, "/") == 0 ? "" : own + n;
}

/* The hierarchy's cgroup `base` is mounted at `point`. A mount that shows the own cgroup goes before one that doesn't: in a container
 * the limit is then that of what is mounted. */
static void
take_mount(struct hierarchy *h, const char *base, const char *point)
{
	const char *inside = within(h->own, base);
	if (h->own[0] == '\0' || h->exact || (h->path[0] != '\0' && inside == NULL))
		return;
	if (!join(h->path, root, strlen(root), point))
		return;
	h->top = strlen(h->path);
	h->exact = inside != NULL && join(h->path, h->path, h->top, inside);
}

/* "36 25 0:30 /base /point rw,… shared:1 - type source options". */
static void
read_mounts(void)
{
	struct lines file;

	unified.path[0] = legacy.path[0] = '\0';
	unified.exact = legacy.exact = false;
	if (!open_file(&file, root, strlen(root), "/proc/self/mountinfo")) {
		take_mount(&unified, "/", "/sys/fs/cgroup");
		take_mount(&legacy, "/", "/sys/fs/cgroup/memory");
		return;
	}
	for (char *text; (text = lines_next(&file)) != NULL;) {
		char *kind = strstr(text, " - cgroup"), *rest = text, *base, *point;
		if (kind == NULL)
			continue;
		kind += 3;
		next_word(&rest), next_word(&rest), next_word(&rest);
		base = next_word(&rest);
		point = next_word(&rest);
		if (rest == NULL || rest > kind)
			continue;
		char *type = next_word(&kind);
		next_word(&kind);
		char *options = next_word(&kind);
		if (strcmp(type, "cgroup2") == 0)
			take_mount(&unified, base, point);
		else if (options != NULL && strcmp(type, "cgroup") == 0 && lists(options, "memory"))
			take_mount(&legacy, base, point);
	}
	lines_close(&file);
}

/* The smallest limit of the cgroup; false when none can be read. */
static bool
read_limit(const struct level *l, uint64_t *limit)
{
	bool any = false;
	*limit = UINT64_MAX;
	for (unsigned i = 0; i < 2 && l->in->limits[i] != NULL; i++) {
		uint64_t bytes;
		if (!read_number(l->in->path, l->length, l->in->limits[i], &bytes))
			continue;
		any = true;
		if (bytes < *limit)
			*limit = bytes;
	}
	return any;
}

/* From the own cgroup up to the mount point. True: there are limits to be read, if only "none". */
static bool
find_levels(const struct hierarchy *h)
{
	bool any = false;
	if (h->path[0] == '\0')
		return false;
	for (struct level l = { h, strlen(h->path) };;) {
		uint64_t limit;
		if (read_limit(&l, &limit)) {
			any = true;
			if (limit < NO_LIMIT && level_count < CGROUP_LEVELS_MAX)
				levels[level_count++] = l;
		}
		if (l.length <= h->top)
			return any;
		while (l.length > h->top && h->path[--l.length] != '/')
			;
	}
}

static bool
find_stalls(void)
{
	struct cgroup_stalls some;
	for (stalls_in = STALLS_OF_OWN; !cgroup_read_stalls(&some); stalls_in = STALLS_OF_MACHINE)
		if (stalls_in == STALLS_OF_MACHINE) {
			stalls_in = STALLS_NOWHERE;
			return false;
		}
	return true;
}

bool
cgroup_find(void)
{
	if (read_own() || (unified.path[0] == '\0' && legacy.path[0] == '\0'))
		read_mounts();
	level_count = 0;
	bool two = find_levels(&unified), one = find_levels(&legacy), stalls = find_stalls();
	return one || two || stalls;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

unsigned
cgroup_levels(void)
{
	return level_count;
}

bool
cgroup_read(unsigned level, uint64_t *limit, uint64_t *used)
{
	const struct level *l = &levels[level];
	return read_limit(l, limit) && *limit < NO_LIMIT && read_number(l->in->path, l->length, l->in->used, used);
}

uint64_t
cgroup_file_pages(unsigned level)
{
	const struct level *l = &levels[level];
	struct lines file;
	uint64_t sum = 0, bytes;
	unsigned left = 2;

	if (!open_file(&file, l->in->path, l->length, "/memory.stat"))
		return 0;
	for (const char *text; left > 0 && (text = lines_next(&file)) != NULL;)
		for (unsigned i = 0; i < 2; i++) {
			size_t n = strlen(l->in->file_pages[i]);
			if (strncmp(text, l->in->file_pages[i], n) != 0)
				continue;
			const char *number = text + n;
			if (lines_number(&number, &bytes))
				sum += bytes;
			left--;
		}
	lines_close(&file);
	return sum;
}

static bool
open_stalls(struct lines *file)
{
	switch (stalls_in) {
	case STALLS_OF_OWN: return unified.path[0] != '\0' && open_file(file, unified.path, strlen(unified.path), "/memory.pressure");
	case STALLS_OF_MACHINE: return open_file(file, root, strlen(root), "/proc/pressure/memory");
	default: return false;
	}
}

/* "some avg10=1.23 avg60=… avg300=… total=456" */
static bool
parse_stalls(const char *text, struct cgroup_stalls *out)
{
	static const char some[] = "some avg10=", total_is[] = " total=";
	const char *total = strstr(text, total_is);
	uint64_t whole, decimals = 0;

	if (total == NULL || strncmp(text, some, sizeof some - 1) != 0)
		return false;
	text += sizeof some - 1;
	total += sizeof total_is - 1;
	if (!lines_number(&text, &whole) || !lines_number(&total, &out->total_us))
		return false;
	if (text[0] == '.' && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9')
		decimals = (uint64_t)(text[1] - '0') * 10 + (uint64_t)(text[2] - '0');
	out->hundredths = whole < 1000 ? whole * 100 + decimals : 100000;
	return true;
}

bool
cgroup_read_stalls(struct cgroup_stalls *out)
{
	struct lines file;
	if (!open_stalls(&file))
		return false;
	const char *text = lines_next(&file);
	bool good = text != NULL && parse_stalls(text, out);
	lines_close(&file);
	return good;
}

void
cgroup_init(const char *prefix)
{
	if (prefix == NULL || !join(root, prefix, strlen(prefix), ""))
		root[0] = '\0';
	cgroup_forget();
}

void
cgroup_forget(void)
{
	unified.own[0] = legacy.own[0] = unified.path[0] = legacy.path[0] = '\0';
	level_count = 0;
	stalls_in = STALLS_NOWHERE;
}
