#include "control.h"

#include <jemalloc/jemalloc.h>
#include <string.h>

bool
control_read(const char *name, void *out, size_t size)
{
	size_t len = size;
	return mallctl(name, out, &len, NULL, 0) == 0 && len == size;
}

bool
control_indexed(const char *prefix, unsigned i, const char *suffix, void *old, size_t old_size, void *new, size_t new_size)
{
	size_t mib[5], len = 5, got = old_size;
	char name[64] = { 0 };
	strcat(strcat(strcpy(name, prefix), ".0."), suffix);
	if (mallctlnametomib(name, mib, &len) != 0)
		return false;
	mib[len - 2] = i;
	return mallctlbymib(mib, len, old, old ? &got : NULL, new, new_size) == 0;
}

bool
control_is_inside(void)
{
	void *p;
	struct control_batch one = { &p, 1, sizeof p, MALLOCX_ARENA(0) | MALLOCX_TCACHE_NONE };
	size_t got = 0, len = sizeof got;
	if (mallctl("experimental.batch_alloc", &got, &len, &one, sizeof one) != 0 || got == 0)
		return true;
	sdallocx(p, sizeof p, MALLOCX_TCACHE_NONE);
	return false;
}

bool
control_make_arena(void *hooks, ssize_t decay_ms, unsigned *arena)
{
	size_t never = SIZE_MAX >> 1, len = sizeof *arena;
	if (control_is_inside())
		return false;
	if (mallctl("arenas.create", arena, &len, &hooks, sizeof hooks) != 0)
		return false;
	control_indexed("arena", *arena, "dirty_decay_ms", NULL, 0, &decay_ms, sizeof decay_ms);
	control_indexed("arena", *arena, "oversize_threshold", NULL, 0, &never, sizeof never);
	return true;
}

const char *
control_version(void)
{
	const char *version;
	return control_read("version", &version, sizeof version) ? version : "of an unknown version";
}

static bool
refresh(void)
{
	uint64_t epoch = 1;
	size_t len = sizeof epoch;
	return mallctl("epoch", &epoch, &len, &epoch, sizeof epoch) == 0;
}

static uint64_t
figure(const char *name)
{
	size_t v = 0;
	return control_read(name, &v, sizeof v) ? v : 0;
}

bool
control_read_figures(struct control_figures *out)
{
	if (!refresh())
		return false;
	out->allocated = figure("stats.allocated");
	out->active = figure("stats.active");
	out->resident = figure("stats.resident");
	out->mapped = figure("stats.mapped");
	out->retained = figure("stats.retained");
	return true;
}

size_t
control_purge_all(void)
{
	size_t dirty = 0, muzzy = 0;
	refresh();
	control_indexed("stats.arenas", MALLCTL_ARENAS_ALL, "pdirty", &dirty, sizeof dirty, NULL, 0);
	control_indexed("stats.arenas", MALLCTL_ARENAS_ALL, "pmuzzy", &muzzy, sizeof muzzy, NULL, 0);
	control_indexed("arena", MALLCTL_ARENAS_ALL, "purge", NULL, 0, NULL, 0);
	return (dirty + muzzy) * figure("arenas.page");
}
