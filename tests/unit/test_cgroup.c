/* Tests of the room cgroup: every format, each version, and where they are mounted. */
#include "cgroup.h"

#include <errno.h>

#include "fake_root.h"

#define MIB ((uint64_t)1 << 20)
#define V2 "/sys/fs/cgroup"
#define V1 "/sys/fs/cgroup/memory"
#define NO_STALLS "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"

static void
set_up(void)
{
	make_fake_root();
	cgroup_init(fake_root);
}

static void
mounted(const char *v2_base, const char *v2_point, const char *v1_base, const char *v1_point)
{
	char text[1000] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
			  "35 31 0:32 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n";
	if (v2_point != NULL)
		sprintf(text + strlen(text), "41 31 0:38 %s %s rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n", v2_base, v2_point);
	if (v1_point != NULL)
		sprintf(text + strlen(text), "36 31 0:33 %s %s rw - cgroup cgroup rw,memory\n", v1_base, v1_point);
	put("/proc/self/mountinfo", text);
}

/* The one level there is. */
static void
one_level(uint64_t limit, uint64_t used)
{
	uint64_t found_limit, found_used;
	ck_assert(cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), 1);
	ck_assert(cgroup_read(0, &found_limit, &found_used));
	ck_assert_uint_eq(found_limit, limit);
	ck_assert_uint_eq(found_used, used);
}

static void
v2_in(const char *own, const char *base, const char *point)
{
	char line[200];
	snprintf(line, sizeof(line), "0::%s\n", own);
	put("/proc/self/cgroup", line);
	mounted(base, point, NULL, NULL);
}

START_TEST(v2_has_limit_and_use)
{
	v2_in("/app.slice/it", "/", V2);
	put_number(V2 "/app.slice/it/memory.max", 64 * MIB);
	put(V2 "/app.slice/it/memory.high", "max\n");
	put_number(V2 "/app.slice/it/memory.current", 10 * MIB);
	one_level(64 * MIB, 10 * MIB);
}
END_TEST

START_TEST(v2_high_counts_when_it_is_lower)
{
	v2_in("/it", "/", V2);
	put_number(V2 "/it/memory.max", 64 * MIB);
	put_number(V2 "/it/memory.high", 48 * MIB);
	put_number(V2 "/it/memory.current", 10 * MIB);
	one_level(48 * MIB, 10 * MIB);
	put(V2 "/it/memory.max", "max\n");
	one_level(48 * MIB, 10 * MIB);
	put_number(V2 "/it/memory.max", 32 * MIB);
	one_level(32 * MIB, 10 * MIB);
	take_away(V2 "/it/memory.high"); /* older than 4.5 */
	one_level(32 * MIB, 10 * MIB);
}
END_TEST

START_TEST(max_is_no_limit_but_may_become_one)
{
	v2_in("/it", "/", V2);
	put(V2 "/it/memory.max", "max\n");
	put(V2 "/it/memory.high", "max\n");
	put_number(V2 "/it/memory.current", 10 * MIB);
	ck_assert(cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), 0);
	put_number(V2 "/it/memory.max", 20 * MIB);
	one_level(20 * MIB, 10 * MIB);
}
END_TEST

START_TEST(a_limit_that_is_lifted_is_none)
{
	uint64_t limit, used;
	v2_in("/it", "/", V2);
	put_number(V2 "/it/memory.max", 20 * MIB);
	put_number(V2 "/it/memory.current", 10 * MIB);
	one_level(20 * MIB, 10 * MIB);
	put(V2 "/it/memory.max", "max\n");
	ck_assert(!cgroup_read(0, &limit, &used));
	take_away(V2 "/it/memory.max");
	ck_assert(!cgroup_read(0, &limit, &used));
}
END_TEST

/* What a limit may look like, and whether it is one. */
static const struct { const char *text; bool is_limit; uint64_t bytes; } spellings[] = {
	{ "1\n", true, 1 },
	{ "0\n", true, 0 },
	{ "67108864", true, 67108864 },
	{ "1152921504606846975\n", true, ((uint64_t)1 << 60) - 1 },
	{ "1152921504606846976\n", false, 0 },
	{ "9223372036854771712\n", false, 0 }, /* v1's none with pages of 4 KiB … */
	{ "9223372036854710272\n", false, 0 }, /* … and of 64 KiB */
	{ "9223372036854775807\n", false, 0 },
	{ "18446744073709551615\n", false, 0 },
	{ "99999999999999999999999999\n", false, 0 },
	{ "max\n", false, 0 },
	{ "-1\n", false, 0 },
	{ "", false, 0 },
	{ "\n", false, 0 },
	{ "nonsense\n", false, 0 },
};

