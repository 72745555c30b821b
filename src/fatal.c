#include "fatal.h"

#include "writer.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAMES 64

static _Atomic bool dying;

bool
fatal_now(void)
{
	return atomic_load_explicit(&dying, memory_order_relaxed); /* sync: none, a hint for the dying thread itself */
}

static void
write_frame(struct writer *w, unsigned number, void *address)
{
	Dl_info where = { 0 };
	writer_str(w, "  #");
	writer_u64(w, number);
	writer_char(w, ' ');
	writer_hex(w, (uintptr_t)address);
	if (dladdr(address, &where) != 0 && where.dli_fname != NULL) {
		writer_char(w, ' ');
		if (where.dli_sname != NULL) {
			writer_str(w, where.dli_sname);
			writer_char(w, '+');
			writer_hex(w, (uintptr_t)address - (uintptr_t)where.dli_saddr);
			writer_char(w, ' ');
		}
		writer_str(w, where.dli_fname);
		writer_char(w, '+');
		writer_hex(w, (uintptr_t)address - (uintptr_t)where.dli_fbase);
	}
	writer_char(w, '\n');
}

static void
write_stack(struct writer *w)
{
	void *frames[FRAMES];
	void *library = dlopen(LIBUNWIND_FILE, RTLD_NOW | RTLD_LOCAL);
	int (*backtrace)(void **, int) = NULL;
	if (library != NULL)
		*(void **)&backtrace = dlsym(library, "unw_backtrace");
	if (backtrace == NULL) {
		writer_str(w, "  (no stack: " LIBUNWIND_FILE " can't be opened)\n");
		return;
	}
	int n = backtrace(frames, FRAMES);
	for (int i = 0; i < n; i++)
		write_frame(w, (unsigned)i, frames[i]);
}

void
fatal(const char *what, const void *p)
{
	static char buffer[4096];
	struct writer w;

	if (!atomic_exchange_explicit(&dying, true, memory_order_relaxed)) { /* sync: none, the first one speaks */
		writer_init(&w, buffer, sizeof buffer, STDERR_FILENO);
		writer_str(&w, "tidepool: fatal: ");
		writer_str(&w, what);
		if (p != NULL) {
			writer_str(&w, " (");
			writer_hex(&w, (uintptr_t)p);
			writer_char(&w, ')');
		}
		writer_char(&w, '\n');
		writer_flush(&w); /* the line first: asking for the stack may fail in a broken process */
		write_stack(&w);
		writer_flush(&w);
	}
	abort();
}
