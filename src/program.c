#include "program.h"

#include <errno.h>
#include <link.h>
#include <string.h>

/* The same for both widths. */
#define ELF_TYPE(info) ((info) & 0xf)

/* The objects of the process, in the order in which names are looked up. The loader's own list, read as it is: no call of ours may go
 * through a name that a sanitizer has taken over and not made ready yet, as dl_iterate_phdr. */
static const struct link_map *
objects(void)
{
	return _r_debug.r_map;
}

extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden"))); /* our own */

static bool
is_ours(const struct link_map *object)
{
	return object->l_ld == _DYNAMIC;
}

/* The table that an entry of the dynamic section names, or NULL. glibc turns the addresses into real ones when it loads an object; what it
 * has not touched (the vdso) is an offset. */
static const void *
table(const struct link_map *object, int64_t tag)
{
	for (const ElfW(Dyn) *dynamic = object->l_ld; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
		if (dynamic->d_tag == tag) {
			uintptr_t at = dynamic->d_un.d_ptr;
			return (const void *)(at >= object->l_addr ? at : object->l_addr + at);
		}
	return NULL;
}

/* --- what an object defines (the generic ABI's DT_HASH, and GNU's) -------------------------------------------------------- */

static bool
is_definition(const ElfW(Sym) *symbol, const char *strings, const char *name)
{
	return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 && strcmp(strings + symbol->st_name, name) == 0;
}

static const ElfW(Sym) *
find_by_hash(const uint32_t *hash, const ElfW(Sym) *symbols, const char *strings, const char *name)
{
	for (uint32_t i = 0; i < hash[1]; i++) /* as many chains as symbols: few objects have no other table, so all are looked at */
		if (is_definition(&symbols[i], strings, name))
			return &symbols[i];
	return NULL;
}

static const ElfW(Sym) *
find_by_gnu_hash(const uint32_t *hash, const ElfW(Sym) *symbols, const char *strings, const char *name)
{
	uint32_t buckets = hash[0], first = hash[1], filters = hash[2], key = 5381;
	const uint32_t *bucket = (const uint32_t *)(const void *)((const ElfW(Addr) *)(const void *)(hash + 4) + filters);
	const uint32_t *chain = bucket + buckets;

	for (const char *c = name; *c != '\0'; c++)
		key = key * 33 + (unsigned char)*c;
	uint32_t i = buckets > 0 ? bucket[key % buckets] : 0;
	if (i < first || i == 0)
		return NULL;
	do
		if ((chain[i - first] | 1) == (key | 1) && is_definition(&symbols[i], strings, name))
			return &symbols[i];
	while ((chain[i++ - first] & 1) == 0);
	return NULL;
}

/* Of several versions of a name the first that is found: the names that are asked for have one. */
static const ElfW(Sym) *
find(const struct link_map *object, const char *name)
{
	const uint32_t *gnu = table(object, DT_GNU_HASH), *plain = table(object, DT_HASH);
	const ElfW(Sym) *symbols = table(object, DT_SYMTAB);
	const char *strings = table(object, DT_STRTAB);

	if (symbols == NULL || strings == NULL)
		return NULL;
	if (gnu != NULL)
		return find_by_gnu_hash(gnu, symbols, strings, name);
	return plain != NULL ? find_by_hash(plain, symbols, strings, name) : NULL;
}

void *
program_next(const char *name)
{
	bool behind_us = false;

	for (const struct link_map *object = objects(); object != NULL; object = object->l_next) {
		const ElfW(Sym) *symbol = behind_us ? find(object, name) : NULL;
		if (symbol != NULL && ELF_TYPE(symbol->st_info) == STT_FUNC)
			return (void *)(object->l_addr + symbol->st_value);
		behind_us |= is_ours(object);
	}
	return NULL;
}

/* --- neighbours ---------------------------------------------------------------------------------------------------------------- */

static bool
is_the_executable(const struct link_map *object)
{
	return object == objects();
}

static const char *
file_name(const struct link_map *object)
{
	const char *slash = strrchr(object->l_name, '/');

	if (is_the_executable(object))
		return program_invocation_short_name;
	return slash != NULL ? slash + 1 : object->l_name;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A runtime in a library of its own; or in the executable, which then exports its entry. */
static const char *
sanitizer_in(const struct link_map *object)
{
	static const struct { const char *library, *llvm, *entry, *name; } kinds[] = {
		{ "libasan.so", "libclang_rt.asan", "__asan_init", "AddressSanitizer" },
		{ "libhwasan.so", "libclang_rt.hwasan", "__hwasan_init", "HWAddressSanitizer" },
		{ "liblsan.so", "libclang_rt.lsan", "__lsan_init", "LeakSanitizer" },
		{ "libtsan.so", "libclang_rt.tsan", "__tsan_init", "ThreadSanitizer" },
		{ "libmsan.so", "libclang_rt.msan", "__msan_init", "MemorySanitizer" },
	};
	const char *name = is_the_executable(object) ? "" : file_name(object);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (begins(name, kinds[i].library) || begins(name, kinds[i].llvm) ||
		    (is_the_executable(object) && find(object, kinds[i].entry) != NULL))
			return kinds[i].name;
	return NULL;
}

void
program_look(struct program_neighbours *out)
{
	bool behind_us = false; /* what comes then is asked after us, too, when a name is bound */

	memset(out, 0, sizeof *out);
	for (const struct link_map *object = objects(); object != NULL; object = object->l_next) {
		if (is_ours(object)) {
			behind_us = true;
			continue;
		}
		if (out->sanitizer == NULL)
			out->sanitizer = sanitizer_in(object);
		if (!behind_us && out->allocator[0] == '\0' && find(object, "malloc") != NULL)
			strncpy(out->allocator, file_name(object), sizeof out->allocator - 1);
	}
}

/* --- what others need ---------------------------------------------------------------------------------------------------------- */

static bool
needs(const struct link_map *object, const char *prefix)
{
	const char *strings = table(object, DT_STRTAB);

	for (const ElfW(Dyn) *dynamic = object->l_ld; strings != NULL && dynamic->d_tag != DT_NULL; dynamic++)
		if (dynamic->d_tag == DT_NEEDED && begins(strings + dynamic->d_un.d_val, prefix))
			return true;
	return false;
}

bool
program_needs(const char *prefix)
{
	for (const struct link_map *object = objects(); object != NULL; object = object->l_next)
		if (!is_ours(object) && needs(object, prefix))
			return true;
	return false;
}
