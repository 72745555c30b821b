/*
 * aligned [OBJECTS] - objects of 16 bytes to 8 KiB on boundaries of 32 to 4096 bytes, by posix_memalign and aligned_alloc in turns, 256 of them alive at a
 * time: buffers for vector instructions and direct I/O, C++ types with alignas.
 */
#include "clock.h"
#include "stamp.h"

enum { LIVE = 256, ALIGNMENTS = 8 };

int
main(int argc, char **argv)
{
	static const uint32_t alignments[ALIGNMENTS] = { 32, 64, 64, 64, 128, 256, 1024, 4096 };
	static uint32_t sizes[SEEDED_SIZES];
	static unsigned char *all[LIVE];
	static uint32_t size[LIVE], alignment[LIVE];
	size_t objects = clock_argument(argc, argv, 1, 1000000);
	struct seeded s = seeded_stream(0);
	seeded_sizes(&s, sizes, 16, 8192);
	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < objects; i++) {
		uint64_t r = seeded_next(&s);
		size_t at = r % LIVE;
		uint32_t to = alignments[(r >> 8) % ALIGNMENTS], want = (sizes[i % SEEDED_SIZES] + to - 1) & ~(to - 1);
		void *p = NULL;
		free(all[at]);
		if (i % 2 == 0)
			p = aligned_alloc(to, want);
		else if (posix_memalign(&p, to, want) != 0)
			p = NULL;
		all[at] = stamp_there(p);
		size[at] = want;
		alignment[at] = to;
		stamp_ends(p, want, at);
	}
	clock_report("aligned", clock_ns() - begun, (double)objects);
	for (size_t at = 0; at < LIVE; at++) {
		if (all[at] == NULL)
			continue;
		if ((uintptr_t)all[at] % alignment[at] != 0)
			stamp_wrong("an object does not stand on its boundary");
		stamp_check_ends(all[at], size[at], at);
		free(all[at]);
	}
	return 0;
}
