/* backend: batches from arenas of our own, a page map that stays true, and jemalloc in every mixture. */
#include "backend.h"
#include "control.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "plain.h"
#include "unit.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <string.h>

#define MOST 4096

static void *object[MOST];

static void
start(unsigned shards)
{
	unit_start(shards, "TIDEPOOL_CLASSES=1-32M", NULL);
}

static unsigned
arena_of(const void *p)
{
	unsigned arena = 0;
	size_t len = sizeof arena;
	ck_assert_int_eq(mallctl("arenas.lookup", &arena, &len, (void *)&p, sizeof p), 0);
	return arena;
}

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(void *const *)a, y = (uintptr_t)*(void *const *)b;
	return x < y ? -1 : x > y;
}

static void
fetch(unsigned shard, unsigned c, size_t n)
{
	size_t got = 0;
	while (got < n) {
		size_t now = backend_fetch(shard, c, n - got, object + got);
		ck_assert_uint_gt(now, 0);
		got += now;
	}
}

/* --- classes --------------------------------------------------------------------------------------------------------- */

START_TEST(the_classes_are_those_of_jemalloc)
{
	static struct sizeclass all[256];
	unsigned n = backend_start(all, 256);

	ck_assert_uint_gt(n, 50);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(nallocx(all[i].size, 0), all[i].size);
		ck_assert_uint_eq(nallocx((i ? all[i - 1].size : 0) + 1, 0), all[i].size);
	}
	ck_assert_uint_eq(all[n - 1].size, SIZECLASS_LIMIT);
}
END_TEST

START_TEST(no_more_rows_are_written_than_there_is_room_for)
{
	struct sizeclass few[6] = { { .size = 0 } };
	few[5].size = 12345;
	ck_assert_uint_eq(backend_start(few, 5), 5);
	ck_assert_uint_eq(few[5].size, 12345);
}
END_TEST

START_TEST(every_class_has_the_alignment_of_its_row)
{
	start(1);
	for (unsigned c = 1; c <= sizeclass_pools && sizeclass_pool[c].size <= (1 << 20); c++) {
		size_t n = sizeclass_pool[c].size < 32768 ? 300 : 8;
		fetch(0, c, n);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq((uintptr_t)object[i] % sizeclass_pool[c].alignment, 0);
		backend_release(0, c, n, object);
	}
}
END_TEST

/* --- batches --------------------------------------------------------------------------------------------------------- */

START_TEST(every_object_is_another_one_of_its_class_and_is_marked)
{
	start(2);
	static const size_t sizes[] = { 8, 64, 320, 4096, 14336, 65536 };
	for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		unsigned c = sizeclass_of(sizes[k]);
		fetch(k % 2, c, 700);
		qsort(object, 700, sizeof *object, by_address);
		for (unsigned i = 0; i < 700; i++) {
			ck_assert_uint_eq(pagemap_of(object[i]), c);
			ck_assert_uint_eq(sallocx(object[i], 0), sizeclass_pool[c].size);
			if (i > 0)
				ck_assert_uint_ge((uintptr_t)object[i] - (uintptr_t)object[i - 1], sizeclass_pool[c].size);
		}
		backend_release(k % 2, c, 700, object);
	}
}
END_TEST

START_TEST(pool_memory_comes_from_arenas_of_our_own_one_for_each_shard)
{
	start(2);
	void *theirs = mallocx(64, 0);
	unsigned c = sizeclass_of(64);

	fetch(0, c, 10);
	unsigned first = arena_of(object[0]);
	for (unsigned i = 1; i < 10; i++)
		ck_assert_uint_eq(arena_of(object[i]), first);
	fetch(1, c, 10);
	ck_assert_uint_ne(arena_of(object[0]), first);
	ck_assert_uint_ne(arena_of(theirs), first);
	ck_assert_uint_eq(pagemap_of(theirs), 0);
}
END_TEST

