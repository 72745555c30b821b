/* jemalloc_mix - a program that also calls jemalloc's own API may mix it with malloc's as it likes. */
#include <malloc.h>

#include <jemalloc/jemalloc.h>

#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
static const size_t sizes[] = { 1, 8, 16, 100, 512, 1024, 4096, 10000, 16384, 20000, 32768, 65536, 200000, 1 << 20, 5 << 20 };

static void
each_frees_what_the_other_gave(void)
{
	for (int round = 0; round < 80; round++)
		for (size_t i = 0; i < COUNT(sizes); i++) {
			size_t n = sizes[i];
			void *p = malloc(n), *q = malloc(n), *r = mallocx(n, 0), *s = mallocx(n, MALLOCX_ALIGN(256) | MALLOCX_ZERO);
			check(p != NULL && q != NULL && r != NULL && s != NULL);
			check(all_bytes_are(s, n, 0));
			size_t touched = n < 5000 ? n : 5000;
			fill(p, touched, 1);
			fill(q, touched, 2);
			fill(r, touched, 3);
			fill(s, touched, 4);
			check(sallocx(p, 0) >= n && malloc_usable_size(r) >= n);
			check(sallocx(p, 0) == malloc_usable_size(p) && nallocx(n, 0) == sallocx(r, 0));
			check(holds(p, touched, 1) && holds(q, touched, 2) && holds(r, touched, 3) && holds(s, touched, 4));
			dallocx(p, 0);
			sdallocx(q, n, 0);
			free(r);
			free(s);
		}
}

static void
resized_in_place(void)
{
	for (size_t n = 16 * 1024; n <= (size_t)1 << 20; n *= 2)
		for (int round = 0; round < 16; round++) {
			void *p = malloc(n);
			check(p != NULL);
			fill(p, n, 1);
			/* ours, grown and shrunk behind our back */
			size_t grown = xallocx(p, n * 2, 0, 0);
			check(grown >= n && malloc_usable_size(p) == grown);
			check(holds(p, n, 1));
			fill(p, grown, 2);
			size_t shrunk = xallocx(p, 5000, 0, 0);
			check(shrunk >= 5000 && malloc_usable_size(p) == shrunk);
			check(holds(p, shrunk < grown ? shrunk : grown, 2));
			if (round % 2 == 0) {
				check((p = rallocx(p, n * 3, 0)) != NULL);
				check(holds(p, shrunk < n ? shrunk : n, 2));
				check(malloc_usable_size(p) >= n * 3);
				fill(p, n * 3, 3);
				check((p = realloc(p, n)) != NULL && holds(p, n, 3));
			}
			free(p);
			/* what comes next for these sizes is a whole block */
			for (size_t after = 4096; after <= n * 3; after *= 2) {
				void *q = malloc(after);
				check(q != NULL && malloc_usable_size(q) >= after);
				fill(q, after, 4);
				check(holds(q, after, 4));
				free(q);
			}
		}
}

static void
moved_by_the_other(void)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < COUNT(sizes); k++) {
			size_t least = sizes[i] < sizes[k] ? sizes[i] : sizes[k];
			void *p = malloc(sizes[i]);
			check(p != NULL);
			fill(p, sizes[i], 5);
			check((p = rallocx(p, sizes[k], 0)) != NULL && holds(p, least, 5));
			check((p = realloc(p, sizes[i])) != NULL && holds(p, least, 5));
			free(p);
			check((p = mallocx(sizes[i], 0)) != NULL);
			fill(p, sizes[i], 6);
			check((p = realloc(p, sizes[k])) != NULL && holds(p, least, 6));
			dallocx(p, 0);
		}
}

static void
its_switches_work(void)
{
	const char *version = NULL;
	size_t length = sizeof(version);
	check(mallctl("version", &version, &length, NULL, 0) == 0 && version != NULL);
	check(mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) == 0);
	unsigned arena = 0;
	length = sizeof(arena);
	check(mallctl("arenas.create", &arena, &length, NULL, 0) == 0);
	/* the program binds itself to an arena of its own: our blocks and its blocks still go everywhere */
	check(mallctl("thread.arena", NULL, NULL, &arena, sizeof(arena)) == 0);
	each_frees_what_the_other_gave();
	uint64_t epoch = 1;
	length = sizeof(epoch);
	check(mallctl("epoch", &epoch, &length, &epoch, length) == 0);
	size_t allocated = 0;
	length = sizeof(allocated);
	void *p = malloc(3 << 20);
	check(mallctl("epoch", &epoch, &length, &epoch, sizeof(epoch)) == 0);
	length = sizeof(allocated);
	int known = mallctl("stats.allocated", &allocated, &length, NULL, 0);
	check(known == ENOENT || (known == 0 && allocated > 0));
	free(p);
	/* its background thread calls pthread_create, which calls our calloc from under jemalloc */
	bool on = true;
	check(mallctl("background_thread", NULL, NULL, &on, sizeof(on)) == 0);
	each_frees_what_the_other_gave();
	on = false;
	check(mallctl("background_thread", NULL, NULL, &on, sizeof(on)) == 0);
}

int
main(void)
{
	each_frees_what_the_other_gave();
	resized_in_place();
	moved_by_the_other();
	its_switches_work();
	resized_in_place();
	return 0;
}
