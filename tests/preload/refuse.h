/*
 * refuse.h - system calls that the kernel refuses, as a sandbox does.
 *
 * A filter holds for every thread of the process and for all that it starts; it can't be taken back.
 */
#ifndef TIDEPOOL_PRELOAD_REFUSE_H
#define TIDEPOOL_PRELOAD_REFUSE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "check.h"

#define CALLS_MAX 4

/* What happens on each of `calls` (zero ends the list): SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS, … */
static inline void
refuse(const long calls[CALLS_MAX], unsigned action)
{
	struct sock_filter rules[2 * CALLS_MAX + 2];
	unsigned short n = 0;
	rules[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < CALLS_MAX && calls[i] != 0; i++) {
		rules[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
		rules[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	rules[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { n, rules };
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);
}

#define REFUSE_MEMBARRIER ((const long[CALLS_MAX]){ SYS_membarrier })
#define REFUSE_CLONE ((const long[CALLS_MAX]){ SYS_clone, SYS_clone3 })
#define REFUSE_MADVISE ((const long[CALLS_MAX]){ SYS_madvise })
#define REFUSE_BOTH ((const long[CALLS_MAX]){ SYS_membarrier, SYS_clone, SYS_clone3 })

/*
 * The program itself again, from its start: argv[1] is `part`, under a filter if `action` is not 0, and with a setting if `name` is
 * not NULL. Returns the wait status.
 */
static inline int
again_refused(const char *part, const long calls[CALLS_MAX], unsigned action, const char *name, const char *value)
{
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		char *const argv[] = { (char *)(uintptr_t)program_invocation_name, (char *)(uintptr_t)part, NULL };
		if (name != NULL)
			setenv(name, value, 1);
		if (action != 0)
			refuse(calls, action);
		execv("/proc/self/exe", argv);
		_exit(126);
	}
	int status;
	check(waitpid(pid, &status, 0) == pid);
	return status;
}

#endif
