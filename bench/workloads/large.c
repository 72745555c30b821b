/*
 * large [OBJECTS] - six buffers of 64 KiB to 25 MiB are alive at a time, one of which is replaced at each step and every page of it touched: images,
 * frames of a video, files that are read whole.
 */
#include "clock.h"
#include "stamp.h"

enum { LIVE = 6, LEAST = 64 << 10, MOST = 25 << 20, PAGE = 4096 };

int
main(int argc, char **argv)
{
	size_t objects = clock_argument(argc, argv, 1, 400), size[LIVE] = { 0 };
	unsigned char *all[LIVE] = { NULL };
	struct seeded s = seeded_stream(0);
	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < objects; i++) {
		size_t at = seeded_below(&s, LIVE);
		free(all[at]);
		size[at] = seeded_size(&s, LEAST, MOST);
		all[at] = stamp_there(malloc(size[at]));
		for (size_t k = 0; k < size[at]; k += PAGE)
			all[at][k] = (unsigned char)(at + size[at] / PAGE);
	}
	clock_report("large", clock_ns() - begun, (double)objects);
	for (size_t at = 0; at < LIVE; at++) {
		for (size_t k = 0; k < size[at]; k += PAGE)
			if (all[at][k] != (unsigned char)(at + size[at] / PAGE))
				stamp_wrong("a buffer does not hold what was written to it");
		free(all[at]);
	}
	return 0;
}
