/* See elffile.h. */
#include "elffile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct known {
	const char *begin, *name;
};

static const struct known allocators[] = {
	{ "libjemalloc", "jemalloc" }, { "libtcmalloc", "tcmalloc" }, { "libmimalloc", "mimalloc" }, { "libtbbmalloc", "tbbmalloc" },
	{ "libsnmalloc", "snmalloc" }, { "libhoard", "Hoard" }, { "librpmalloc", "rpmalloc" }, { "libscudo", "Scudo" },
	{ "libhardened_malloc", "hardened_malloc" }, { "libmesh", "Mesh" }, { "libc_malloc_debug", "glibc's malloc debugging" },
	{ NULL, NULL },
};

static const struct known sanitizers[] = {
	{ "libasan", "AddressSanitizer" }, { "libclang_rt.asan", "AddressSanitizer" },
	{ "libtsan", "ThreadSanitizer" }, { "libclang_rt.tsan", "ThreadSanitizer" },
	{ "liblsan", "LeakSanitizer" }, { "libclang_rt.lsan", "LeakSanitizer" },
	{ "libhwasan", "HWAddressSanitizer" }, { "libclang_rt.hwasan", "HWAddressSanitizer" },
	{ "libclang_rt.msan", "MemorySanitizer" }, { NULL, NULL },
};

/* Symbols that tell who was linked in. */
static const struct known sanitizer_symbols[] = {
	{ "__asan_init", "AddressSanitizer" }, { "__tsan_init", "ThreadSanitizer" }, { "__msan_init", "MemorySanitizer" },
	{ "__hwasan_init", "HWAddressSanitizer" }, { "__lsan_init", "LeakSanitizer" }, { NULL, NULL },
};

static const char *
among(const struct known *list, const char *library)
{
	const char *slash = strrchr(library, '/');
	const char *name = slash != NULL ? slash + 1 : library;

	for (; list->begin != NULL; list++)
		if (strncmp(name, list->begin, strlen(list->begin)) == 0)
			return list->name;
	return NULL;
}

const char *
elffile_known_allocator(const char *library)
{
	return among(allocators, library);
}

const char *
elffile_known_sanitizer(const char *library)
{
	return among(sanitizers, library);
}

/* --- the file, as far as it reaches ------------------------------------------------------------------------------------ */

struct view {
	const unsigned char *at;
	size_t size;
};

static const void *
part(const struct view *v, uint64_t offset, uint64_t size)
{
	return offset <= v->size && size <= v->size - offset ? v->at + offset : NULL;
}

/* The same for what holds numbers: real files have them where the processor wants them. */
static const void *
rows(const struct view *v, uint64_t offset, uint64_t size)
{
	return offset % sizeof(ElfW(Addr)) == 0 ? part(v, offset, size) : NULL;
}

/* A string of a table of strings; "" when it has no end there. */
static const char *
string(const struct view *v, const ElfW(Shdr) *table, uint64_t offset)
{
	const char *s;

	if (offset >= table->sh_size || part(v, table->sh_offset, table->sh_size) == NULL)
		return "";
	s = (const char *)v->at + table->sh_offset + offset;
	return memchr(s, '\0', table->sh_size - offset) != NULL ? s : "";
}

static const ElfW(Shdr) *
section(const struct view *v, unsigned i)
{
	const ElfW(Ehdr) *head = (const void *)v->at;

	if (i >= head->e_shnum || head->e_shentsize != sizeof(ElfW(Shdr)))
		return NULL;
	return rows(v, head->e_shoff + (uint64_t)i * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)));
}

static const ElfW(Phdr) *
segment(const struct view *v, unsigned i)
{
	const ElfW(Ehdr) *head = (const void *)v->at;

	if (i >= head->e_phnum || head->e_phentsize != sizeof(ElfW(Phdr)))
		return NULL;
	return rows(v, head->e_phoff + (uint64_t)i * sizeof(ElfW(Phdr)), sizeof(ElfW(Phdr)));
}

/* --- what it says ------------------------------------------------------------------------------------------------------ */

static void
read_symbols(const struct view *v, const ElfW(Shdr) *table, struct elffile *out)
{
	const ElfW(Shdr) *strings = section(v, table->sh_link);
	const ElfW(Sym) *symbol = rows(v, table->sh_offset, table->sh_size);

	if (strings == NULL || symbol == NULL)
		return;
	for (size_t n = table->sh_size / sizeof *symbol; n > 0; n--, symbol++) {
		const char *name = string(v, strings, symbol->st_name);

		for (const struct known *k = sanitizer_symbols; name[0] == '_' && k->begin != NULL; k++)
			if (strcmp(name, k->begin) == 0)
				snprintf(out->sanitizer, sizeof out->sanitizer, "%s", k->name);
		if (symbol->st_shndx == SHN_UNDEF)
			continue;
		if (strcmp(name, "tidepool_version") == 0 && table->sh_type == SHT_DYNSYM)
			out->is_tidepool = ((const ElfW(Ehdr) *)(const void *)v->at)->e_type == ET_DYN;
		if (strcmp(name, "malloc") != 0)
			continue;
		if (table->sh_type == SHT_DYNSYM)
			out->has_malloc = true;
		else
			out->malloc_is_hidden = true;
	}
}

