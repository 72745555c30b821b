/*
 * daemon_dumps - a daemon: two forks, every descriptor closed, the root as its directory. Its threads allocate, it has a helper of its
 * own that rotates, and a signal gets a dump which goes into a file and not into what the daemon opens meanwhile.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "churn.h"
#include "figures.h"

/* What the daemon tells; it has no other way left. */
static struct {
	pid_t pid;
	int ready, dumped, done;
} *told;

static int
said(const int *what)
{
	return __atomic_load_n(what, __ATOMIC_ACQUIRE);
}

static void
say(int *what)
{
	__atomic_store_n(what, 1, __ATOMIC_RELEASE);
}

static void
use_and_free_many(void)
{
	static void *blocks[5000];
	for (int i = 0; i < 5000; i++)
		check((blocks[i] = malloc(1000)) != NULL);
	for (int i = 0; i < 5000; i++)
		free(blocks[i]);
}

static void
daemon_process(void)
{
	struct churn threads[3];
	alarm(60); /* nobody waits for a daemon that hangs */
	check(chdir("/") == 0);
	for (int fd = 0; fd < 256; fd++)
		close(fd);
	churn_start(threads, 3);
	check_within(20, (use_and_free_many(), helper_task() != 0));
	check(cached_objects(1000) > 0);
	check_within(20, cached_objects(1000) == 0); /* it rotates */
	check(descriptor_count() == 0);
	/* descriptor 0 is a file of the daemon's when the dump is written */
	check(open("/tmp", O_TMPFILE | O_RDWR, 0600) == 0);
	told->pid = getpid();
	say(&told->ready);
	check_within(20, said(&told->dumped));
	check(lseek(0, 0, SEEK_END) == 0);
	check(descriptor_count() == 1);
	churn_stop(threads, 3);
	say(&told->done);
	_exit(0);
}

int
main(void)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(told != MAP_FAILED);
	check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	struct churn threads[2];
	churn_start(threads, 2);
	check_within(20, (use_and_free_many(), helper_task() != 0)); /* the parent has a helper, which the daemon has not */

	pid_t pid = fork();
	if (pid == 0) {
		check(setsid() > 0);
		pid = fork();
		check(pid >= 0);
		if (pid == 0)
			daemon_process();
		_exit(0);
	}
	check_child(pid);
	check_within(30, said(&told->ready));

	char path[64], text[64];
	snprintf(path, sizeof(path), "/tmp/tidepool.%d.1", (int)told->pid); /* where dumps go if nothing else is said */
	check(kill(told->pid, SIGRTMIN + 11) == 0);
	check_within(20, access(path, R_OK) == 0);
	check(read_file(path, text, sizeof(text)) > 0 && strstr(text, "{\"schema\":1,") == text);
	check(unlink(path) == 0);
	say(&told->dumped);
	check_child(told->pid); /* ours since its parent has gone */
	check(said(&told->done));
	churn_stop(threads, 2);
	return 0;
}
