/*
 * budget - the bytes that may be cached: a cap that holds at every moment, and the marks that ask for a rotation.
 *
 * What is counted is not objects but room: every magazine reserves the bytes that it can hold at most when it is made, and
 * gives them back when it is dismantled. So nothing is counted while objects move, and still
 *
 *     cached bytes ≤ reserved bytes ≤ cap                 at every moment, on any number of threads.
 *
 * Owns        the counter of reserved bytes (written once when a magazine is made and once when it is dismantled, never in
 *             between) and that of fetched ones (once for each refill from jemalloc)
 * Callers     any thread
 * Fails       budget_reserve is false when the cap would be passed: the caller goes without
 */
#ifndef TIDEPOOL_BUDGET_H
#define TIDEPOOL_BUDGET_H

#include "base.h"

void budget_init(uint64_t cap);

/* Reserves bytes; false (and nothing reserved) over the cap. Crossing a mark calls budget_hook, once for each time that marks
 * are set. */
bool budget_reserve(size_t bytes);
void budget_return(size_t bytes);

uint64_t budget_reserved(void);
uint64_t budget_cap(void);

/*
 * What asks for a rotation, set anew after each one:
 *   level    reserved bytes from which the next rotation should come early
 *   fuel     bytes fetched from jemalloc after which it should: the program grows while what is cached lies unused
 *   limit    reserved bytes from which frees help: a full magazine goes back to jemalloc at once, and not to the shared level. So a
 *            thread that frees faster than rotations can release stays bounded
 *   lead     reserved bytes by which frees may pass the limit: all of it for objects of 128 bytes and more, less for smaller ones, whose
 *            magazines are memory themselves
 */
struct budget_marks {
	uint64_t level, fuel, limit, lead;
};
void budget_set_marks(const struct budget_marks *marks);

/* n bytes were fetched from jemalloc. At most once for each refill. */
void budget_fetched(size_t bytes);

/* Not more than so much of the fuel is left. */
void budget_cut_fuel(uint64_t bytes);

/* All of the fuel is used. */
bool budget_fuel_used(void);

/* The limit is passed, with the lead of objects of that size. */
bool budget_pressed(size_t size);

extern void (*budget_hook)(void); /* set by boot; called with locks held: it may only wake somebody */

#endif
