/* See dump.h. */
#include "dump.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dump_file.h"
#include "options.h"
#include "request.h"
#include "shield.h"
#include "signame.h"

bool (*dump_wake_hook)(void);

enum {
	BUFFER_BYTES = 16 << 10,
	WAIT_MS = 2000,        /* for another thread's dump */
	QUEUED_MAX = 1 << 16,  /* signals taken off the queue at once: a sender without end must not hold us here */
};

/* --- the turn (the argument stands in dump.h) ----------------------------- */

enum {
	REQUESTED = 1,
	WRITING = 2,
	ANSWER_SHIFT = 2 /* above: what request_read gives, for answers */
};
static atomic_uint turn;
static unsigned taken; /* the requests that the holder of the turn has taken with it */

static void
ask(unsigned what)
{
	atomic_fetch_or_explicit(&turn, what, memory_order_release); /* sync: dump.request */
	atomic_thread_fence(memory_order_seq_cst);                   /* sync: dump.wake */
}

static bool
asked(unsigned now)
{
	return (now & ~(unsigned)WRITING) != 0;
}

/* Takes the turn, and with it all requests so far. only_if_asked: not without one. keep_requests: they stay for a later dump. */
static bool
take_turn(bool only_if_asked, bool keep_requests)
{
	unsigned now = atomic_load_explicit(&turn, memory_order_relaxed); /* sync: none; the compare-and-swap decides */

	do {
		if ((now & WRITING) || (only_if_asked && !asked(now)))
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&turn, &now, keep_requests ? (now | WRITING) : WRITING,
	    memory_order_acquire, memory_order_relaxed)); /* sync: dump.turn, dump.request */
	taken = keep_requests ? 0 : now;
	return true;
}

/* False: a request has come meanwhile. The turn is still the caller's, what is asked is in `taken`, and he owes it. */
static bool
give_turn_back(void)
{
	unsigned now = WRITING;

	if (atomic_compare_exchange_strong_explicit(&turn, &now, 0, memory_order_release, memory_order_relaxed)) /* sync: dump.turn */
		return true;
	taken = atomic_fetch_and_explicit(&turn, WRITING, memory_order_acquire); /* sync: dump.request */
	return false;
}

/* --- what the holder of the turn owns ------------------------------------- */

static struct snapshot snapshot;
static char buffer[BUFFER_BYTES];
static struct snapshot_mark last; /* what the dump before had */
static unsigned long written;     /* dumps of this process so far */

/* --- the signal ----------------------------------------------------------- */

static bool installed;
static void serve(enum snapshot_mode mode, bool merge_queued);

/* What the signal asks for, as bits of the turn's word. */
static unsigned
wanted_by(const siginfo_t *info)
{
	unsigned answer = info->si_code == SI_QUEUE ? request_read(info->si_value.sival_int) : 0;

	return answer ? answer << ANSWER_SHIFT : REQUESTED;
}

static void
on_signal(int sig, siginfo_t *info, void *context)
{
	int error = errno;

	(void)sig;
	(void)context;
	ask(wanted_by(info));
	if (!dump_wake_hook || !dump_wake_hook())
		serve(SNAPSHOT_HANDLER, true);
	errno = error;
}

static bool
is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_signal;
}

/* The present disposition of our signal; false: there is no such signal. */
static bool
look_up(struct sigaction *now)
{
	return options.signal != 0 && sigaction(options.signal, NULL, now) == 0;
}

static bool
is_simply(const struct sigaction *action, void (*handler)(int))
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == handler;
}

void
dump_install(void)
{
	struct sigaction now, ours = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	int error = errno;

	if (look_up(&now) && is_simply(&now, SIG_DFL)) {
		shield_set(&ours.sa_mask);
		installed = sigaction(options.signal, &ours, NULL) == 0;
	}
	errno = error;
}

static const char *
signal_name(int sig)
{
	static char name[3 + SIGNAME_MAX] = "SIG"; /* the turn's holder's */

	signame_text(sig, name + 3);
	return name;
}

