/* libold - makes the jemalloc that is there one without batches, as those before 5.3.0 are: the one control by which it is told is missing. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

int mallctlnametomib(const char *name, size_t *mib, size_t *length);

int
mallctlnametomib(const char *name, size_t *mib, size_t *length)
{
	int (*next)(const char *, size_t *, size_t *);

	if (strcmp(name, "experimental.batch_alloc") == 0)
		return ENOENT;
	*(void **)&next = dlsym(RTLD_NEXT, "mallctlnametomib");
	return next(name, mib, length);
}
