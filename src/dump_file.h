/*
 * dump_file - a file that appears whole under its name, or not at all.
 *
 * Hides from dump where the bytes are until they are complete: in a temporary file beside the final one, which never existed
 * before (O_EXCL), is reached through no link (O_NOFOLLOW), is nobody else's to read but where the caller says so, and goes through
 * no exec (O_CLOEXEC).
 *
 * Owns        the two paths and the descriptor of the one file that is being written
 * Callers     whoever has the turn of a dump, in a handler too; dump_file_fork_child: the child's only thread
 * Fails       false and errno (EEXIST: a device or a pipe has the name); then nothing of the file is left
 */
#ifndef TIDEPOOL_DUMP_FILE_H
#define TIDEPOOL_DUMP_FILE_H

#include <sys/types.h>

#include "base.h"

/* The path from a pattern: %p pid, %n the number, %e the program (a '/' in it becomes '_'), %% a percent sign; anything else
 * stands for itself. False with ENAMETOOLONG. */
bool dump_file_expand(const char *pattern, unsigned long number);

/* The path as it is. False with ENAMETOOLONG. */
bool dump_file_literal(const char *path);

/* tidepool.PID.answer.ENDING in the folder of what the pattern expands to; pattern NULL or "stderr": in /tmp. False with
 * ENAMETOOLONG. */
bool dump_file_answer(const char *pattern, const char *ending);

/* Gives the path this ending, in the place of one of the known ones (up to a NULL) that it has. False with ENAMETOOLONG. */
bool dump_file_end(const char *ending, const char *const known[]);

/* What these have made, for a message; cut when it was too long. */
const char *dump_file_path(void);

/* Opens the temporary file; `fill` writes into fd and returns false with errno when it can't; then the file gets its name.
 * mode: who may read it, less the umask. */
bool dump_file_write(bool (*fill)(int fd), mode_t mode);

/* The descriptor of a file under way in the parent is closed. errno is kept. */
void dump_file_fork_child(void);

#endif
