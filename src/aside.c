/* See aside.h. */
#include "aside.h"

#include <dlfcn.h>

#include "control.h"
#include "notice.h"
#include "options.h"
#include "program.h"
#include "writer.h"

char aside_reason[ASIDE_REASON_MAX];

static struct aside_calls next;
static const struct aside_calls *_Atomic calls;

static void
set_reason(const char *who, const char *what)
{
	struct writer w;

	writer_init(&w, aside_reason, sizeof(aside_reason), -1);
	for (; *who; who++) /* a name that somebody else chose */
		writer_char(&w, *who >= ' ' && *who <= '~' ? *who : '?');
	writer_str(&w, what);
	writer_terminate(&w);
}

/* Built with one ourselves, for our tests: it is no stranger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT_WITH_A_SANITIZER true
#elif defined(__has_feature)
#define BUILT_WITH_A_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define BUILT_WITH_A_SANITIZER false
#endif

enum aside_answer
aside_look(void)
{
	struct program_neighbours them;

	program_look(&them);
	if (BUILT_WITH_A_SANITIZER)
		them.sanitizer = NULL;
	if (them.sanitizer) {
		set_reason(them.sanitizer, " is in this process");
		return ASIDE_YES;
	}
	if (them.allocator[0] != '\0') {
		set_reason(them.allocator, " has its own malloc");
		return ASIDE_UNDECIDED;
	}
	return ASIDE_NO;
}

void
aside_try(void)
{
	void *(*their_malloc)(size_t);
	void (*their_free)(void *);

	*(void **)&their_malloc = dlsym(RTLD_DEFAULT, "malloc");
	*(void **)&their_free = dlsym(RTLD_DEFAULT, "free");
	if (their_malloc && their_free)
		their_free(their_malloc(1));
}

void
aside_forget(void)
{
	aside_reason[0] = '\0';
}

/* --- who would be called without us ------------------------------------------------------------------------------- */

#define FIND(where, name) (*(void **)&(where) = program_next(name))

void
aside_step(void)
{
	FIND(next.single.malloc, "malloc");
	FIND(next.single.calloc, "calloc");
	FIND(next.single.realloc, "realloc");
	FIND(next.single.free, "free");
	FIND(next.single.memalign, "memalign");
	FIND(next.single.usable_size, "malloc_usable_size");
	FIND(next.reallocarray, "reallocarray");
	FIND(next.posix_memalign, "posix_memalign");
	FIND(next.aligned_alloc, "aligned_alloc");
	FIND(next.valloc, "valloc");
	FIND(next.pvalloc, "pvalloc");
	FIND(next.malloc_trim, "malloc_trim");
	FIND(next.mallopt, "mallopt");
	FIND(next.mallinfo, "mallinfo");
	FIND(next.mallinfo2, "mallinfo2");
	FIND(next.malloc_info, "malloc_info");
	FIND(next.malloc_stats, "malloc_stats");
	if (single_hand_over(&next.single))
		atomic_store_explicit(&calls, &next, memory_order_release); /* sync: aside.calls */
}

const struct aside_calls *
aside_calls(void)
{
	return atomic_load_explicit(&calls, memory_order_acquire); /* sync: aside.calls */
}

void
aside_say(void)
{
	if (!options.quiet)
		notice_once((const char *const[]){ aside_reason, "; tidepool steps aside (TIDEPOOL_QUIET=on: not said)", NULL });
}

void
aside_say_old_jemalloc(void)
{
	set_reason("jemalloc ", control_version());
	if (!options.quiet)
		notice_once((const char *const[]){ aside_reason, " is too old for pools (5.3.0 is needed); all calls go to it (TIDEPOOL_QUIET=on: not said)", NULL });
}