START_TEST(huge_numbers_and_nonsense_are_no_limit)
{
	v2_in("/it", "/", V2);
	put(V2 "/it/memory.max", spellings[_i].text);
	put_number(V2 "/it/memory.current", 10 * MIB);
	if (spellings[_i].is_limit) {
		one_level(spellings[_i].bytes, 10 * MIB);
	} else {
		cgroup_find();
		ck_assert_uint_eq(cgroup_levels(), 0);
	}
}
END_TEST

START_TEST(limits_of_the_cgroups_above_are_found_from_the_own_one_upwards)
{
	uint64_t limit, used;
	v2_in("/a/b/c", "/", V2);
	put_number(V2 "/a/memory.max", 90 * MIB);
	put_number(V2 "/a/memory.current", 30 * MIB);
	put(V2 "/a/b/memory.max", "max\n");
	put_number(V2 "/a/b/memory.current", 20 * MIB);
	put_number(V2 "/a/b/c/memory.max", 50 * MIB);
	put_number(V2 "/a/b/c/memory.current", 10 * MIB);
	put_number("/sys/fs/memory.max", 1); /* above the mount point: not a cgroup */
	put_number("/sys/fs/memory.current", 1);
	ck_assert(cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), 2);
	ck_assert(cgroup_read(0, &limit, &used));
	ck_assert_uint_eq(limit, 50 * MIB);
	ck_assert_uint_eq(used, 10 * MIB);
	ck_assert(cgroup_read(1, &limit, &used));
	ck_assert_uint_eq(limit, 90 * MIB);
	ck_assert_uint_eq(used, 30 * MIB);
}
END_TEST

START_TEST(of_very_many_cgroups_the_nearest_are_taken)
{
	char own[200] = "", path[400];
	uint64_t limit, used;

	for (int i = 1; i <= CGROUP_LEVELS_MAX + 4; i++) {
		sprintf(own + strlen(own), "/level%d", i);
		snprintf(path, sizeof(path), V2 "%s/memory.max", own);
		put_number(path, 1000u + (unsigned)i);
		snprintf(path, sizeof(path), V2 "%s/memory.current", own);
		put_number(path, 1);
	}
	v2_in(own, "/", V2);
	ck_assert(cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), CGROUP_LEVELS_MAX);
	ck_assert(cgroup_read(0, &limit, &used));
	ck_assert_uint_eq(limit, 1000 + CGROUP_LEVELS_MAX + 4);
}
END_TEST

/* In a container: which part of the hierarchy is mounted, and what the process's cgroup is called. */
static const struct { const char *own, *base, *found; } containers[] = {
	{ "/", "/", V2 },                            /* a namespace of its own */
	{ "/docker/abc", "/docker/abc", V2 },        /* none, and only its part is mounted */
	{ "/docker/abc/x", "/docker/abc", V2 "/x" },
	{ "/", "/docker/abc", V2 },
	{ "/docker/abcd", "/docker/abc", V2 },       /* not inside */
	{ "/../other", "/", V2 },                    /* outside of the namespace */
	{ "/docker/abc", "/../..", V2 },
	{ "/docker/abc", "/", V2 "/docker/abc" },
	{ "/a (deleted)", "/", V2 "/a (deleted)" },
};

START_TEST(in_a_container_the_path_is_what_lies_below_the_mount)
{
	char path[300];
	v2_in(containers[_i].own, containers[_i].base, V2);
	snprintf(path, sizeof(path), "%s/memory.max", containers[_i].found);
	put_number(path, 64 * MIB);
	snprintf(path, sizeof(path), "%s/memory.current", containers[_i].found);
	put_number(path, 10 * MIB);
	one_level(64 * MIB, 10 * MIB);
}
END_TEST

