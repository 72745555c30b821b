/* extents: large steps have huge pages on request, until the first of their pages goes back. */
#include "extents.h"
#include "sizeclass.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static void *held[16384];

static size_t size = 4096;

/* n objects from jemalloc, each touched when asked for. */
static void
fetch(unsigned n, bool touch)
{
	unsigned c = sizeclass_of(size);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(backend_fetch(0, c, 1, &held[i]), 1);
		if (touch)
			*(char *)held[i] = 1;
	}
}

static void
release(unsigned n)
{
	backend_release(0, sizeclass_of(size), n, held);
}

/* KiB of a line of smaps, over all mappings that have the flag (VmFlags), or any for NULL. */
static size_t
smaps(const char *line, const char *flag)
{
	char text[512];
	size_t sum = 0, now = 0;
	FILE *f = fopen("/proc/self/smaps", "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(text, sizeof text, f) != NULL) {
		if (strncmp(text, line, strlen(line)) == 0)
			now = strtoul(text + strlen(line), NULL, 10);
		else if (strncmp(text, "VmFlags:", 8) == 0)
			sum += flag == NULL || strstr(text, flag) != NULL ? now : 0;
	}
	fclose(f);
	return sum;
}

static bool
kernel_gives_on_request(void)
{
	char text[64] = "";
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	if (f == NULL)
		return false;
	bool said = fgets(text, sizeof text, f) != NULL && strstr(text, "[madvise]") != NULL;
	fclose(f);
	return said;
}

static void
start(void)
{
	extents_set_huge(true);
	unit_start(1, "TIDEPOOL_CLASSES=1-1M", NULL);
}

START_TEST(a_small_pool_has_small_pages)
{
	start();
	fetch(4096, true); /* 16 MiB */
	ck_assert_uint_eq(extents_huge_bytes(), 0);
	ck_assert_uint_eq(smaps("Size:", " hg"), 0);
}
END_TEST

START_TEST(large_steps_have_huge_pages)
{
	start();
	fetch(16384, true); /* 64 MiB */
	ck_assert_uint_ge(extents_huge_bytes(), (uint64_t)20 << 20);
	ck_assert_uint_ge(smaps("Size:", " hg") << 10, extents_huge_bytes());
	if (kernel_gives_on_request())
		ck_assert_uint_gt(smaps("AnonHugePages:", " hg"), 0);
}
END_TEST

START_TEST(objects_that_need_not_be_touched_have_small_pages)
{
	start();
	size = 64 << 10;
	fetch(1024, true); /* one page of sixteen */
	ck_assert_uint_eq(extents_huge_bytes(), 0);
	ck_assert_uint_lt(smaps("Rss:", NULL), 32 << 10);
}
END_TEST

START_TEST(what_was_not_touched_costs_no_more_than_a_huge_page)
{
	start();
	fetch(16384, false);
	ck_assert_uint_lt(smaps("Rss:", " hg"), 4096);
}
END_TEST

START_TEST(what_goes_back_goes_for_good)
{
	start();
	fetch(16384, true);
	size_t before = smaps("Rss:", NULL);
	release(16384);
	backend_flush(BACKEND_PURGE_PAGES);
	ck_assert_uint_le(extents_huge_bytes(), 16 << 20); /* the last step, of which nobody has had more than a first object */
	ck_assert_uint_le(smaps("Rss:", " hg"), 2048);
	ck_assert_uint_lt(smaps("Rss:", NULL) + (60 << 10), before);
}
END_TEST

START_TEST(not_asked_for_there_are_none)
{
	start();
	extents_set_huge(false);
	fetch(16384, true);
	ck_assert_uint_eq(extents_huge_bytes(), 0);
	ck_assert_uint_eq(smaps("Size:", " hg"), 0);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("huge pages");

	tcase_add_test(tests, a_small_pool_has_small_pages);
	tcase_add_test(tests, large_steps_have_huge_pages);
	tcase_add_test(tests, objects_that_need_not_be_touched_have_small_pages);
	tcase_add_test(tests, what_was_not_touched_costs_no_more_than_a_huge_page);
	tcase_add_test(tests, what_goes_back_goes_for_good);
	tcase_add_test(tests, not_asked_for_there_are_none);
	return unit_run("extents", tests, NULL);
}