START_TEST(what_is_held_is_what_was_fetched_and_not_given_back)
{
	unsigned small, large;
	void *one;

	start(2);
	small = sizeclass_of(64);
	large = sizeclass_of(65536);
	fetch(0, large, 1);
	backend_release(0, large, 1, object); /* one past the batches needs an arena that is there */
	ck_assert_uint_eq(backend_held_bytes(), 0);
	fetch(0, small, 100);
	ck_assert_uint_eq(backend_held_bytes(), 100 * 64);
	backend_release(1, small, 40, object); /* on another shard than they came from */
	ck_assert_uint_eq(backend_held_bytes(), 60 * 64);
	one = backend_fetch_one(0, large);
	ck_assert_uint_eq(backend_held_bytes(), 60 * 64 + 65536);
	backend_release_one(large, one);
	backend_release(0, small, 60, object + 40);
	ck_assert_uint_eq(backend_held_bytes(), 0);
}
END_TEST

/* Half of every slab goes back, and as much is fetched again: the holes are filled before there are new slabs. */
START_TEST(room_in_partly_filled_slabs_is_used_before_fresh_ones)
{
	static void *back[MOST];
	unsigned c, slab, n = 0, elsewhere = 0;
	static uintptr_t kept[MOST];
	size_t total;

	start(1);
	c = sizeclass_of(512);
	slab = sizeclass_pool[c].slab_objects;
	ck_assert_uint_gt(slab, 1);
	total = slab * 100u;
	fetch(0, c, total);
	for (size_t i = 0; i < total; i++) {
		kept[i] = (uintptr_t)object[i];
		if (i % 2)
			back[n++] = object[i];
	}
	backend_release(0, c, n, back);
	backend_flush(BACKEND_AGE_PAGES);
	fetch(0, c, n);
	qsort(kept, total, sizeof *kept, by_address);
	for (unsigned i = 0; i < n; i++) {
		uintptr_t p = (uintptr_t)object[i];
		elsewhere += bsearch(&p, kept, total, sizeof p, by_address) == NULL;
	}
	ck_assert_uint_le(elsewhere, slab);
}
END_TEST

START_TEST(a_batch_is_never_more_than_was_asked_for)
{
	start(1);
	for (unsigned c = 1; c <= sizeclass_pools && sizeclass_pool[c].size <= 65536; c++)
		for (size_t n = 1; n <= 300; n += 23) {
			object[n] = &object;
			size_t got = backend_fetch(0, c, n, object);
			ck_assert_uint_gt(got, 0);
			ck_assert_uint_le(got, n);
			ck_assert_ptr_eq(object[n], &object);
			backend_release(0, c, got, object);
		}
}
END_TEST

START_TEST(a_purge_of_everything_takes_the_programs_own_pages_too)
{
	struct control_figures full, empty;
	void *p[64];

	start(1);
	for (unsigned i = 0; i < 64; i++)
		memset(p[i] = plain_malloc(1 << 20), 1, 1 << 20);
	ck_assert(control_read_figures(&full));
	for (unsigned i = 0; i < 64; i++)
		plain_free(p[i]);
	ck_assert_uint_ge(control_purge_all(), 32 << 20); /* what has not aged away already */
	ck_assert(control_read_figures(&empty));
	ck_assert_uint_lt(empty.resident + (48 << 20), full.resident);
	ck_assert_uint_lt(control_purge_all(), 8 << 20);
}
END_TEST

START_TEST(a_growing_class_has_whole_slabs)
{
	unsigned c, slab, whole = 0;

	start(1);
	c = sizeclass_of(512);
	slab = sizeclass_pool[c].slab_objects;
	fetch(0, c, 1); /* one slab is begun */
	void *begun = object[0];
	ck_assert_uint_eq(backend_fetch(0, c, slab * 4, object), slab * 4);
	for (unsigned i = 0; i < slab * 4; i++)
		whole += (uintptr_t)object[i] / 4096 != (uintptr_t)begun / 4096;
	ck_assert_uint_eq(whole, slab * 4);
}
END_TEST

START_TEST(pages_of_whole_slabs_are_there_before_they_are_touched)
{
	start(1);
	unsigned c = sizeclass_of(512);
	size_t n = backend_fetch(0, c, 64, object);
	ck_assert_uint_eq(n, 64);
	if (unit_kernel_prefaults())
		for (size_t i = 0; i < n; i++)
			ck_assert(unit_is_resident(object[i]));
}
END_TEST

