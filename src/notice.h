/*
 * notice - a line on stderr that is said once for a process tree.
 *
 * A tree is a process that carries the library and whose parent does not, and all below it that do. Who says something first makes a
 * file for the tree, /tmp/tidepool.said.PID.START of its first process, and whoever finds it is silent. START is when that process
 * began, in ticks since the machine did, so that no later process with the same number is meant. The environment is left alone:
 * a mark in it would be seen by the program, and would reach children but no siblings.
 *
 * Owns        nothing
 * Callers     any thread; not a signal handler (it opens files)
 * Fails       where the file can't be made (no /tmp, no /proc) the line is said each time
 */
#ifndef TIDEPOOL_NOTICE_H
#define TIDEPOOL_NOTICE_H

#include "base.h"

/* Writes "tidepool: ", the parts up to a NULL, and a newline, if nothing was said in this tree. errno is kept. True: it was written. */
bool notice_once(const char *const parts[]);

#endif
