/*
 * dump - the request by a signal, and the file that answers it.
 *
 * Hides from the rooms below that a program can be asked for its figures at any moment, from anywhere.
 *
 * Owns        the signal's disposition, while it is ours; the one static snapshot and buffer, which belong to whoever has the turn
 * Callers     dump_install, dump_fork_child: boot; dump_serve: the epoch thread; dump_write: any thread. All of it may run in
 *             a handler
 * Sync table  nothing to exclude: one writes at a time, whoever finds somebody writing goes on
 * Edges       dump.request  ask (release) -> take_turn (acquire): the dump shows what happened before it was asked for
 *             dump.turn     give_turn_back (release) -> take_turn (acquire): the static snapshot, buffer, paths, and what was taken
 *             dump.wake     two fences: ask, then what dump_wake_hook looks at; what says "wake me no more", then dump_serve's look.
 *                           One of the two sees the other, so the last dump_serve of a thread that ends misses nobody
 * Fails       a dump that can't be written is one line on stderr, and errno
 *
 * Who writes, and why no request is lost. Turn and requests are bits of one word, so every step on them has a place in
 * one order, and none is a lock that anyone waits for. (REQUESTED stands for a plain request; what a queued one asks for,
 * request.h, has bits beside it that are set, taken and answered in the same steps.)
 *   1  ask          sets REQUESTED, whoever writes
 *   2  take_turn    sets WRITING, if it is clear, and clears REQUESTED in the same step
 *   3  give_turn_back   WRITING alone -> 0 in one compare-and-swap; it fails when REQUESTED is set, and then the same caller
 *                   writes once more
 * Who asked and then finds WRITING set goes away. The writer's step 3 comes later in the order of the word than his look, so
 * later than his request: it fails, and the request is answered. A request between the writer's last look and the end of his
 * turn does not exist, as both are one step. Requests are bits, not numbers: however many come while a dump is written, one
 * more answers them all; and as that one is begun after them, it is as good an answer as their own would have been.
 *
 * A handler can interrupt anything, so nobody who writes may be waited for: it asks, finds WRITING, and returns. For the same
 * reason whoever writes has blocked all signals but the faults, and cancellation: a handler of the program that leaves by
 * siglongjmp, or a cancelled write(2), would keep the turn for ever. That, and the depth of handlers on a small alternate
 * stack, is why sa_mask is full too, and why there is no SA_NODEFER: the kernel would stack one frame for each queued signal
 * of a storm. The masks are put back before anyone can fork or exec with them.
 */
#ifndef TIDEPOOL_DUMP_H
#define TIDEPOOL_DUMP_H

#include "snapshot.h"
#include "writer.h"

/* Installs the handler for options.signal unless the disposition is not SIG_DFL: then somebody has it, and every dump says so. */
void dump_install(void);

/* Called by the handler after it has asked. Returns true when somebody will call dump_serve (the epoch thread was woken);
 * false: the handler writes the dump itself. Set by boot before dump_install; NULL counts as false. */
extern bool (*dump_wake_hook)(void);

/* Answers all requests there are; none: returns at once. errno is kept. */
void dump_serve(enum snapshot_mode mode);

/*
 * One dump now, in all formats of options.format. path: the file, taken as it is (nothing is expanded); NULL: where options.dump
 * says. Where these are several, each file gets its format's ending: .txt, .json, .prom, in the place of such an ending that the
 * path has already.
 * True when all of it was written whole. False with errno of open(2), write(2), close(2) or rename(2); ENAMETOOLONG; or EBUSY when
 * somebody else was writing (SNAPSHOT_THREAD waits up to two seconds for him), who then answers a request without a path.
 */
bool dump_write(const char *path, enum snapshot_mode mode);

/* A request that the next dump_serve answers: a plain one, or for an answer (what request_read gives, request.h). */
void dump_ask(unsigned answer);

/* At the end of the process: waits for a dump that is being written, up to two seconds, so that no half of one is left beside its place;
 * and none is begun after it. */
void dump_end(void);

/* In the child of a fork: requests and a dump under way belong to the parent, and the child's dumps are numbered anew. */
void dump_fork_child(void);

/* dump_text.c, dump_json.c and dump_prometheus.c: one format each. `signal_state` says in words who has the signal ("SIGRTMIN+11", "none",
 * "taken by the application"). One caller at a time: whoever has the turn. */
void dump_text(struct writer *w, const struct snapshot *s, const char *signal_state);
void dump_json(struct writer *w, const struct snapshot *s, const char *signal_state);
void dump_prometheus(struct writer *w, const struct snapshot *s, const char *signal_state);

#endif
