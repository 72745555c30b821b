/*
 * outgrows - a program that frees 32 MiB of small objects, never wants their like again, and then grows by 32 MiB of large blocks.
 *
 * usage: outgrows [FILE LIMIT]
 *
 * Within a cgroup of 64 MiB it lives only when what it has freed goes back to the kernel in time. With FILE and LIMIT (bytes) it plays
 * the kernel itself: it puts its resident set into FILE (by way of memory.next in the working folder), as memory.current would
 * have it, and ends with status 3 when that is over LIMIT.
 */
#include "check.h"

#define MIB ((size_t)1 << 20)
#define SMALL 1024
#define SMALLS (32 * MIB / SMALL)
#define LARGE (2 * MIB) /* not pooled */
#define LARGES 16
#define STEP_MS 100
#define MIDDLE 8192
#define MIDDLES 64 /* of them fit in no magazine: that many come and go, so that slow paths are taken */

static void *smalls[SMALLS];
static void *larges[LARGES];

static void
play_the_kernel(char **file_and_limit)
{
	char text[32];
	long resident = resident_kib() * 1024;

	if (file_and_limit[0] == NULL)
		return;
	if (resident > atol(file_and_limit[1]))
		_exit(3);
	/* renamed, so that nobody ever finds it half written */
	int fd = open("memory.next", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	check(fd >= 0);
	int n = snprintf(text, sizeof(text), "%ld\n", resident);
	check(write(fd, text, (size_t)n) == n);
	close(fd);
	check(rename("memory.next", file_and_limit[0]) == 0);
}

static void
come_and_go(void)
{
	void *at[MIDDLES];
	for (unsigned i = 0; i < MIDDLES; i++)
		check((at[i] = opaque(malloc(MIDDLE))) != NULL);
	for (unsigned i = 0; i < MIDDLES; i++)
		free(at[i]);
}

int
main(int argc, char **argv)
{
	(void)argc;
	for (size_t i = 0; i < SMALLS; i++) {
		check((smalls[i] = opaque(malloc(SMALL))) != NULL);
		fill(smalls[i], SMALL, (unsigned)i);
	}
	for (size_t i = 0; i < SMALLS; i++)
		free(smalls[i]);
	for (unsigned i = 0; i < LARGES; i++) {
		check((larges[i] = opaque(malloc(LARGE))) != NULL);
		fill(larges[i], LARGE, i);
		for (unsigned k = 0; k < 20; k++)
			come_and_go();
		/* twice a step, so that what is released in between is seen */
		play_the_kernel(argv + 1);
		sleep_ms(STEP_MS);
		play_the_kernel(argv + 1);
	}
	for (unsigned i = 0; i < LARGES; i++)
		check(holds(larges[i], LARGE, i));
	return 0;
}
