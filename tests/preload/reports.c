/* reports - mallinfo, malloc_info, malloc_stats and mallopt say what is so. */
#include <limits.h>
#include <malloc.h>

#include "check.h"

#define MIB ((size_t)1 << 20)
#define BLOCKS 40

/* Figures may be a second old. */
static void
wait_until_in_use(size_t least, size_t most)
{
	long end = now_ms() + 5000;
	struct mallinfo2 info;
	do {
		info = mallinfo2();
		if (info.uordblks + info.hblkhd >= least && info.uordblks + info.hblkhd <= most)
			return;
		sleep_ms(50);
	} while (now_ms() < end);
	dprintf(2, "reports: %zu bytes in use are reported, between %zu and %zu were expected\n", info.uordblks + info.hblkhd,
	        least, most);
	_exit(1);
}

static void
mallinfo_follows_the_program(void)
{
	static void *at[BLOCKS];
	struct mallinfo2 before = mallinfo2();
	size_t base = before.uordblks + before.hblkhd;
	for (int i = 0; i < BLOCKS; i++) {
		check((at[i] = malloc(MIB)) != NULL);
		memset(at[i], 1, MIB);
	}
	wait_until_in_use(base + (BLOCKS - 1) * MIB, base + 2 * BLOCKS * MIB);
	struct mallinfo2 full = mallinfo2();
	check(full.arena + full.hblkhd >= full.uordblks);
	for (int i = 0; i < BLOCKS; i++)
		free(at[i]);
	wait_until_in_use(0, base + BLOCKS / 2 * MIB);
}

static void
the_old_form_saturates(void)
{
	if (sizeof(size_t) < 8 || !under_tidepool() || getenv("TIDEPOOL_RESET") != NULL)
		return; /* glibc's wraps around; and what is freed would be overwritten, all 5 GiB of it */
	void *p = opaque(malloc((size_t)5 << 30)); /* never touched */
	if (p == NULL)
		return; /* a machine that does not overcommit */
	wait_until_in_use((size_t)5 << 30, (size_t)7 << 30);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	struct mallinfo info = mallinfo();
#pragma GCC diagnostic pop
	check(info.arena == INT_MAX && info.uordblks == INT_MAX);
	check(info.fordblks >= 0 && info.keepcost >= 0);
	free(p);
}

/* The number behind `name` in the text after `where`. */
static unsigned long
number_after(const char *text, const char *where, const char *name)
{
	const char *at = strstr(text, where);
	check(at != NULL);
	check((at = strstr(at, name)) != NULL);
	return strtoul(at + strlen(name), NULL, 10);
}

static void
malloc_info_writes_xml(void)
{
	static void *small[1000];
	for (int i = 0; i < 1000; i++)
		small[i] = opaque(malloc(100));
	for (int i = 0; i < 1000; i++)
		free(small[i]);
	static char text[65536];
	FILE *file = fmemopen(text, sizeof(text), "w");
	check(file != NULL);
	check(malloc_info(1, file) != 0);
	check(malloc_info(0, file) == 0);
	check(fclose(file) == 0);
	check(strncmp(text, "<malloc version=\"1\">\n", 21) == 0);
	check(strstr(text, "</malloc>\n") != NULL);
	check(number_after(text, "<system type=\"current\"", "size=\"") > 0);
	if (under_tidepool() && getenv("TIDEPOOL_CLASSES") == NULL && getenv("TIDEPOOL_CAP") == NULL &&
	    getenv("TIDEPOOL_DISABLE") == NULL && getenv("TIDEPOOL_EPOCH") == NULL) {
		check(strstr(text, "<size from=\"97\" to=\"112\"") != NULL);
		check(number_after(text, "<total type=\"fast\"", "count=\"") >= 100);
		check(number_after(text, "<total type=\"fast\"", "size=\"") >= 10000);
	}
}

static void
malloc_stats_writes_to_stderr(void)
{
	int ends[2], saved = dup(2);
	check(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
	close(ends[1]);
	malloc_stats();
	fflush(stderr);
	check(dup2(saved, 2) == 2);
	close(saved);
	static char text[16384];
	ssize_t used = read(ends[0], text, sizeof(text) - 1);
	check(used > 0);
	close(ends[0]);
	check(number_after(text, "Total", "system bytes     =") > 0);
	check(number_after(text, "Total", "in use bytes     =") > 0);
}

static void
mallopt_knows_what_it_is_asked(void)
{
	check(mallopt(M_MMAP_THRESHOLD, 64 * 1024) == 1);
	check(mallopt(M_TRIM_THRESHOLD, 256 * 1024) == 1);
	check(mallopt(M_ARENA_MAX, 2) == 1);
	check(mallopt(M_PERTURB, 0) == 1);
	if (under_tidepool()) {
		check(mallopt(M_PERTURB, 0x55) == 0);
		check(mallopt(4711, 1) == 0);
	}
}

int
main(void)
{
	mallinfo_follows_the_program();
	the_old_form_saturates();
	malloc_info_writes_xml();
	malloc_stats_writes_to_stderr();
	mallopt_knows_what_it_is_asked();
	return 0;
}
