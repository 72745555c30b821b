/*
 * budget - the bytes that may be cached: a cap that holds at every moment, and a level that asks for a rotation.
 *
 * What is counted is not objects but room: every magazine reserves the bytes that it can hold at most when it is made, and
 * gives them back when it is dismantled. So nothing is counted while objects move, and still
 *
 *     cached bytes ≤ reserved bytes ≤ cap                 at every moment, on any number of threads.
 *
 * Owns        the one counter (written once when a magazine is made and once when it is dismantled, never in between)
 * Callers     any thread
 * Fails       budget_reserve is false when the cap would be passed: the caller goes without
 */
#ifndef TIDEPOOL_BUDGET_H
#define TIDEPOOL_BUDGET_H

#include "base.h"

void budget_init(uint64_t cap);

/* Reserves bytes; false (and nothing reserved) over the cap. Crossing the level calls budget_hook, once for each time that
 * the level is set. */
bool budget_reserve(size_t bytes);
void budget_return(size_t bytes);

uint64_t budget_reserved(void);
uint64_t budget_cap(void);

/* Reserved bytes from which the next rotation should come early. */
void budget_set_level(uint64_t bytes);
extern void (*budget_hook)(void); /* set by boot; called with locks held: it may only wake somebody */

#endif
