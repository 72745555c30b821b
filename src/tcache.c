#include "tcache.h"

#include "control.h"
#include "program.h"
#include "shortage.h"
#include "sizeclass.h"

#include <jemalloc/jemalloc.h>
#include <stdlib.h>
#include <string.h>

static bool wanted; /* by the program's threads; written before a second one exists */
static THREAD_LOCAL bool own;

/* Every class up to the largest that an automatic cache holds is pooled, and nobody here may call jemalloc's own API. */
static bool
is_useless(void)
{
	size_t most = 0;
	return control_read("opt.tcache_max", &most, sizeof most) && sizeclass_all_pooled(most) && !program_needs("libjemalloc.so");
}

/* By the user, for the whole process; we say so only for those who need none. */
static bool
is_forbidden(void)
{
	const char *settings = getenv("MALLOC_CONF");
	return settings != NULL && strstr(settings, "tcache:false") != NULL;
}

/* Making one wants memory and an arena. */
static void
set_mine(bool on)
{
	if (!on || shortage_has_arena())
		mallctl("thread.tcache.enabled", NULL, NULL, &on, sizeof on);
}

void
tcache_configure(void)
{
	wanted = !is_useless() && !is_forbidden();
	if (wanted)
		set_mine(true);
}

bool
tcache_begin(void)
{
	if (!shortage_make_state())
		return false;
	set_mine(wanted);
	return true;
}

bool
tcache_begin_own(void)
{
	own = shortage_make_arena();
	if (own)
		set_mine(true);
	return own;
}

bool
tcache_is_own(void)
{
	return own;
}

void
tcache_flush_own(void)
{
	if (own)
		mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
}
