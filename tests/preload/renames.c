/* renames - a program that writes a title over its arguments, as setproctitle does, keeps its name in dumps; so does its child. */
#include "figures.h"

static int
has_its_name(void)
{
	return strstr(dump_now(), "\"program\":\"renames\",") != NULL;
}

int
main(int argc, char **argv)
{
	check(argc > 0);
	check(has_its_name());
	memset(argv[0], 'x', strlen(argv[0]));
	check(has_its_name());
	argv[0][0] = '\0';
	check(has_its_name());
	pid_t pid = fork();
	if (pid == 0)
		_exit(has_its_name() ? 0 : 2);
	check_child(pid);
	return 0;
}
