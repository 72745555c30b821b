/* reset - with TIDEPOOL_RESET no byte of what one user freed reaches the next; with zero, all that comes out of a pool is zero. */
#include <pthread.h>

#include "check.h"

#define N 200
static const char secret[] = "my secret words!"; /* 16 bytes */
static void *at[N];

static void
put_secrets(size_t n)
{
	for (int i = 0; i < N; i++) {
		check((at[i] = opaque(malloc(n))) != NULL);
		for (size_t k = 0; k < n; k++)
			((char *)at[i])[k] = secret[k % 16];
	}
	for (int i = 0; i < N; i++)
		free(opaque(at[i]));
}

static void
look_for_secrets(size_t n)
{
	for (int i = 0; i < N; i++) {
		unsigned char *p = at[i] = opaque(malloc(n));
		check(p != NULL);
		for (size_t k = 0; k + 16 <= n; k++)
			check(memcmp(p + k, secret, 16) != 0 && memcmp(p + k, "secret", 6) != 0);
		/* past the pools a block may have been jemalloc's own before */
		if (setting_is("RESET", "zero") && getenv("TIDEPOOL_CAP") == NULL && getenv("TIDEPOOL_CLASSES") == NULL)
			check(all_bytes_are(p, n, 0));
	}
	for (int i = 0; i < N; i++)
		free(at[i]);
}

static void *
elsewhere(void *arg)
{
	look_for_secrets(*(const size_t *)arg);
	return NULL;
}

int
main(void)
{
	for (size_t n = 16; n <= 30000; n = n * 3 / 2) {
		put_secrets(n);
		look_for_secrets(n);
		put_secrets(n);
		pthread_t thread;
		check(pthread_create(&thread, NULL, elsewhere, &n) == 0);
		check(pthread_join(thread, NULL) == 0);
		/* what realloc leaves behind counts too */
		for (int i = 0; i < N; i++) {
			check((at[i] = opaque(malloc(n))) != NULL);
			for (size_t k = 0; k < n; k++)
				((char *)at[i])[k] = secret[k % 16];
			check((at[i] = realloc(at[i], n * 4)) != NULL);
			memset(at[i], 'x', n * 4);
		}
		for (int i = 0; i < N; i++)
			free(opaque(at[i]));
		look_for_secrets(n);
	}
	return 0;
}
