/*
 * trigger - dumps that no signal asks for: by the clock (TIDEPOOL_DUMP_EVERY), and by a control file (TIDEPOOL_CONTROL).
 *
 * The control file is a request that somebody makes: a file of the process's own user at the path that was set. It is looked for ten
 * times a second, taken away, and answered. Why a file, and not a socket or a FIFO: those need a descriptor that stays open, which
 * the program that we are a guest of may close and reuse, hands to its children, and counts; and somebody who waits on it, also
 * where there is no thread. A path that is looked up leaves nothing behind between two looks, can't block, and needs no more than
 * touch(1) on the other side.
 *
 * Who may ask: whoever can make a regular file that belongs to the process's effective user, with no second name, at that path - so
 * nobody but that user, who may send signals too, and root. A link of either kind, a device, a file of somebody else are passed
 * over, and what can't be taken away is no request: it would be one for ever. The file may name formats (text,json,prometheus) and
 * gets an answer then, as a queued signal does (request.h); it should come by a rename, so that it is whole when it is seen.
 *
 * Who looks: the epoch thread, which with one of these two settings starts with the first slow path and stays as long as the program
 * has threads. Without it (TIDEPOOL_BACKGROUND=off, TIDEPOOL_EPOCH=off, refused) slow paths look at the clock, and a program that
 * allocates nothing answers nothing.
 *
 * Owns        the moment of the next dump by the clock
 * Callers     trigger_look: the epoch thread and slow paths; not a signal handler. The others: boot
 * Sync table  nothing to exclude: of two who look at once one gets the file, and one the dump
 * Edges       trigger.look   the end of a look (release) -> the next one's begin (acquire): the static path
 * Fails       never; what can't be read is no request
 */
#ifndef TIDEPOOL_TRIGGER_H
#define TIDEPOOL_TRIGGER_H

#include "base.h"

/* One of the two settings is there. */
bool trigger_is_set(void);

/* Asks for the dump that is due, and for the one that the control file asks for (dump_ask; dump_serve writes it). Returns the moment of
 * the next look, by epoch_clock; UINT64_MAX: never. */
uint64_t trigger_look(void);

/* A child's first dump is a whole period away. */
void trigger_fork_child(void);

#endif
