/*
 * deepbind - opens libdeep with RTLD_DEEPBIND, and frees what it has allocated, and the other way round; says by how much of it which
 * allocator the library was bound to. libdeep lies in a folder that only this program's RUNPATH names: the loader must still see who
 * has called dlopen.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(void)
{
	void *library = dlopen("libdeep.so", RTLD_NOW | RTLD_DEEPBIND);
	if (library == NULL) {
		printf("%s\n", dlerror());
		return 1;
	}
	char *(*copy)(const char *);
	void (*done)(char *);
	void *(*which)(void);
	*(void **)&copy = dlsym(library, "deep_copy");
	*(void **)&done = dlsym(library, "deep_done");
	*(void **)&which = dlsym(library, "deep_malloc");
	if (which() == (void *)malloc) {
		for (int i = 0; i < 1000; i++) {
			free(copy("allocated there, freed here"));
			done(strdup("allocated here, freed there"));
		}
		puts("one heap");
	} else {
		puts("a heap of its own"); /* and nothing may cross */
	}
	return 0;
}
