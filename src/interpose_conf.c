/*
 * interpose_conf - what jemalloc is told at its start: the weak symbol of its own that it reads first.
 *
 * By default each thread's first call has it make an automatic cache, 28 KB from arena 0, and choose an arena (of which the first threads
 * make one each, 91 KB). Where all that such a cache could hold is pooled nothing ever uses it, and giving it up afterwards leaves
 * the memory dirty in arena 0. So there is none at first, and backend.c asks for it in threads that do need one. A program's own
 * malloc_conf comes before ours, MALLOC_CONF after it: then the cache is made, and given up.
 */
#include "base.h"

extern const char *malloc_conf;
EXPORT const char *malloc_conf = "tcache:false";
