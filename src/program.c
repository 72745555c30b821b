#include "program.h"

#include <link.h>
#include <string.h>

struct question {
	const char *prefix;
	bool found;
};

static const ElfW(Phdr) *
segment(const struct dl_phdr_info *object, uint32_t type)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == type)
			return &object->dlpi_phdr[i];
	return NULL;
}

static bool
contains(const struct dl_phdr_info *object, uintptr_t address)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		if (p->p_type == PT_LOAD && address - (object->dlpi_addr + p->p_vaddr) < p->p_memsz)
			return true;
	}
	return false;
}

/* glibc turns the table's addresses into real ones when it loads an object; what it has not touched (the vdso) is an offset. */
static const char *
strings_of(const struct dl_phdr_info *object, const ElfW(Dyn) *dynamic)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++)
		if (dynamic->d_tag == DT_STRTAB) {
			uintptr_t at = dynamic->d_un.d_ptr;
			return (const char *)(contains(object, at) ? at : object->dlpi_addr + at);
		}
	return NULL;
}

static int
ask(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct question *q = argument;
	const ElfW(Phdr) *p = segment(object, PT_DYNAMIC);

	(void)size;
	if (p == NULL || contains(object, (uintptr_t)&program_needs))
		return 0;
	const ElfW(Dyn) *dynamic = (const ElfW(Dyn) *)(object->dlpi_addr + p->p_vaddr);
	const char *strings = strings_of(object, dynamic);
	for (; strings != NULL && dynamic->d_tag != DT_NULL && !q->found; dynamic++)
		q->found = dynamic->d_tag == DT_NEEDED && strncmp(strings + dynamic->d_un.d_val, q->prefix, strlen(q->prefix)) == 0;
	return q->found;
}

bool
program_needs(const char *prefix)
{
	struct question q = { prefix, false };
	dl_iterate_phdr(ask, &q);
	return q.found;
}
