/* late_cxx - a C program opens a C++ library: its operators new and delete are ours, and its bad_alloc is the runtime's. */
#include <dlfcn.h>
#include <malloc.h>

#include "check.h"

int
main(void)
{
	/* the library lies beside the program */
	char path[500];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 20);
	check(length > 0);
	path[length] = '\0';
	strcpy(strrchr(path, '/'), "/.libs/liblate.so");
	for (int i = 0; i < 20; i++) {
		void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (library == NULL) {
			dprintf(2, "late_cxx: %s\n", dlerror());
			return 1;
		}
		void *(*make)(int);
		int (*take)(void *), (*throws)(size_t);
		*(void **)&make = dlsym(library, "late_make");
		*(void **)&take = dlsym(library, "late_take");
		*(void **)&throws = dlsym(library, "late_throws");
		check(make != NULL && take != NULL && throws != NULL);
		for (int k = 0; k < 20; k++) {
			void *p = make(100);
			check(p != NULL && malloc_usable_size(p) >= sizeof(void *));
			check(take(p) == 100);
		}
		check(throws(ABSURD) == 1);
		check(throws(100) == 2);
		void *(*new_)(size_t);
		void (*delete_)(void *);
		*(void **)&new_ = dlsym(library, sizeof(size_t) == sizeof(unsigned long) && sizeof(size_t) == 8 ? "_Znwm" : "_Znwj");
		*(void **)&delete_ = dlsym(library, "_ZdlPv");
		check(new_ != NULL && delete_ != NULL);
		delete_(new_(100));
		check(dlclose(library) == 0);
	}
	return 0;
}