START_TEST(zeroed_objects_are_zeros_whatever_was_there)
{
	static const size_t sizes[] = { 64, 8192, 10240, 16384, 32768, 65536, 1 << 20 };
	start(1);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned c = sizeclass_of(sizes[i]);
		for (unsigned round = 0; round < 4; round++) {
			unsigned char *p;
			ck_assert_uint_eq(backend_fetch_zeroed(0, c, (void **)&p), 1);
			ck_assert_uint_eq(pagemap_of(p), c);
			for (size_t k = 0; k < sizes[i]; k++)
				ck_assert_msg(p[k] == 0, "round %u, %zu bytes: the one at %zu", round, sizes[i], k);
			memset(p, 0xa5, sizes[i]);
			fetch(0, c, 3); /* others of the class, with something in them */
			for (unsigned k = 0; k < 3; k++)
				memset(object[k], 0xa5, sizes[i]);
			backend_release(0, c, 3, object);
			backend_release_one(c, p);
		}
	}
}
END_TEST

START_TEST(what_the_kernel_has_just_given_is_zeroed_without_a_touch)
{
	char *p;
	start(1);
	ck_assert_uint_eq(backend_fetch_zeroed(0, sizeclass_of(1 << 20), (void **)&p), 1);
	ck_assert(!unit_is_resident(p + (1 << 19)));
}
END_TEST

START_TEST(one_object_past_the_caches_is_marked_when_the_shard_has_an_arena)
{
	start(2);
	unsigned c = sizeclass_of(64);
	void *early = backend_fetch_one(0, c);
	ck_assert_ptr_nonnull(early);
	ck_assert_uint_eq(pagemap_of(early), 0); /* jemalloc's own: to be freed as such */
	ck_assert_uint_eq(backend_held_bytes(), 0);
	fetch(0, c, 1);
	void *late = backend_fetch_one(0, c);
	ck_assert_uint_eq(pagemap_of(late), c);
	ck_assert_uint_eq(arena_of(late), arena_of(object[0]));
	plain_free(early);
	backend_release_one(c, late);
}
END_TEST

START_TEST(a_flush_gives_the_pages_to_the_kernel)
{
	struct control_figures full, empty;

	start(2);
	unsigned c = sizeclass_of(65536);
	fetch(0, c, 512);
	for (unsigned i = 0; i < 512; i++)
		memset(object[i], 1, 65536);
	ck_assert(control_read_figures(&full));
	backend_release(0, c, 512, object);
	backend_flush(BACKEND_PURGE_PAGES);
	ck_assert(control_read_figures(&empty));
	ck_assert_uint_lt(empty.resident + (24 << 20), full.resident);
}
END_TEST

static uint64_t
allocated(void)
{
	struct control_figures now;
	ck_assert(control_read_figures(&now));
	return now.allocated;
}

START_TEST(a_flush_leaves_nothing_in_the_explicit_caches)
{
	start(1);
	unsigned c = sizeclass_of(64);

	fetch(0, c, 40);
	backend_release(0, c, 40, object); /* into the explicit cache: for jemalloc they are allocated */
	uint64_t before = allocated();
	backend_flush(BACKEND_AGE_PAGES);
	ck_assert_uint_le(allocated() + 20 * 64, before);
}
END_TEST

START_TEST(before_a_fork_the_explicit_caches_are_empty)
{
	start(1);
	unsigned c = sizeclass_of(64);

	fetch(0, c, 40);
	backend_release(0, c, 40, object);
	uint64_t before = allocated();
	backend_fork_prepare();
	ck_assert_uint_le(allocated() + 20 * 64, before);
	fetch(0, c, 40); /* and they work */
}
END_TEST

START_TEST(pages_age_as_the_setting_says)
{
	ssize_t ms = 0;
	size_t len = sizeof ms;
	char name[64];

	start(1);
	backend_configure(1234);
	fetch(0, 1, 1);
	snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", arena_of(object[0]));
	ck_assert_int_eq(mallctl(name, &ms, &len, NULL, 0), 0);
	ck_assert_int_eq((int)ms, 1234);
}
END_TEST

