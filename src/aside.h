/*
 * aside - whether we should be here at all; and where not, the calls of whoever would have been called without us.
 *
 * Reasons to step aside, seen at start:
 *   - the executable, or a library that was preloaded in front of us, has a malloc of its own. Its names come before ours, so we
 *     would get only those that it has not, and mix two heaps
 *   - a sanitizer's runtime: it finds errors by the blocks that it has handed out itself
 *   - a jemalloc that is too old to be taken from in batches. Then calls go to that jemalloc, one by one
 * What is in front of us may also be a tracer, whose malloc calls ours: to be told from an allocator only by calling it (boot does).
 *
 * A process that we have stepped aside in has no handler, no thread and no pools of ours, and all names that we export mean what
 * they would have meant: what program_next finds.
 *
 * Owns        the table of those calls; written once, at start
 * Callers     aside_look, aside_step: boot; the rest anyone
 * Edges       aside.calls   the last store of aside_step (release) -> a call's load of aside_calls (acquire)
 * Fails       never; a name that nobody else has stays ours, by those that there are
 */
#ifndef TIDEPOOL_ASIDE_H
#define TIDEPOOL_ASIDE_H

#include <malloc.h>
#include <stdio.h>

#include "base.h"
#include "single.h"

/* In words, for the line on stderr and for dumps: "libmimalloc.so.2 has its own malloc". */
#define ASIDE_REASON_MAX 200
extern char aside_reason[ASIDE_REASON_MAX]; /* "": not aside */

enum aside_answer {
	ASIDE_NO,
	ASIDE_YES,      /* aside_reason is filled in */
	ASIDE_UNDECIDED /* the same; but it is no reason when that malloc calls ours */
};
enum aside_answer aside_look(void);

/* What stands in front of us: its malloc and free. */
void aside_try(void);

/* It has called ours: no reason. */
void aside_forget(void);

/* From now on all calls go to the next in line. */
void aside_step(void);

/* The line about it, once for a process tree, unless options.quiet. */
void aside_say(void);

/* Our jemalloc has no batches: that line. */
void aside_say_old_jemalloc(void);

/* The names that are more than the six of single.h. NULL: not stepped aside. A member may be NULL: nobody has it. */
struct aside_calls {
	struct single_calls single;
	void *(*reallocarray)(void *, size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	int (*malloc_trim)(size_t);
	int (*mallopt)(int, int);
	struct mallinfo (*mallinfo)(void);
	struct mallinfo2 (*mallinfo2)(void);
	int (*malloc_info)(int, FILE *);
	void (*malloc_stats)(void);
};
const struct aside_calls *aside_calls(void);

/* Begins an exported function: where we have stepped aside, who would have been called instead answers. Not on the way of malloc and free: there is
 * no pool then, and what is not pooled knows (single.h). UNLESS_ASIDE(name, (arguments)) */
#define UNLESS_ASIDE(name, arguments)                                    \
	do {                                                             \
		const struct aside_calls *next_ = aside_calls();         \
		if (unlikely(next_ != NULL) && next_->name != NULL)      \
			return next_->name arguments;                    \
	} while (0)

#endif
