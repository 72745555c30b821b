/*
 * frames - the memory under addresses: taken away from some, and laid under others without going through the kernel's hands.
 *
 * A page of a block that was freed is as good under a new block as a fresh one, which the kernel would have to find and to clear: some
 * 50 ns to move it against 500 to 1000 for a page fault. Moved are mappings (mremap with MREMAP_DONTUNMAP, Linux 5.7), so nobody's address changes.
 *
 * What is moved keeps its old offset in the kernel's books, and does not become one mapping with its neighbours. So what is dropped is mapped
 * anew once something was moved: the list of mappings grows with the blocks that are alive, and not with the moves. As the system ends
 * that list somewhere (vm.max_map_count, 65,530), the mappings are counted after every FRAMES_MOVES moves, and nothing is moved where they are many.
 *
 * Callers     any thread, one that may lie in jemalloc's locks too; the ranges are the caller's alone. frames_recount: with no lock of jemalloc's
 * Fails       nothing is moved, nothing is dropped; errno is kept
 */
#ifndef TIDEPOOL_FRAMES_H
#define TIDEPOOL_FRAMES_H

#include "base.h"

/* Moving is not known to be impossible. */
bool frames_can_move(void);

#define FRAMES_MOVES 4096       /* between two counts */
#define FRAMES_MAPPINGS 16384   /* with more, nothing is moved */

/* From time to time: counts the mappings, if it is time to. */
void frames_recount(void);

/* Never move anything. */
void frames_forbid(void);

/* Lays memory from under [from, from + n) under [to, to + room), from its beginning on, whose own goes away. All are multiples of the page size,
 * and private anonymous memory. Returns how many bytes of `to` it was enough for; what `from` then has is anybody's guess. */
size_t frames_move(char *from, size_t n, char *to, size_t room);

/* [p, p + n) has no memory any more, and reads as zeros. False: it has (it is locked, say). */
bool frames_drop(char *p, size_t n);

#endif
