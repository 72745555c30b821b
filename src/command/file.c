/* See file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char *
give_up(char *text, int error)
{
	free(text);
	errno = error;
	return NULL;
}

char *
file_read_descriptor(int fd, size_t *size)
{
	size_t have = 0, room = 0;
	char *text = NULL, *larger;
	ssize_t got;

	for (;;) {
		if (room - have < 4096) {
			room = room == 0 ? 16 << 10 : room * 2;
			larger = room > FILE_MAX ? NULL : realloc(text, room + 1);
			if (larger == NULL)
				return give_up(text, room > FILE_MAX ? EFBIG : ENOMEM);
			text = larger;
		}
		got = read(fd, text + have, room - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return give_up(text, errno);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	text[have] = '\0';
	if (size != NULL)
		*size = have;
	return text;
}

char *
file_read(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	char *text;

	if (fd < 0)
		return NULL;
	text = file_read_descriptor(fd, size);
	error = errno;
	close(fd);
	errno = error;
	return text;
}