START_TEST(the_mount_that_shows_the_own_cgroup_is_taken)
{
	put("/proc/self/cgroup", "0::/docker/abc\n");
	put("/proc/self/mountinfo", "40 31 0:38 /docker/other /mnt/first rw - cgroup2 none rw\n"
				    "41 31 0:38 /docker /mnt/a\\040b\\134c rw master:3 propagate_from:2 - cgroup2 none rw\n"
				    "42 31 0:38 / /mnt/last rw - cgroup2 none rw\n"
				    "43 31 0:38 / /mnt/cut\n"
				    "44 31 0:38 /\n");
	put_number("/mnt/first/memory.max", 1);
	put_number("/mnt/first/memory.current", 1);
	put_number("/mnt/a b\\c/abc/memory.max", 64 * MIB);
	put_number("/mnt/a b\\c/abc/memory.current", 10 * MIB);
	put_number("/mnt/last/docker/abc/memory.max", 1);
	put_number("/mnt/last/docker/abc/memory.current", 1);
	one_level(64 * MIB, 10 * MIB);
}
END_TEST

static void
v1_files(const char *folder, uint64_t limit, uint64_t used)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/memory.limit_in_bytes", folder);
	put_number(path, limit);
	snprintf(path, sizeof(path), "%s/memory.usage_in_bytes", folder);
	put_number(path, used);
}

START_TEST(v1_has_limit_and_use_up_to_the_root)
{
	uint64_t limit, used;
	put("/proc/self/cgroup", "9:name=systemd:/other\n5:cpu,cpuacct:/other\n4:memory:/a/b\n3:pids:/other\n");
	mounted(NULL, NULL, "/", V1);
	v1_files(V1 "/a/b", 32 * MIB, 8 * MIB);
	v1_files(V1 "/a", 9223372036854771712u, 9 * MIB);
	v1_files(V1, 100 * MIB, 10 * MIB);
	ck_assert(cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), 2);
	ck_assert(cgroup_read(0, &limit, &used));
	ck_assert_uint_eq(limit, 32 * MIB);
	ck_assert_uint_eq(used, 8 * MIB);
	ck_assert(cgroup_read(1, &limit, &used));
	ck_assert_uint_eq(limit, 100 * MIB);
}
END_TEST

START_TEST(v1_may_share_its_mount_with_other_controllers)
{
	put("/proc/self/cgroup", "4:cpu,memory,freezer:/it\n");
	put("/proc/self/mountinfo", "30 1 0:30 / /sys/fs/cgroup/mixed rw,nosuid shared:1 - cgroup cgroup rw,cpu,memory,freezer\n");
	v1_files("/sys/fs/cgroup/mixed/it", 32 * MIB, 8 * MIB);
	one_level(32 * MIB, 8 * MIB);
}
END_TEST

START_TEST(in_a_hybrid_the_limit_is_from_v1_and_the_stalls_from_v2)
{
	struct cgroup_stalls s;
	put("/proc/self/cgroup", "4:memory:/limits/it\n0::/session/it\n");
	mounted("/", "/sys/fs/cgroup/unified", "/", V1);
	v1_files(V1 "/limits/it", 32 * MIB, 8 * MIB);
	put("/sys/fs/cgroup/unified/session/it/memory.pressure", "some avg10=3.07 avg60=0.00 avg300=0.00 total=99\n");
	put("/proc/pressure/memory", NO_STALLS);
	one_level(32 * MIB, 8 * MIB);
	ck_assert(cgroup_read_stalls(&s));
	ck_assert_uint_eq(s.hundredths, 307);
	ck_assert_uint_eq(s.total_us, 99);
}
END_TEST

START_TEST(without_mountinfo_the_usual_places_are_tried)
{
	put("/proc/self/cgroup", "4:memory:/it\n0::/it\n");
	v1_files(V1 "/it", 32 * MIB, 8 * MIB);
	one_level(32 * MIB, 8 * MIB);
	cgroup_forget();
	put_number(V2 "/it/memory.max", 16 * MIB);
	put_number(V2 "/it/memory.current", 4 * MIB);
	take_away(V1 "/it/memory.limit_in_bytes");
	one_level(16 * MIB, 4 * MIB);
}
END_TEST

