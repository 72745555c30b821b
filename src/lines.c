/* See lines.h. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

bool
lines_open(struct lines *l, const char *path, char *buffer, size_t capacity)
{
	int saved = errno;

	l->buffer = buffer;
	l->capacity = capacity;
	l->start = l->end = 0;
	l->offset = 0;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &l->cancel);
	l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (l->fd < 0)
		pthread_setcancelstate(l->cancel, NULL);
	errno = saved;
	return l->fd >= 0;
}

void
lines_close(struct lines *l)
{
	int saved = errno;
	close(l->fd);
	pthread_setcancelstate(l->cancel, NULL);
	errno = saved;
}

/* Reads more behind what is there, leaving room for a NUL; false: nothing came. */
static bool
read_more(struct lines *l)
{
	int saved = errno;
	ssize_t got;

	memmove(l->buffer, l->buffer + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	while ((got = pread(l->fd, l->buffer + l->end, l->capacity - 1 - l->end, (off_t)l->offset)) < 0 && errno == EINTR)
		;
	errno = saved;
	if (got <= 0)
		return false;
	l->end += (size_t)got;
	l->offset += (size_t)got;
	return true;
}

static char *
newline_in(const struct lines *l)
{
	return memchr(l->buffer + l->start, '\n', l->end - l->start);
}

/* Passes over the rest of a line of which the buffer holds only the beginning, which stays where it is. */
static void
skip_rest(struct lines *l)
{
	char some[64];
	int saved = errno;
	ssize_t got;

	while ((got = pread(l->fd, some, sizeof some, (off_t)l->offset)) > 0 || (got < 0 && errno == EINTR)) {
		const char *newline = got > 0 ? memchr(some, '\n', (size_t)got) : NULL;
		l->offset += newline != NULL ? (size_t)(newline - some) + 1 : (size_t)(got > 0 ? got : 0);
		if (newline != NULL)
			break;
	}
	errno = saved;
}

char *
lines_next(struct lines *l)
{
	char *newline = newline_in(l);

	while (newline == NULL && (l->start > 0 || l->end < l->capacity - 1) && read_more(l))
		newline = newline_in(l);
	if (newline == NULL && l->end == l->start)
		return NULL;

	char *line = l->buffer + l->start;
	if (newline != NULL) {
		*newline = '\0';
		l->start = (size_t)(newline - l->buffer) + 1;
	} else {
		if (l->end - l->start == l->capacity - 1)
			skip_rest(l);
		l->buffer[l->end] = '\0';
		l->start = l->end;
	}
	return line;
}

bool
lines_number(const char **text, uint64_t *out)
{
	const char *at = *text;
	uint64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned digit = (unsigned)(*at - '0');
		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	if (at == *text)
		return false;
	*text = at;
	*out = value;
	return true;
}
