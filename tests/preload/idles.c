/*
 * idles - a program that has allocated a little and then does nothing: with one thread, no slow path, until its stdin ends.
 *
 * usage: idles [busy]   busy: it goes on allocating, on one thread, in ways that need slow paths
 */
#include <poll.h>

#include "check.h"

static int
stdin_has_ended(int wait_ms)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	return poll(&in, 1, wait_ms) != 0;
}

int
main(int argc, char **argv)
{
	void *p[64];

	(void)argv;
	for (int i = 0; i < 64; i++)
		p[i] = malloc(100);
	for (int i = 0; i < 64; i++)
		free(p[i]);
	if (argc == 1) {
		while (!stdin_has_ended(-1))
			;
		return 0;
	}
	while (!stdin_has_ended(0)) {
		static void *many[3000];
		for (int i = 0; i < 3000; i++)
			many[i] = malloc((size_t)(i % 700) + 1);
		for (int i = 0; i < 3000; i++)
			free(many[i]);
	}
	return 0;
}