static void
read_needed(const struct view *v, const ElfW(Shdr) *table, struct elffile *out)
{
	const ElfW(Shdr) *strings = section(v, table->sh_link);
	const ElfW(Dyn) *entry = rows(v, table->sh_offset, table->sh_size);

	if (strings == NULL || entry == NULL)
		return;
	for (size_t n = table->sh_size / sizeof *entry; n > 0 && entry->d_tag != DT_NULL; n--, entry++) {
		const char *name, *known;

		if (entry->d_tag != DT_NEEDED)
			continue;
		name = string(v, strings, entry->d_un.d_val);
		if (elffile_known_allocator(name) != NULL)
			snprintf(out->allocator, sizeof out->allocator, "%s", name);
		if ((known = elffile_known_sanitizer(name)) != NULL)
			snprintf(out->sanitizer, sizeof out->sanitizer, "%s", known);
		if (strncmp(name, "libjvm.", 7) == 0 || strncmp(name, "libjli.", 7) == 0)
			snprintf(out->runtime, sizeof out->runtime, "Java");
	}
}

static void
read_sections(const struct view *v, struct elffile *out)
{
	const ElfW(Ehdr) *head = (const void *)v->at;
	const ElfW(Shdr) *names = section(v, head->e_shstrndx);

	for (unsigned i = 0; i < head->e_shnum; i++) {
		const ElfW(Shdr) *s = section(v, i);

		if (s == NULL)
			return;
		if (s->sh_type == SHT_DYNSYM || s->sh_type == SHT_SYMTAB)
			read_symbols(v, s, out);
		else if (s->sh_type == SHT_DYNAMIC)
			read_needed(v, s, out);
		else if (names != NULL && strcmp(string(v, names, s->sh_name), ".note.go.buildid") == 0)
			snprintf(out->runtime, sizeof out->runtime, "Go");
	}
	if (out->has_malloc)
		out->malloc_is_hidden = false;
	else
		out->has_malloc = out->malloc_is_hidden;
}

static void
read_segments(const struct view *v, struct elffile *out)
{
	out->is_static = true;
	for (unsigned i = 0; segment(v, i) != NULL; i++) {
		const ElfW(Phdr) *p = segment(v, i);
		const char *name;

		if (p->p_type != PT_INTERP)
			continue;
		out->is_static = false;
		name = part(v, p->p_offset, p->p_filesz);
		if (name != NULL && p->p_filesz < sizeof out->interpreter)
			memcpy(out->interpreter, name, p->p_filesz);
	}
}

static bool
read_elf(const struct view *v, struct elffile *out)
{
	static const ElfW(Half) machine =
#if defined __x86_64__
	    EM_X86_64;
#elif defined __aarch64__
	    EM_AARCH64;
#elif defined __riscv
	    EM_RISCV;
#elif defined __powerpc64__
	    EM_PPC64;
#elif defined __s390x__
	    EM_S390;
#else
	    EM_NONE;
#endif
	const ElfW(Ehdr) *head = part(v, 0, sizeof *head);
	bool wide = sizeof(void *) == 8;

	if (v->size < EI_NIDENT || memcmp(v->at, ELFMAG, SELFMAG) != 0)
		return false;
	if (v->at[EI_CLASS] != (wide ? ELFCLASS64 : ELFCLASS32) || head == NULL || (machine != EM_NONE && head->e_machine != machine)) {
		out->foreign = true;
		return true;
	}
	read_segments(v, out);
	read_sections(v, out);
	return true;
}

/* The line behind "#!", without the blanks around it. */
static void
read_script(const struct view *v, struct elffile *out)
{
	const char *at = (const char *)v->at + 2, *end = (const char *)v->at + (v->size < 256 ? v->size : 256);
	size_t n = 0;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at + n < end && n < sizeof out->script - 1 && at[n] != '\n' && at[n] != '\0')
		n++;
	memcpy(out->script, at, n);
}

bool
elffile_read(const char *path, struct elffile *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;
	struct view v = { 0 };
	bool good = false;

	*out = (struct elffile){ 0 };
	if (fd < 0)
		return false;
	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size < 2) {
		close(fd);
		errno = ENOEXEC;
		return false;
	}
	v.size = (size_t)file.st_size;
	v.at = mmap(NULL, v.size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (v.at == MAP_FAILED)
		return false;
	if (memcmp(v.at, "#!", 2) == 0)
		read_script(&v, out);
	else
		good = read_elf(&v, out);
	munmap((void *)(uintptr_t)v.at, v.size);
	errno = ENOEXEC;
	return good;
}
