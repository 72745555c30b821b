/* greet - says a word and ends: for settings that speak, or that end the program before main. */
#include "check.h"

int
main(void)
{
	free(opaque(malloc(100)));
	dprintf(2, "hello from main\n");
	return 0;
}
