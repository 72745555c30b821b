/* libdeep - a plugin that hands out blocks and takes some. */
#include <stdlib.h>
#include <string.h>

char *deep_copy(const char *s);
void deep_done(char *s);
void *deep_malloc(void);

char *
deep_copy(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = malloc(n);
	return copy != NULL ? memcpy(copy, s, n) : NULL;
}

void
deep_done(char *s)
{
	free(s);
}

void *
deep_malloc(void)
{
	return (void *)malloc;
}