START_TEST(what_lies_given_back_in_the_pages_is_known_until_they_go)
{
	start(1);
	unsigned c = sizeclass_of(65536);
	fetch(0, c, 20);
	ck_assert_uint_eq(backend_left_bytes(), 0);
	backend_release(0, c, 15, object);
	ck_assert_uint_eq(backend_left_bytes(), 15 * 65536);
	fetch(0, c, 5);
	ck_assert_uint_eq(backend_left_bytes(), 10 * 65536);
	backend_flush(BACKEND_KEEP_PAGES);
	ck_assert_uint_eq(backend_left_bytes(), 10 * 65536);
	backend_flush(BACKEND_PURGE_PAGES);
	ck_assert_uint_eq(backend_left_bytes(), 0);
}
END_TEST

START_TEST(a_flush_says_whether_all_pages_went)
{
	start(2);
	fetch(0, 1, 1);
	ck_assert(!backend_flush(BACKEND_AGE_PAGES)); /* something was fetched */
	ck_assert(backend_flush(BACKEND_AGE_PAGES));
	ck_assert(!backend_flush(BACKEND_KEEP_PAGES));
	fetch(1, 1, 1);
	ck_assert(backend_flush(BACKEND_PURGE_PAGES));
}
END_TEST

static _Atomic bool broken;

static void *
fetch_and_release(void *shard)
{
	unsigned char tag = (unsigned char)(*(unsigned *)shard + 1);
	void *mine[96];
	for (unsigned round = 0; round < 200 && !broken; round++) {
		unsigned c = sizeclass_of(round % 2 ? 64 : 320);
		size_t size = sizeclass_pool[c].size, n = backend_fetch(*(unsigned *)shard, c, 96, mine);
		for (size_t i = 0; i < n; i++)
			memset(mine[i], tag, size);
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < size; k += 8)
				if (((unsigned char *)mine[i])[k] != tag || pagemap_of(mine[i]) != c)
					broken = true;
		backend_release(*(unsigned *)shard, c, n, mine);
		if (round % 16 == 0)
			backend_flush(round % 64 == 0 ? BACKEND_PURGE_PAGES : BACKEND_AGE_PAGES);
	}
	return NULL;
}

START_TEST(no_two_threads_are_given_the_same_object)
{
	unsigned shards[4] = { 0, 1, 0, 1 };
	pthread_t threads[4];

	start(2);
	for (unsigned i = 0; i < 4; i++)
		threads[i] = unit_thread(fetch_and_release, &shards[i]);
	for (unsigned i = 0; i < 4; i++)
		unit_join(threads[i]);
	ck_assert(!broken);
	ck_assert_uint_eq(backend_held_bytes(), 0);
}
END_TEST

START_TEST(without_memory_there_is_nothing_and_nothing_is_held)
{
	start(1);
	unsigned c = sizeclass_of(4 << 20);
	fetch(0, c, 1);
	uint64_t before = backend_held_bytes();
	unit_memory_is_gone(true);
	size_t got = backend_fetch(0, c, 4, object + 1);
	void *one = backend_fetch_one(0, c), *single = plain_malloc(64 << 20), *zeroed = plain_zalloc(64 << 20);
	unit_memory_is_gone(false);
	ck_assert_uint_eq(got, 0);
	ck_assert_ptr_null(one);
	ck_assert_ptr_null(single);
	ck_assert_ptr_null(zeroed);
	ck_assert_uint_eq(backend_held_bytes(), before);
	fetch(0, c, 4);
}
END_TEST

/* --- in every mixture with jemalloc's own calls ---------------------------------------------------------------------- */

START_TEST(an_in_place_resize_through_jemalloc_clears_the_page_map)
{
	start(1);
	unsigned c = sizeclass_of(65536);
	fetch(0, c, 8);
	for (unsigned i = 0; i < 8; i++) {
		size_t now = xallocx(object[i], 32768, 0, 0);
		ck_assert_uint_eq(now, 32768); /* shrinking in place always works */
		ck_assert_uint_eq(pagemap_of(object[i]), 0);
		plain_free(object[i]);
	}
}
END_TEST

