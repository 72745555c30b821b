/*
 * file - a whole file as text.
 *
 * Owns        nothing: a text is the caller's, who frees it
 * Callers     the one thread of the command
 * Fails       NULL and errno; EFBIG past FILE_MAX
 */
#ifndef TIDEPOOL_COMMAND_FILE_H
#define TIDEPOOL_COMMAND_FILE_H

#include "base.h"

#define FILE_MAX (64 << 20)

/* The content with a NUL behind it; *size (NULL: not asked for) is its length. Files of /proc, pipes too. */
char *file_read(const char *path, size_t *size);
char *file_read_descriptor(int fd, size_t *size);

#endif
