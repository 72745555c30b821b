/* See trigger.h. */
#include "trigger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"
#include "epoch.h"
#include "options.h"
#include "pattern.h"
#include "value.h"

#define LOOK_MS 100
#define LINE_MAX_BYTES 64 /* of the control file that are read */

/* --- by the clock ------------------------------------------------------------ */

static _Atomic uint64_t due; /* epoch_clock; 0: the clock has not been started */

/* Asks if it is time to; of two who come at once one. Returns the moment of the next dump. */
static uint64_t
look_at_the_clock(void)
{
	uint64_t now = epoch_clock(), at = atomic_load_explicit(&due, memory_order_relaxed); /* sync: none, the exchange decides */

	if (options.dump_every_ms == 0)
		return UINT64_MAX;
	if (now < at)
		return at;
	/* From now, not from when it was due: after a long sleep one dump is enough. sync: none, a hint */
	if (atomic_compare_exchange_strong_explicit(&due, &at, now + options.dump_every_ms, memory_order_relaxed, memory_order_relaxed) &&
	    at != 0)
		dump_ask(0);
	return now + options.dump_every_ms;
}

/* --- by the control file ------------------------------------------------------- */

static bool
is_a_request(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == geteuid() && file.st_nlink == 1;
}

/* The formats that the first line names, as request_read gives them; 0: none, a plain request. */
static unsigned
read_formats(int fd)
{
	char line[LINE_MAX_BYTES];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	unsigned formats; /* a bit for each, as in the value of a queued signal */

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, " \t\r\n")] = '\0';
	return value_words(line, "text json prometheus", &formats) ? formats : 0;
}

/* Owned by who looks: a slow path may run on a small stack. */
static _Atomic bool looking;
static char path[PATH_MAX];

static void
answer(void)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool good = fd >= 0 && is_a_request(fd);
	unsigned formats = good ? read_formats(fd) : 0;

	if (fd >= 0)
		close(fd);
	if (good && unlink(path) == 0)
		dump_ask(formats);
}

static void
look_for_the_file(void)
{
	struct stat there;

	if (atomic_exchange_explicit(&looking, true, memory_order_acquire)) /* sync: trigger.look */
		return;
	/* lstat first: as long as nobody asks, no descriptor comes into being */
	if (pattern_expand(options.control, 0, path, sizeof(path)) && lstat(path, &there) == 0 && S_ISREG(there.st_mode))
		answer();
	atomic_store_explicit(&looking, false, memory_order_release); /* sync: trigger.look */
}

/* --- both ----------------------------------------------------------------------- */

static bool
has_control(void)
{
	return strcmp(options.control, "off") != 0;
}

bool
trigger_is_set(void)
{
	return options.dump_every_ms != 0 || has_control();
}

uint64_t
trigger_look(void)
{
	int saved = errno;
	uint64_t next = look_at_the_clock(), soon = epoch_clock() + LOOK_MS;

	if (has_control()) {
		look_for_the_file();
		next = next < soon ? next : soon;
	}
	errno = saved;
	return next;
}

void
trigger_fork_child(void)
{
	atomic_store_explicit(&due, 0, memory_order_relaxed);         /* sync: none; the only thread there is */
	atomic_store_explicit(&looking, false, memory_order_relaxed); /* sync: none; the only thread there is */
}