START_TEST(growing_in_place_through_jemalloc_clears_the_page_map)
{
	unsigned grown = 0;

	start(1);
	unsigned c = sizeclass_of(65536);
	fetch(0, c, 64);
	qsort(object, 64, sizeof *object, by_address);
	for (unsigned i = 1; i < 64; i += 2) /* leaves a hole behind every second one */
		backend_release(0, c, 1, &object[i]);
	backend_flush(BACKEND_AGE_PAGES);
	for (unsigned i = 0; i < 64; i += 2)
		if (xallocx(object[i], 81920, 0, 0) >= 81920) {
			grown++;
			ck_assert_uint_eq(pagemap_of(object[i]), 0);
		} else {
			ck_assert_uint_eq(pagemap_of(object[i]), c);
		}
	ck_assert_uint_gt(grown, 0);
}
END_TEST

START_TEST(an_object_that_jemalloc_frees_leaves_no_trace_for_its_successor)
{
	start(1);
	unsigned large = sizeclass_of(65536), c = sizeclass_of(320);
	fetch(0, large, 64);
	for (unsigned i = 0; i < 64; i++)
		dallocx(object[i], 0); /* the program's own call, past us */
	backend_flush(BACKEND_PURGE_PAGES);
	fetch(0, c, 2000);
	for (unsigned i = 0; i < 2000; i++)
		ck_assert_uint_eq(pagemap_of(object[i]), c);
}
END_TEST

static extent_hooks_t *real_hooks, our_hooks;
static unsigned wanted_class;
static size_t filled = SIZE_MAX, new_source = SIZE_MAX;
static bool was_inside;
static void *single;

static void *
allocates_from_inside(extent_hooks_t *hooks, void *at, size_t n, size_t alignment, bool *zero, bool *commit, unsigned arena)
{
	(void)hooks;
	if (filled == SIZE_MAX) {
		was_inside = control_is_inside();
		filled = backend_fetch(0, wanted_class, 4, object);
		new_source = backend_fetch(1, wanted_class, 4, object); /* of whom there is no arena yet */
		single = backend_fetch_one(0, wanted_class);
	}
	return real_hooks->alloc(real_hooks, at, n, alignment, zero, commit, arena);
}

