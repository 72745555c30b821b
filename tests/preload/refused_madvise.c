/*
 * refused_madvise - pages can't be given back, from the start or in the middle of a run: nothing is lost, nothing hangs, and what
 * calloc gives is zero although the kernel has not cleared it.
 */
#include "churn.h"
#include "figures.h"
#include "refuse.h"

static void
calloc_after_refused_returns(void)
{
	for (size_t n = 100; n < ((size_t)8 << 20); n = n * 5 / 2) {
		void *at[8];
		for (unsigned i = 0; i < 8; i++) {
			check((at[i] = malloc(n)) != NULL);
			memset(at[i], 0xee, n);
		}
		for (unsigned i = 0; i < 8; i++)
			free(at[i]);
		tidepool_rotate(); /* pages go to the kernel, as far as we know */
		for (unsigned i = 0; i < 8; i++) {
			check((at[i] = calloc(1, n)) != NULL);
			check(all_bytes_are(at[i], n, 0));
			memset(at[i], 0xee, n);
		}
		for (unsigned i = 0; i < 8; i++)
			free(at[i]);
	}
}

static void
work(int refuse_now)
{
	struct churn threads[4];
	churn_start(threads, 4);
	sleep_ms(60);
	if (refuse_now)
		refuse(REFUSE_MADVISE, SECCOMP_RET_ERRNO | EPERM);
	sleep_ms(60);
	calloc_after_refused_returns();
	churn_stop(threads, 4);
	uint64_t before = figure("epoch", "number");
	check_within(10, (free(opaque(malloc(100))), figure("epoch", "number") >= before + 3)); /* it goes on rotating */
}

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	if (*part != '\0') {
		work(strcmp(part, "later") == 0);
		return 0;
	}
	check(again_refused("start", REFUSE_MADVISE, SECCOMP_RET_ERRNO | EPERM, NULL, NULL) == 0);
	check(again_refused("start", REFUSE_MADVISE, SECCOMP_RET_ERRNO | ENOSYS, NULL, NULL) == 0);
	check(again_refused("later", REFUSE_MADVISE, 0, NULL, NULL) == 0);
	return 0;
}
