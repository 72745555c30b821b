/*
 * interpose_report - what glibc's programs ask about the heap: mallinfo, mallinfo2, malloc_info, malloc_stats.
 *
 * glibc's words, our facts: a block that a pool keeps is a "free" block (and, handed out again without asking anybody, a "fast" one); a
 * block that jemalloc counts as allocated and no pool keeps is in use. What has no meaning here (mmap'd blocks, the heap's top)
 * is 0. jemalloc's own figures are as old as the snapshot says.
 *
 * Owns        nothing: a snapshot is mapped for each call, as it would not fit on a small thread's stack, and a static one would
 *             need a lock that a fork can orphan
 * Callers     any thread; malloc_stats and mallinfo write and allocate nothing through stdio or malloc
 * Fails       no memory for the snapshot: mallinfo gives zeros, malloc_info -1 and ENOMEM, malloc_stats one line less
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aside.h"
#include "base.h"
#include "snapshot.h"
#include "writer.h"

struct report {
	struct snapshot at;
	char text[16 * 1024]; /* malloc_info: POOLS_MAX lines of at most 100 bytes, and a frame */
};
_Static_assert(POOLS_MAX * 100 + 2048 <= sizeof(((struct report *)0)->text), "malloc_info's text fits");

/* The heap's figures now; NULL when no memory can be mapped. To be given to report_close. */
static struct report *
report_open(void)
{
	struct report *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return NULL;
	snapshot_take(&r->at, SNAPSHOT_FRESH);
	return r;
}

static void
report_close(struct report *r)
{
	int saved = errno;
	munmap(r, sizeof(*r));
	errno = saved;
}

/* a - b, where the two were counted at slightly different moments and may have crossed. */
static uint64_t
surplus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t
in_use(const struct snapshot *s)
{
	return surplus(s->jemalloc.allocated, s->total.cached_bytes);
}

/* Free, and mapped: what pools keep, and the room in jemalloc's slabs. */
static uint64_t
free_bytes(const struct snapshot *s)
{
	return s->total.cached_bytes + surplus(s->jemalloc.active, s->jemalloc.allocated);
}

EXPORT struct mallinfo2
mallinfo2(void)
{
	UNLESS_ASIDE(mallinfo2, ());
	struct mallinfo2 info = { 0 };
	struct report *r = report_open();
	if (r == NULL)
		return info;
	const struct snapshot *s = &r->at;
	info.arena = s->jemalloc.mapped;
	info.smblks = s->total.cached_objects;
	info.fsmblks = s->total.cached_bytes;
	info.uordblks = in_use(s);
	info.fordblks = free_bytes(s);
	info.keepcost = s->total.cached_bytes; /* what malloc_trim would find at least */
	report_close(r);
	return info;
}

/* The old form has room for an int: past that, as much as it can say. */
static int
saturated(size_t n)
{
	return n > INT_MAX ? INT_MAX : (int)n;
}

EXPORT struct mallinfo
mallinfo(void)
{
	UNLESS_ASIDE(mallinfo, ());
	struct mallinfo2 info = mallinfo2();
	return (struct mallinfo){
		.arena = saturated(info.arena),
		.smblks = saturated(info.smblks),
		.fsmblks = saturated(info.fsmblks),
		.uordblks = saturated(info.uordblks),
		.fordblks = saturated(info.fordblks),
		.keepcost = saturated(info.keepcost),
	};
}

/* name="value" */
static void
attribute(struct writer *w, const char *name, uint64_t value)
{
	writer_char(w, ' ');
	writer_str(w, name);
	writer_str(w, "=\"");
	writer_u64(w, value);
	writer_char(w, '"');
}

/* <kind type="type" …/>; `count` is left out of the kinds that glibc counts in bytes only. */
static void
element(struct writer *w, const char *kind, const char *type, const uint64_t *count, uint64_t size)
{
	writer_char(w, '<');
	writer_str(w, kind);
	writer_str(w, " type=\"");
	writer_str(w, type);
	writer_char(w, '"');
	if (count != NULL)
		attribute(w, "count", *count);
	attribute(w, "size", size);
	writer_str(w, "/>\n");
}

/* The sums: once for the only heap, once for the process. */
static void
write_totals(struct writer *w, const struct snapshot *s)
{
	const uint64_t none = 0;
	element(w, "total", "fast", &s->total.cached_objects, s->total.cached_bytes);
	element(w, "total", "rest", &none, surplus(s->jemalloc.active, s->jemalloc.allocated));
	element(w, "total", "mmap", &none, 0);
	element(w, "system", "current", NULL, s->jemalloc.mapped);
	/* Address space that was once mapped stays reserved: together the most there ever was. */
	element(w, "system", "max", NULL, s->jemalloc.mapped + s->jemalloc.retained);
	element(w, "aspace", "total", NULL, s->jemalloc.mapped + s->jemalloc.retained);
	element(w, "aspace", "mprotect", NULL, s->jemalloc.mapped);
}

static void
write_xml(struct writer *w, const struct snapshot *s)
{
	writer_str(w, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n");
	size_t from = 1;
	for (unsigned i = 0; i < s->classes; i++) {
		const struct class_figures *c = &s->class[i];
		if (c->cached_objects != 0) {
			writer_str(w, "  <size");
			attribute(w, "from", from);
			attribute(w, "to", c->size);
			attribute(w, "total", c->cached_bytes);
			attribute(w, "count", c->cached_objects);
			writer_str(w, "/>\n");
		}
		from = c->size + 1;
	}
	writer_str(w, "</sizes>\n");
	write_totals(w, s);
	writer_str(w, "</heap>\n");
	write_totals(w, s);
	writer_str(w, "</malloc>\n");
}

/* malloc_info(3): -1 and EINVAL when options isn't 0. */
EXPORT int
malloc_info(int options, FILE *file)
{
	UNLESS_ASIDE(malloc_info, (options, file));
	if (options != 0) {
		errno = EINVAL;
		return -1;
	}
	struct report *r = report_open();
	if (r == NULL) {
		errno = ENOMEM;
		return -1;
	}
	struct writer w;
	writer_init(&w, r->text, sizeof(r->text), -1);
	write_xml(&w, &r->at);
	int result = fwrite(r->text, 1, w.len, file) == w.len ? 0 : -1;
	report_close(r);
	return result;
}

static void
write_line(struct writer *w, const char *name, uint64_t value)
{
	writer_left(w, name, 16);
	writer_str(w, " = ");
	writer_right(w, value, 12);
	writer_char(w, '\n');
}

/* To stderr, as malloc_stats(3) has it; past stdio, so that it can be called from anywhere. */
EXPORT void
malloc_stats(void)
{
	const struct aside_calls *next = aside_calls();
	if (next != NULL && next->malloc_stats != NULL) {
		next->malloc_stats();
		return;
	}
	struct report *r = report_open();
	if (r == NULL)
		return;
	const struct snapshot *s = &r->at;
	struct writer w;
	writer_init(&w, r->text, sizeof(r->text), STDERR_FILENO);
	writer_str(&w, "tidepool:\n");
	write_line(&w, "pooled objects", s->total.cached_objects);
	write_line(&w, "pooled bytes", s->total.cached_bytes);
	writer_str(&w, "Total:\n");
	write_line(&w, "system bytes", s->jemalloc.mapped);
	write_line(&w, "resident bytes", s->jemalloc.resident);
	write_line(&w, "in use bytes", in_use(s));
	write_line(&w, "free bytes", free_bytes(s));
	writer_flush(&w);
	report_close(r);
}