/* Whatever jemalloc calls while it works (its own background thread starts one of ours through pthread_create). */
START_TEST(a_call_from_inside_jemalloc_gets_one_object_but_no_batch)
{
	extent_hooks_t *hooks = &our_hooks;
	unsigned arena = 0;
	size_t len = sizeof real_hooks;

	start(2);
	ck_assert(!control_is_inside());
	wanted_class = sizeclass_of(320);
	fetch(0, wanted_class, 1);
	unsigned ours = arena_of(object[0]);
	ck_assert_int_eq(mallctl("arena.0.extent_hooks", &real_hooks, &len, NULL, 0), 0);
	our_hooks = *real_hooks;
	our_hooks.alloc = allocates_from_inside;
	len = sizeof arena;
	ck_assert_int_eq(mallctl("arenas.create", &arena, &len, &hooks, sizeof hooks), 0);
	void *outer = mallocx(1 << 20, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
	ck_assert_ptr_nonnull(outer);
	ck_assert_uint_ne(filled, SIZE_MAX); /* the hook was called */
	ck_assert(was_inside);
	ck_assert_uint_eq(filled, 0);
	ck_assert_uint_eq(new_source, 0);
	ck_assert_ptr_nonnull(single);
	/* Invariant P1: what the page map knows lies in an arena of ours. */
	if (pagemap_of(single) != 0)
		ck_assert_uint_eq(arena_of(single), ours);
}
END_TEST

/* With MALLOC_CONF=retain:false: what is purged is unmapped. */
START_TEST(unmapped_pages_are_not_ours)
{
	start(1);
	unsigned c = sizeclass_of(1 << 20);
	fetch(0, c, 64);
	backend_release(0, c, 64, object);
	backend_flush(BACKEND_PURGE_PAGES);
	for (unsigned i = 0; i < 64; i++)
		ck_assert_uint_eq(pagemap_of(object[i]), 0);
}
END_TEST

START_TEST(the_page_map_is_cleared_when_pages_are_unmapped)
{
	ck_assert(unit_again("unmapped", "MALLOC_CONF=retain:false", NULL));
}
END_TEST

/* --- single calls and figures ---------------------------------------------------------------------------------------- */

START_TEST(single_calls_are_not_pooled)
{
	start(1);
	unsigned char *p = plain_malloc(100), *z = plain_zalloc(100000), *a = plain_aligned(1 << 21, 10);
	ck_assert_uint_eq(pagemap_of(p), 0);
	ck_assert_uint_ge(plain_usable_size(p), 100);
	memset(p, 7, 100);
	p = plain_realloc(p, 1 << 20);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(p[i], 7);
	for (unsigned i = 0; i < 100000; i++)
		ck_assert_uint_eq(z[i], 0);
	ck_assert_uint_eq((uintptr_t)a % (1 << 21), 0);
	plain_free(p);
	plain_free(z);
	plain_free(a);
}
END_TEST

START_TEST(figures_are_those_of_this_moment)
{
	struct control_figures figures;

	start(1);
	ck_assert(control_read_figures(&figures));
	ck_assert_uint_gt(figures.allocated, 0);
	ck_assert_uint_ge(figures.active, figures.allocated);
	ck_assert_uint_ge(figures.mapped, figures.active);
	void *p = plain_malloc(8 << 20);
	ck_assert_uint_ge(allocated(), figures.allocated + (8 << 20));
	plain_free(p);
	ck_assert_uint_lt(allocated(), figures.allocated + (8 << 20));
}
END_TEST

int
main(void)
{
	TCase *rows = tcase_create("classes"), *batches = tcase_create("batches"), *mixed = tcase_create("mixed"),
	      *singles = tcase_create("singles");

	if (unit_is_again()) {
		TCase *unmapped = tcase_create("unmapped");
		tcase_add_test(unmapped, unmapped_pages_are_not_ours);
		return unit_run("backend again", unmapped, NULL);
	}
	tcase_add_test(rows, the_classes_are_those_of_jemalloc);
	tcase_add_test(rows, no_more_rows_are_written_than_there_is_room_for);
	tcase_add_test(rows, every_class_has_the_alignment_of_its_row);
	tcase_add_test(batches, every_object_is_another_one_of_its_class_and_is_marked);
	tcase_add_test(batches, pool_memory_comes_from_arenas_of_our_own_one_for_each_shard);
	tcase_add_test(batches, what_is_held_is_what_was_fetched_and_not_given_back);
	tcase_add_test(batches, room_in_partly_filled_slabs_is_used_before_fresh_ones);
	tcase_add_test(batches, a_batch_is_never_more_than_was_asked_for);
	tcase_add_test(batches, a_purge_of_everything_takes_the_programs_own_pages_too);
	tcase_add_test(batches, a_growing_class_has_whole_slabs);
	tcase_add_test(batches, pages_of_whole_slabs_are_there_before_they_are_touched);
	tcase_add_test(batches, zeroed_objects_are_zeros_whatever_was_there);
	tcase_add_test(batches, what_the_kernel_has_just_given_is_zeroed_without_a_touch);
	tcase_add_test(batches, one_object_past_the_caches_is_marked_when_the_shard_has_an_arena);
	tcase_add_test(batches, a_flush_gives_the_pages_to_the_kernel);
	tcase_add_test(batches, a_flush_leaves_nothing_in_the_explicit_caches);
	tcase_add_test(batches, before_a_fork_the_explicit_caches_are_empty);
	tcase_add_test(batches, pages_age_as_the_setting_says);
	tcase_add_test(batches, what_lies_given_back_in_the_pages_is_known_until_they_go);
	tcase_add_test(batches, a_flush_says_whether_all_pages_went);
	tcase_add_test(batches, no_two_threads_are_given_the_same_object);
	tcase_add_test(batches, without_memory_there_is_nothing_and_nothing_is_held);
	tcase_add_test(mixed, an_in_place_resize_through_jemalloc_clears_the_page_map);
	tcase_add_test(mixed, growing_in_place_through_jemalloc_clears_the_page_map);
	tcase_add_test(mixed, an_object_that_jemalloc_frees_leaves_no_trace_for_its_successor);
	tcase_add_test(mixed, a_call_from_inside_jemalloc_gets_one_object_but_no_batch);
	tcase_add_test(mixed, the_page_map_is_cleared_when_pages_are_unmapped);
	tcase_add_test(singles, single_calls_are_not_pooled);
	tcase_add_test(singles, figures_are_those_of_this_moment);
	return unit_run("backend", rows, batches, mixed, singles, NULL);
}
