/* See writer.h. */
#include "writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIGITS_MAX 20 /* of 2^64 - 1 */
#define STALL_NS 500000000L

/* Whether a non-blocking file takes something again before our patience ends. All signals wait: a profiling timer would
 * otherwise start the wait anew for ever. */
static bool
has_room_soon(int fd)
{
	struct pollfd file = { .fd = fd, .events = POLLOUT };
	const struct timespec patience = { .tv_nsec = STALL_NS };
	sigset_t all;

	sigfillset(&all);
	return ppoll(&file, 1, &patience, &all) > 0;
}

static bool
write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, s, n);

		if (done > 0) {
			s += done;
			n -= (size_t)done;
		} else if (done == 0 || (errno != EINTR && (errno != EAGAIN || !has_room_soon(fd)))) {
			return false;
		}
	}
	return true;
}

/*
 * write_all, unnoticed by the program we are a guest of: a SIGPIPE that we caused is taken back (one that was pending
 * before is the program's and stays), and a thread with a cancellation pending is not unwound from inside malloc.
 */
static bool
write_unnoticed(int fd, const char *s, size_t n)
{
	const struct timespec at_once = { 0 };
	sigset_t pipe_signal, mask, pending;
	int cancel;
	bool whole, was_pending;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigemptyset(&pending);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &mask);
	whole = write_all(fd, s, n);
	if (!whole && errno == EPIPE && !was_pending)
		while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	pthread_setcancelstate(cancel, NULL);
	return whole;
}

void
writer_init(struct writer *w, char *buffer, size_t capacity, int fd)
{
	w->buffer = buffer;
	w->capacity = capacity;
	w->len = 0;
	w->fd = fd;
	w->failed = false;
	w->error = 0;
}

bool
writer_flush(struct writer *w)
{
	int saved = errno;

	if (w->fd < 0)
		return !w->failed;
	if (w->len > 0 && !w->failed && !write_unnoticed(w->fd, w->buffer, w->len)) {
		w->failed = true;
		w->error = errno;
	}
	w->len = 0;
	errno = saved;
	return !w->failed;
}

bool
writer_terminate(struct writer *w)
{
	if (w->capacity == 0)
		return false;
	if (w->len == w->capacity) {
		w->len--;
		w->failed = true;
	}
	w->buffer[w->len] = '\0';
	return !w->failed;
}

void
writer_mem(struct writer *w, const char *s, size_t n)
{
	while (n > 0 && !w->failed) {
		size_t part = size_min(n, w->capacity - w->len);

		if (part > 0)
			memcpy(w->buffer + w->len, s, part);
		w->len += part;
		s += part;
		n -= part;
		if (n == 0)
			return;
		if (w->fd < 0 || w->capacity == 0)
			w->failed = true;
		else
			writer_flush(w);
	}
}

void
writer_char(struct writer *w, char c)
{
	writer_mem(w, &c, 1);
}

void
writer_str(struct writer *w, const char *s)
{
	writer_mem(w, s, strlen(s));
}

static void
repeat(struct writer *w, char c, unsigned n)
{
	while (n-- > 0)
		writer_char(w, c);
}

/* The decimal digits of v, most significant first, into out; returns how many. */
static unsigned
digits_of(uint64_t v, char out[static DIGITS_MAX])
{
	char reversed[DIGITS_MAX];
	unsigned n = 0;

	do {
		reversed[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	for (unsigned i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

void
writer_u64(struct writer *w, uint64_t v)
{
	writer_right(w, v, 0);
}

void
writer_i64(struct writer *w, int64_t v)
{
	if (v < 0)
		writer_char(w, '-');
	writer_u64(w, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
writer_hex(struct writer *w, uint64_t v)
{
	unsigned shift = 60;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	writer_str(w, "0x");
	for (;; shift -= 4) {
		writer_char(w, "0123456789abcdef"[v >> shift & 15]);
		if (shift == 0)
			return;
	}
}

void
writer_fixed(struct writer *w, uint64_t v, unsigned decimals)
{
	char digits[DIGITS_MAX];
	unsigned n = digits_of(v, digits);
	unsigned whole = n > decimals ? n - decimals : 0;

	writer_mem(w, whole > 0 ? digits : "0", whole > 0 ? whole : 1);
	if (decimals == 0)
		return;
	writer_char(w, '.');
	repeat(w, '0', decimals - (n - whole));
	writer_mem(w, digits + whole, n - whole);
}

void
writer_bytes(struct writer *w, uint64_t v)
{
	static const char units[] = "KMGTPE";
	unsigned unit = 0; /* 0: bytes, 1: K, … */
	uint64_t whole, rest, tenths;

	while (unit < sizeof units - 1 && v >> (10 * (unit + 1)) > 0)
		unit++;
	whole = v >> (10 * unit);
	rest = v - (whole << (10 * unit));
	if (rest == 0) {
		writer_u64(w, whole);
	} else {
		/* rest < 2^60, so neither the product nor the half that rounds it leaves 64 bits */
		tenths = whole * 10 + ((rest * 10 + (UINT64_C(1) << (10 * unit - 1))) >> (10 * unit));
		if (tenths == 10240 && unit < sizeof units - 1) {
			tenths = 10;
			unit++;
		}
		writer_fixed(w, tenths, 1);
	}
	if (unit > 0)
		writer_char(w, units[unit - 1]);
}

/* Bytes of the well-formed UTF-8 sequence at s, or 0 (The Unicode Standard, table 3-7: no overlong forms, no surrogates,
 * nothing past U+10FFFF). The NUL that ends s is no continuation byte, so nothing behind it is read. */
static size_t
utf8_sequence(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void
writer_json(struct writer *w, const char *s)
{
	writer_char(w, '"');
	for (size_t n; *s != '\0'; s += n) {
		unsigned char c = (unsigned char)*s;

		n = utf8_sequence((const unsigned char *)s);
		if (n == 0) {
			writer_str(w, "\\ufffd");
			n = 1;
		} else if (c < 0x20 || c == 0x7f) {
			writer_str(w, "\\u00");
			writer_char(w, (char)('0' + (c >> 4)));
			writer_char(w, "0123456789abcdef"[c & 15]);
		} else {
			if (c == '"' || c == '\\')
				writer_char(w, '\\');
			writer_mem(w, s, n);
		}
	}
	writer_char(w, '"');
}

void
writer_right(struct writer *w, uint64_t v, unsigned width)
{
	char digits[DIGITS_MAX];
	unsigned n = digits_of(v, digits);

	repeat(w, ' ', width > n ? width - n : 0);
	writer_mem(w, digits, n);
}

void
writer_right_bytes(struct writer *w, uint64_t v, unsigned width)
{
	char text[DIGITS_MAX];
	struct writer inner;

	writer_init(&inner, text, sizeof text, -1);
	writer_bytes(&inner, v);
	repeat(w, ' ', width > inner.len ? width - (unsigned)inner.len : 0);
	writer_mem(w, text, inner.len);
}

void
writer_left(struct writer *w, const char *s, unsigned width)
{
	unsigned columns = 0;

	for (const char *at = s; *at != '\0'; at++)
		columns += ((unsigned char)*at & 0xc0) != 0x80;
	writer_str(w, s);
	repeat(w, ' ', width > columns ? width - columns : 0);
}
