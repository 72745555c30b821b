/*
 * columns - what a page for a person is set from: labels, columns of figures, shares, times.
 *
 * Owns        nothing
 * Callers     any thread, any signal handler; one writer is used by one caller at a time
 * Fails       never by itself; the writer remembers
 */
#ifndef TIDEPOOL_COLUMNS_H
#define TIDEPOOL_COLUMNS_H

#include "writer.h"

/* The left margin, with a word in it. */
void columns_label(struct writer *w, const char *name);

/* A name that somebody else chose, on one line: what is no character becomes '?'. In place, or written. */
void columns_make_plain(char *s);
void columns_plain(struct writer *w, const char *s);

/* Columns always have a blank in front, so that enormous numbers push a table apart but never run together. */
void columns_number(struct writer *w, uint64_t v, unsigned width);
void columns_bytes(struct writer *w, uint64_t v, unsigned width);

/* part of whole in %, with one decimal; a dash when there is nothing to have a share of. */
void columns_share(struct writer *w, uint64_t part, uint64_t whole, unsigned width);

/* Thousandths, rounded down: 100.0% is never said of what is not all. */
uint64_t columns_share_of(uint64_t part, uint64_t whole);

/* 250ms, 12.345s, 4m 07s, 3h 04m 07s, 12d 03h 04m */
void columns_time(struct writer *w, uint64_t ms);

#endif
