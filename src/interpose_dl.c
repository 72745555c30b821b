/*
 * interpose_dl - two names that keep other allocators' rules from breaking a process that we are in.
 *
 * dlopen: with RTLD_DEEPBIND a library binds malloc to the C library's before ours; what it gets from functions of the C library
 * (strdup, getline), or hands to the program, is then freed in the wrong heap. So the flag is taken away (TIDEPOOL_DEEPBIND), and it is
 * said once. The call is a jump: the loader finds by the return address who has called, and so whose RUNPATH and namespace count.
 *
 * __asan_default_options: AddressSanitizer ends the process when a library is loaded before its runtime, as every preloaded one is. It
 * asks this function of everybody's for settings; ASAN_OPTIONS comes after it. We step aside then (aside.h), and it works.
 *
 * Owns        nothing
 * Callers     any thread
 */
#include <dlfcn.h>

#include "aside.h"
#include "base.h"
#include "notice.h"
#include "options.h"

const char *__asan_default_options(void);

typedef void *dlopen_function(const char *file, int flags);

#if defined(__has_attribute) && __has_attribute(musttail)
#define JUMP __attribute__((musttail)) return
#else
#define JUMP return /* gcc makes a jump of it where it optimises */
#endif

static dlopen_function *
next_dlopen(void)
{
	static dlopen_function *_Atomic known;
	dlopen_function *next = atomic_load_explicit(&known, memory_order_relaxed); /* sync: none, everybody finds the same */

	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "dlopen");
		atomic_store_explicit(&known, next, memory_order_relaxed); /* sync: none, see above */
	}
	return next;
}

static COLD int
mask(const char *file, int flags)
{
	static _Atomic bool said;

	if (options.deepbind == DEEPBIND_KEEP || aside_reason[0] != '\0')
		return flags;
	if (!options.quiet && !atomic_exchange_explicit(&said, true, memory_order_relaxed)) /* sync: none, one says it */
		notice_once((const char *const[]){ "RTLD_DEEPBIND is taken from dlopen(\"", file ? file : "",
		    "\"), which would mix two heaps (TIDEPOOL_DEEPBIND=keep: not taken; TIDEPOOL_QUIET=on: not said)", NULL });
	return flags & ~RTLD_DEEPBIND;
}

EXPORT void *
dlopen(const char *file, int flags)
{
	dlopen_function *next = next_dlopen();

	if (unlikely(flags & RTLD_DEEPBIND))
		flags = mask(file, flags);
	JUMP next(file, flags);
}

EXPORT const char *
__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}
