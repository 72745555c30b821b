/* sizes - zero bytes are a block like any other, NULL is nothing, and free keeps errno. */
#include "check.h"

static void
zero_bytes_are_a_unique_block(void)
{
	enum { N = 200 };
	void *at[N];
	for (int i = 0; i < N; i++) {
		at[i] = opaque(i % 4 == 0 ? malloc(0) : i % 4 == 1 ? calloc(0, 8) : i % 4 == 2 ? calloc(8, 0) : realloc(NULL, 0));
		check(at[i] != NULL);
		for (int k = 0; k < i; k++)
			check(at[k] != at[i]);
	}
	for (int i = 0; i < N; i++)
		free(at[i]);
}

static void
null_is_nothing(void)
{
	errno = 77;
	free(opaque(NULL));
	check(errno == 77);
	char *p = realloc(opaque(NULL), 100);
	check(p != NULL);
	fill(p, 100, 1);
	check(holds(p, 100, 1));
	free(p);
}

static void
free_keeps_errno(void)
{
	for (size_t n = 1; n <= (size_t)64 << 20; n *= 2) {
		void *p = opaque(malloc(n));
		check(p != NULL);
		errno = 77;
		free(p);
		check(errno == 77);
	}
	/* also where it leaves the fast path: many of one size */
	static void *at[20000];
	for (int i = 0; i < 20000; i++)
		check((at[i] = opaque(malloc(48))) != NULL);
	errno = 77;
	for (int i = 0; i < 20000; i++)
		free(at[i]);
	check(errno == 77);
}

static void
realloc_to_zero_frees(void)
{
	for (size_t n = 1; n <= (size_t)1 << 20; n *= 4) {
		void *p = opaque(malloc(n));
		check(p != NULL);
		errno = 77;
		check(opaque(realloc(p, 0)) == NULL);
		check(errno == 77);
	}
	void *p = opaque(malloc(10));
	check(opaque(reallocarray(p, 0, 8)) == NULL);
	/* it was freed, not leaked: a thousand times 1 MiB would show */
	long before = resident_kib();
	for (int i = 0; i < 1000; i++) {
		p = opaque(malloc(1 << 20));
		memset(p, 1, 1 << 20);
		check(opaque(realloc(p, 0)) == NULL);
	}
	check_at_most(resident_kib() - before, 100 * 1024);
}

int
main(void)
{
	zero_bytes_are_a_unique_block();
	null_is_nothing();
	free_keeps_errno();
	realloc_to_zero_frees();
	return 0;
}