/* Asked again for every dump: the program may install a handler whenever it likes, and then the signal is the program's. */
static const char *
signal_state(void)
{
	struct sigaction now;

	if (options.signal == 0)
		return "none";
	if (!look_up(&now))
		return "refused by the system";
	if (is_ours(&now))
		return signal_name(options.signal);
	if (is_simply(&now, SIG_IGN))
		return "taken by the application (ignored)";
	if (is_simply(&now, SIG_DFL))
		return installed ? "taken by the application (set back: it would end the process)" : "not installed";
	return "taken by the application";
}

/* --- one dump ------------------------------------------------------------- */

static const struct format_kind {
	const char *name, *ending;
	mode_t mode; /* whose a file is; the umask is still applied */
	void (*write)(struct writer *w, const struct snapshot *s, const char *signal_state);
} formats[] = {
	[FORMAT_TEXT] = { "text", ".txt", 0600, dump_text },
	[FORMAT_JSON] = { "json", ".json", 0600, dump_json },
	/* a collector is another user; there is no name and no setting in it */
	[FORMAT_PROMETHEUS] = { "prometheus", ".prom", 0644, dump_prometheus },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct format_kind *writing; /* the turn's holder's */

static bool
write_figures(int fd)
{
	struct writer w;

	writer_init(&w, buffer, sizeof(buffer), fd);
	writing->write(&w, &snapshot, signal_state());
	if (writer_flush(&w))
		return true;
	errno = w.error;
	return false;
}

static void
complain(const char *where)
{
	int error = errno;
	const char *name = strerrorname_np(error);
	struct writer w;

	writer_init(&w, buffer, sizeof(buffer), STDERR_FILENO);
	writer_str(&w, "tidepool: no dump in ");
	writer_json(&w, where); /* one line, whatever the program is called */
	writer_str(&w, ": ");
	if (name)
		writer_str(&w, name);
	else
		writer_i64(&w, error);
	writer_char(&w, '\n');
	writer_flush(&w);
	errno = error;
}

/* The path of this format's file. It is the pattern's as it is where that can only mean one format. */
static bool
name_file(const char *path)
{
	static const char *const endings[] = { ".txt", ".json", ".prom", NULL };
	bool is_the_only_one = options.format == 1u << (writing - formats);

	return (path ? dump_file_literal(path) : dump_file_expand(options.dump, written + 1)) &&
	    (is_the_only_one || dump_file_end(writing->ending, endings));
}

static bool
write_file(const char *path)
{
	return name_file(path) && dump_file_write(write_figures, writing->mode);
}

/* One dump, by the holder of the turn. False with the first errno, and a line on stderr for each file that there is not. */
static bool
write_dump(const char *path, enum snapshot_mode mode)
{
	bool to_stderr = !path && strcmp(options.dump, "stderr") == 0, any = false;
	int error = 0;

	snapshot_take(&snapshot, mode);
	snapshot_compare(&snapshot, &last);
	for (writing = formats; writing < formats + FORMATS; writing++) {
		if ((options.format >> (writing - formats) & 1) == 0)
			continue;
		if (to_stderr ? write_figures(STDERR_FILENO) : write_file(path)) {
			any = true;
			continue;
		}
		if (error == 0)
			error = errno;
		complain(to_stderr ? "stderr" : dump_file_path());
	}
	if (any) {
		snapshot_set_mark(&last, &snapshot);
		written++;
	}
	if (error != 0)
		errno = error;
	return error == 0;
}

/* The answers to a queued request (request.h), by the holder of the turn: all formats show the same moment, and are no dump of
 * which the next one tells what has happened since. */
static void
write_answers(unsigned wanted, enum snapshot_mode mode)
{
	snapshot_take(&snapshot, mode);
	snapshot_compare(&snapshot, &last);
	for (writing = formats; writing < formats + FORMATS; writing++) {
		if ((wanted >> (writing - formats) & 1) == 0)
			continue;
		if (!dump_file_answer((wanted & REQUEST_IN_TMP) ? NULL : options.dump, writing->name) || !dump_file_write(write_figures, 0600))
			complain(dump_file_path());
	}
}

/* --- who writes, and when ------------------------------------------------- */

static void
write_what_is_taken(enum snapshot_mode mode)
{
	if (taken & REQUESTED)
		write_dump(NULL, mode);
	if (taken >> ANSWER_SHIFT)
		write_answers(taken >> ANSWER_SHIFT, mode);
}

static void
answer_until_none_is_left(enum snapshot_mode mode)
{
	while (!give_turn_back())
		write_what_is_taken(mode);
}

/* Takes what is queued of our signal off the queue, while the signal is ours; what it asks for, or 0. The shield is up. */
static unsigned
take_queued_requests(void)
{
	struct sigaction now;
	siginfo_t info;
	sigset_t one;
	unsigned wanted = 0;

	if (!look_up(&now) || !is_ours(&now))
		return 0;
	sigemptyset(&one);
	sigaddset(&one, options.signal);
	for (int i = 0; i < QUEUED_MAX && sigtimedwait(&one, &info, &(const struct timespec){ 0 }) == options.signal; i++)
		wanted |= wanted_by(&info);
	return wanted;
}

/*
 * merge_queued: in the handler. Signals that are queued were sent before this moment, so the dump that is begun now answers
 * them too: ten thousand in a row make a few dumps, not ten thousand. Asked again for them, as they may be younger than a dump
 * that somebody else has begun since the handler asked.
 */
static void
serve(enum snapshot_mode mode, bool merge_queued)
{
	struct shield shield;
	int error = errno;
	unsigned queued;

	shield_up(&shield);
	if (merge_queued && (queued = take_queued_requests()) != 0)
		ask(queued);
	if (take_turn(true, false)) {
		write_what_is_taken(mode);
		answer_until_none_is_left(mode);
	}
	shield_down(&shield);
	errno = error;
}

void
dump_serve(enum snapshot_mode mode)
{
	atomic_thread_fence(memory_order_seq_cst); /* sync: dump.wake */
	/* sync: none; the fence has it. Looked at first, as an epoch mostly ends without a request */
	if (asked(atomic_load_explicit(&turn, memory_order_relaxed)))
		serve(mode, false);
}

/* A thread may wait for another's dump, some milliseconds long; a handler never. Polled, as it is so rare. */
static bool
wait_for_turn(bool keep_requests, enum snapshot_mode mode)
{
	for (int waited = 0; !take_turn(false, keep_requests); waited++) {
		if (mode == SNAPSHOT_HANDLER || waited == WAIT_MS)
			return false;
		nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return true;
}

bool
dump_write(const char *path, enum snapshot_mode mode)
{
	struct shield shield;
	int error = errno;
	bool good = false;

	shield_up(&shield);
	if (wait_for_turn(path != NULL, mode)) {
		good = write_dump(path, mode);
		if (!good)
			error = errno;
		taken &= ~(unsigned)REQUESTED; /* has just been answered */
		write_what_is_taken(mode);
		answer_until_none_is_left(mode);
	} else {
		error = EBUSY;
		if (!path) {
			ask(REQUESTED);
			serve(mode, false); /* unless he has ended meanwhile, he does it */
		}
	}
	shield_down(&shield);
	errno = error;
	return good;
}

void
dump_end(void)
{
	int error = errno;

	/* The turn is kept: whoever asks from now on finds somebody writing, and goes on. */
	wait_for_turn(true, SNAPSHOT_THREAD);
	errno = error;
}

void
dump_fork_child(void)
{
	dump_file_fork_child();
	atomic_store_explicit(&turn, 0, memory_order_relaxed); /* sync: none; the only thread there is */
	last = (struct snapshot_mark){ 0 };
	written = 0;
}

void
dump_ask(unsigned answer)
{
	ask(answer != 0 ? answer << ANSWER_SHIFT : REQUESTED);
}