START_TEST(a_process_that_was_moved_is_found_again)
{
	v2_in("/before", "/", V2);
	put_number(V2 "/before/memory.max", 64 * MIB);
	put_number(V2 "/before/memory.current", 10 * MIB);
	put_number(V2 "/after/memory.max", 32 * MIB);
	put_number(V2 "/after/memory.current", 5 * MIB);
	one_level(64 * MIB, 10 * MIB);
	put("/proc/self/cgroup", "0::/after\n");
	one_level(32 * MIB, 5 * MIB);
}
END_TEST

START_TEST(pages_of_files_are_counted_by_the_names_of_each_version)
{
	put("/proc/self/cgroup", "4:memory:/it\n0::/it\n");
	mounted("/", V2 "/unified", "/", V1);
	v1_files(V1 "/it", 32 * MIB, 8 * MIB);
	put(V1 "/it/memory.stat", "cache 1\ninactive_file 2\nactive_file 3\ntotal_cache 7\ntotal_inactive_file 1000\ntotal_active_file 200\n");
	one_level(32 * MIB, 8 * MIB);
	ck_assert_uint_eq(cgroup_file_pages(0), 1200);

	v2_in("/it", "/", V2);
	cgroup_forget();
	put_number(V2 "/it/memory.max", 16 * MIB);
	put_number(V2 "/it/memory.current", 4 * MIB);
	put(V2 "/it/memory.stat", "anon 1\nfile 2\ninactive_anon 9\nactive_anon 9\ninactive_file 30\nactive_file 400\nunevictable 7\n");
	one_level(16 * MIB, 4 * MIB);
	ck_assert_uint_eq(cgroup_file_pages(0), 430);
	put(V2 "/it/memory.stat", "inactive_file\nactive_file x\n");
	ck_assert_uint_eq(cgroup_file_pages(0), 0);
	take_away(V2 "/it/memory.stat");
	ck_assert_uint_eq(cgroup_file_pages(0), 0);
}
END_TEST

static const struct { const char *text; bool good; struct cgroup_stalls is; } stalls[] = {
	{ NO_STALLS, true, { 0, 0 } },
	{ "some avg10=12.34 avg60=5.00 avg300=1.00 total=123456789\nfull avg10=99.00 avg60=0 avg300=0 total=5\n", true, { 1234, 123456789 } },
	{ "some avg10=100.00 avg60=0.00 avg300=0.00 total=18446744073709551615", true, { 10000, UINT64_MAX } },
	{ "some avg10=99999999999999999999999.00 avg60=0.00 avg300=0.00 total=1", true, { 100000, 1 } },
	{ "some avg10=7 total=8\n", true, { 700, 8 } },
	{ "some avg10=7.5 total=8\n", true, { 700, 8 } },
	{ "full avg10=12.34 avg60=5.00 avg300=1.00 total=123456789\n", false, { 0, 0 } },
	{ "some avg10=1.00 avg60=5.00 avg300=1.00\n", false, { 0, 0 } },
	{ "some avg10= avg60=5.00 avg300=1.00 total=1\n", false, { 0, 0 } },
	{ "some avg10=1.00 total=\n", false, { 0, 0 } },
	{ "\n", false, { 0, 0 } },
	{ "", false, { 0, 0 } },
};

START_TEST(stalls_are_a_share_and_a_sum)
{
	struct cgroup_stalls s;
	put("/proc/pressure/memory", stalls[_i].text);
	ck_assert_int_eq(cgroup_find(), stalls[_i].good);
	ck_assert_int_eq(cgroup_read_stalls(&s), stalls[_i].good);
	if (stalls[_i].good) {
		ck_assert_uint_eq(s.hundredths, stalls[_i].is.hundredths);
		ck_assert_uint_eq(s.total_us, stalls[_i].is.total_us);
	}
}
END_TEST

START_TEST(stalls_of_the_own_cgroup_go_before_the_machines)
{
	struct cgroup_stalls s;
	v2_in("/it", "/", V2);
	put("/proc/pressure/memory", "some avg10=50.00 avg60=0 avg300=0 total=5\n");
	put(V2 "/it/memory.pressure", "some avg10=2.00 avg60=0 avg300=0 total=3\n");
	ck_assert(cgroup_find() && cgroup_read_stalls(&s));
	ck_assert_uint_eq(s.hundredths, 200);
	put(V2 "/it/memory.pressure", ""); /* switched off by cgroup.pressure */
	ck_assert(cgroup_find() && cgroup_read_stalls(&s));
	ck_assert_uint_eq(s.hundredths, 5000);
}
END_TEST

