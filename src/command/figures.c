/* See figures.h. */
#include "figures.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "human.h"

/* --- one value ----------------------------------------------------------------------------------------------------------- */

/* Counts of 2^63 and more do not occur: they would take centuries. */
static uint64_t
number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (json_is_integer(v))
		return json_integer_value(v) < 0 ? 0 : (uint64_t)json_integer_value(v);
	return json_is_real(v) && json_real_value(v) > 0 ? (uint64_t)json_real_value(v) : 0;
}

static void
text(const json_t *object, const char *key, char *out, size_t size)
{
	const char *v = json_string_value(json_object_get(object, key));

	snprintf(out, size, "%s", v != NULL ? v : "");
	human_clean(out);
}

/* --- rows ---------------------------------------------------------------------------------------------------------------- */

#define ROW(field) { #field, offsetof(struct counters, field) }
static const struct {
	const char *key;
	size_t at;
} plain[] = {
	ROW(size), ROW(gets), ROW(puts), ROW(misses), ROW(fetched), ROW(released), ROW(passed_through), ROW(cached_bytes), ROW(victim_bytes),
	ROW(live_bytes), ROW(cached_objects), ROW(victim_objects), ROW(private_bytes), ROW(shared_bytes),
};
#undef ROW

/* What only grows. */
static const size_t growing[] = {
#define ROW(field) offsetof(struct counters, field)
	ROW(gets), ROW(puts), ROW(hits_private), ROW(hits_shared), ROW(hits_steal), ROW(hits_victim), ROW(misses), ROW(fetched), ROW(released),
	ROW(passed_through),
#undef ROW
};

static uint64_t *
field(struct counters *c, size_t at)
{
	return (uint64_t *)(void *)((char *)c + at);
}

static uint64_t
value(const struct counters *c, size_t at)
{
	return *(const uint64_t *)(const void *)((const char *)c + at);
}

static void
read_counters(const json_t *from, struct counters *out)
{
	const json_t *hits = json_object_get(from, "hits");

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		*field(out, plain[i].at) = number(from, plain[i].key);
	out->hits_private = number(hits, "private");
	out->hits_shared = number(hits, "shared");
	out->hits_steal = number(hits, "steal");
	out->hits_victim = number(hits, "victim");
	if (json_object_get(from, "private_bytes") == NULL && out->cached_bytes > out->victim_bytes) /* an older library's */
		out->private_bytes = out->cached_bytes - out->victim_bytes;
}

static bool
read_classes(const json_t *dump, struct figures *out)
{
	const json_t *classes = json_object_get(dump, "classes");

	out->class = calloc(json_array_size(classes) + 1, sizeof *out->class);
	if (out->class == NULL)
		return false;
	out->classes = json_array_size(classes);
	for (size_t i = 0; i < out->classes; i++)
		read_counters(json_array_get(classes, i), &out->class[i]);
	return true;
}

/* --- a dump -------------------------------------------------------------------------------------------------------------- */

static void
read_epoch(const json_t *epoch, struct figures *out)
{
	const char *cause;
	json_t *rotations = json_object_get(epoch, "rotations"), *count;

	out->epoch = number(epoch, "number");
	json_object_foreach (rotations, cause, count)
		out->rotations += number(rotations, cause);
	out->released_bytes = number(epoch, "released_bytes");
	out->released_objects = number(epoch, "released_objects");
	out->skipped_bins = number(epoch, "skipped_bins");
	out->idle_drain = json_is_true(json_object_get(epoch, "idle_drain"));
	out->background = json_is_true(json_object_get(epoch, "background"));
	text(epoch, "idle_drain_why", out->idle_drain_why, sizeof out->idle_drain_why);
}

static void
read_jemalloc(const json_t *jemalloc, struct figures *out)
{
	out->allocated = number(jemalloc, "allocated");
	out->active = number(jemalloc, "active");
	out->resident = number(jemalloc, "resident");
	out->mapped = number(jemalloc, "mapped");
	out->retained = number(jemalloc, "retained");
	out->jemalloc_known = json_is_number(json_object_get(jemalloc, "sampled_seconds_ago"));
}

static void
read_settings(json_t *settings, struct figures *out)
{
	const char *name;
	json_t *v;

	json_object_foreach (settings, name, v) {
		if (out->settings == FIGURES_SETTINGS_MAX || !json_is_string(v))
			continue;
		snprintf(out->setting[out->settings].name, sizeof out->setting[0].name, "%s", name);
		text(settings, name, out->setting[out->settings].value, sizeof out->setting[0].value);
		out->settings++;
	}
}

static bool
read_dump(const json_t *dump, struct figures *out)
{
	*out = (struct figures){ .pid = (int)number(dump, "pid"), .uptime = json_number_value(json_object_get(dump, "uptime_seconds")) };
	text(dump, "program", out->program, sizeof out->program);
	text(dump, "version", out->version, sizeof out->version);
	text(dump, "signal", out->signal, sizeof out->signal);
	text(dump, "aside", out->aside, sizeof out->aside);
	out->time = json_number_value(json_object_get(dump, "time_seconds"));
	read_settings(json_object_get(dump, "settings"), out);
	read_epoch(json_object_get(dump, "epoch"), out);
	read_counters(json_object_get(dump, "totals"), &out->total);
	read_jemalloc(json_object_get(dump, "jemalloc"), out);
	return read_classes(dump, out);
}

bool
figures_read(const char *from, const char *name, struct figures *out, char why[static WHY_MAX])
{
	json_error_t error;
	json_t *dump = json_loads(from, 0, &error);
	bool good = false;

	if (dump == NULL)
		snprintf(why, WHY_MAX, "%.200s is no dump in JSON: line %d: %.150s", name, error.line, error.text);
	else if (number(dump, "schema") != 1)
		snprintf(why, WHY_MAX, "%.200s is no dump of schema 1", name);
	else if (!(good = read_dump(dump, out)))
		snprintf(why, WHY_MAX, "out of memory");
	json_decref(dump);
	return good;
}

bool
figures_read_file(const char *path, struct figures *out, char why[static WHY_MAX])
{
	size_t size;
	char *content = file_read(path, &size);
	bool good;

	if (content == NULL) {
		snprintf(why, WHY_MAX, "%.300s can't be read: %s", path, strerror(errno));
		return false;
	}
	good = figures_read(content, path, out, why);
	free(content);
	return good;
}

void
figures_forget(struct figures *f)
{
	free(f->class);
	f->class = NULL;
	f->classes = 0;
}

/* --- sums ---------------------------------------------------------------------------------------------------------------- */

uint64_t
figures_hits(const struct counters *c)
{
	return c->hits_private + c->hits_shared + c->hits_steal + c->hits_victim;
}

const struct counters *
figures_class(const struct figures *f, uint64_t size)
{
	for (size_t i = 0; i < f->classes; i++)
		if (f->class[i].size == size)
			return &f->class[i];
	return NULL;
}

bool
figures_since(const struct counters *a, const struct counters *b, struct counters *out)
{
	bool grown = true;

	*out = *a;
	for (size_t i = 0; i < sizeof growing / sizeof *growing; i++) {
		uint64_t before = value(b, growing[i]), *now = field(out, growing[i]);

		if (before > *now)
			grown = false;
		*now = before > *now ? 0 : *now - before;
	}
	return grown;
}
