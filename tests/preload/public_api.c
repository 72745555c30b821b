/* public_api - the functions of tidepool.h through weak symbols: absent without the library, and as documented with it. */
#define TIDEPOOL_WEAK
#include <tidepool/tidepool.h>

#include <pthread.h>
#include <sys/stat.h>

#include "check.h"

static void
use_some(size_t n)
{
	void *at[2000];
	for (int i = 0; i < 2000; i++)
		check((at[i] = opaque(malloc(n))) != NULL);
	for (int i = 0; i < 2000; i++)
		free(at[i]);
}

static int
nothing_is_pooled(void)
{
	return setting_is("DISABLE", "on") || setting_is("CLASSES", "none") || setting_is("CAP", "0");
}

static void
figures_of_a_class(void)
{
	struct tidepool_class_stats before, after;
	errno = 0;
	check(tidepool_class_stats((size_t)3 << 30, &before) == -1 && errno == EINVAL);
	if (nothing_is_pooled()) {
		errno = 0;
		check(tidepool_class_stats(200, &before) == -1 && errno == EINVAL);
		return;
	}
	use_some(200); /* the first calls of a process are not counted */
	check(tidepool_class_stats(200, &before) == 0);
	check(before.size >= 200 && before.size <= 256);
	check(before.gets == before.hits_private + before.hits_shared + before.hits_steal + before.hits_victim + before.misses);
	use_some(200);
	check(tidepool_class_stats(200, &after) == 0);
	check(after.size == before.size);
	check(after.gets >= before.gets + 2000 && after.puts >= before.puts + 2000);
	check(after.gets <= before.gets + 2100);
	check(after.gets == after.hits_private + after.hits_shared + after.hits_steal + after.hits_victim + after.misses);
	check(after.victim_objects <= after.cached_objects);
}

static void
rotation_empties_the_pools(void)
{
	struct tidepool_class_stats stats;
	use_some(200);
	size_t released = tidepool_rotate();
	if (nothing_is_pooled()) {
		check(released == 0);
		return;
	}
	check(tidepool_class_stats(200, &stats) == 0);
	check(stats.cached_objects == 0 && stats.victim_objects == 0);
	if (getenv("TIDEPOOL_EPOCH") == NULL)
		check(released > 0);
	use_some(200);
}

static void
a_dump_is_a_file(void)
{
	char directory[] = "/tmp/public-api-XXXXXX", path[64];
	check(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/dump", directory);
	for (int i = 0; i < 2; i++) {
		check(tidepool_dump(path) == 0);
		struct stat file;
		check(stat(path, &file) == 0 && file.st_size > 100);
		check((file.st_mode & 0777) == 0600);
	}
	check(unlink(path) == 0);
	snprintf(path, sizeof(path), "%s/none/dump", directory);
	errno = 0;
	check(tidepool_dump(path) == -1 && errno == ENOENT);
	check(rmdir(directory) == 0); /* no temporary file was left */
}

static void *
elsewhere(void *unused)
{
	(void)unused;
	use_some(300);
	tidepool_rotate();
	return NULL;
}

int
main(void)
{
	if (tidepool_rotate == NULL) {
		check(tidepool_version == NULL && tidepool_dump == NULL && tidepool_class_stats == NULL);
		return 0;
	}
	unsigned major, minor, patch;
	check(sscanf(tidepool_version(), "%u.%u.%u", &major, &minor, &patch) == 3);
	figures_of_a_class();
	rotation_empties_the_pools();
	a_dump_is_a_file();
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		check(pthread_create(&threads[i], NULL, elsewhere, NULL) == 0);
	for (int i = 0; i < 4; i++)
		check(pthread_join(threads[i], NULL) == 0);
	return 0;
}