START_TEST(where_nothing_is_there_nothing_is_found)
{
	struct cgroup_stalls s;
	unsigned before = open_files();
	ck_assert(!cgroup_find());
	ck_assert_uint_eq(cgroup_levels(), 0);
	ck_assert(!cgroup_read_stalls(&s));
	put("/proc/self/cgroup", "0::/it\n::\n:\nnonsense\n\n4:memory\n");
	mounted("/", V2, "/", V1);
	errno = 1234;
	ck_assert(!cgroup_find());
	ck_assert_int_eq(errno, 1234);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

START_TEST(paths_that_are_too_long_are_not_followed)
{
	char text[3000];
	strcpy(text, "0::/");
	memset(text + 4, 'a', 2000);
	strcpy(text + 2004, "\n4:memory:/it\n");
	put("/proc/self/cgroup", text);
	mounted("/", V2 "/unified", "/", V1);
	v1_files(V1 "/it", 32 * MIB, 8 * MIB);
	one_level(32 * MIB, 8 * MIB);
	memset(text + 4, 'a', 900); /* fits, but not together with the mount point and a file's name */
	strcpy(text + 904, "\n4:memory:/it\n");
	memset(text + 4, 'b', 900);
	put("/proc/self/cgroup", text);
	one_level(32 * MIB, 8 * MIB);
	memset(text, 'r', 1100);
	text[0] = '/';
	text[1100] = '\0';
	cgroup_init(text); /* is no root then */
	cgroup_find();
}
END_TEST

START_TEST(the_real_files_of_this_machine_are_understood)
{
	struct cgroup_stalls s;
	uint64_t limit, used;
	unsigned before = open_files();
	cgroup_init(NULL);
	cgroup_find();
	for (unsigned i = 0; i < cgroup_levels(); i++)
		ck_assert(cgroup_read(i, &limit, &used) && cgroup_file_pages(i) <= used + limit);
	ck_assert_int_eq(cgroup_read_stalls(&s), access("/proc/pressure/memory", R_OK) == 0);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, remove_fake_root);
	tcase_add_test(all, v2_has_limit_and_use);
	tcase_add_test(all, v2_high_counts_when_it_is_lower);
	tcase_add_test(all, max_is_no_limit_but_may_become_one);
	tcase_add_test(all, a_limit_that_is_lifted_is_none);
	tcase_add_loop_test(all, huge_numbers_and_nonsense_are_no_limit, 0, (int)SIZE_OF(spellings));
	tcase_add_test(all, limits_of_the_cgroups_above_are_found_from_the_own_one_upwards);
	tcase_add_test(all, of_very_many_cgroups_the_nearest_are_taken);
	tcase_add_loop_test(all, in_a_container_the_path_is_what_lies_below_the_mount, 0, (int)SIZE_OF(containers));
	tcase_add_test(all, the_mount_that_shows_the_own_cgroup_is_taken);
	tcase_add_test(all, v1_has_limit_and_use_up_to_the_root);
	tcase_add_test(all, v1_may_share_its_mount_with_other_controllers);
	tcase_add_test(all, in_a_hybrid_the_limit_is_from_v1_and_the_stalls_from_v2);
	tcase_add_test(all, without_mountinfo_the_usual_places_are_tried);
	tcase_add_test(all, a_process_that_was_moved_is_found_again);
	tcase_add_test(all, pages_of_files_are_counted_by_the_names_of_each_version);
	tcase_add_loop_test(all, stalls_are_a_share_and_a_sum, 0, (int)SIZE_OF(stalls));
	tcase_add_test(all, stalls_of_the_own_cgroup_go_before_the_machines);
	tcase_add_test(all, where_nothing_is_there_nothing_is_found);
	tcase_add_test(all, paths_that_are_too_long_are_not_followed);
	tcase_add_test(all, the_real_files_of_this_machine_are_understood);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
