/* See figures.h. */
#include "figures.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "human.h"

/* --- one value ----------------------------------------------------------------------------------------------------------- */

/* The dump that is being read: in which of its parts we are, and the first key that is not what it should be. */
static struct {
	char part[64], key[128];
	const char *is; /* what is wrong with it; NULL: nothing yet */
} wrong;

static void __attribute__((format(printf, 1, 2)))
enter(const char *part, ...)
{
	va_list more;

	va_start(more, part);
	vsnprintf(wrong.part, sizeof wrong.part, part, more);
	va_end(more);
}

static void
refuse(const char *key, const char *is)
{
	if (wrong.is != NULL)
		return;
	snprintf(wrong.key, sizeof wrong.key, "%s%s%.60s", wrong.part, wrong.part[0] != '\0' && key[0] != '\0' ? "." : "", key);
	human_clean(wrong.key);
	wrong.is = is;
}

/* A member; NULL: it is missing, or null, which is the same. */
static json_t *
member(const json_t *of, const char *key)
{
	json_t *v = json_object_get(of, key);

	return json_is_null(v) ? NULL : v;
}

static void
demand(const json_t *of, const char *key)
{
	if (member(of, key) == NULL)
		refuse(key, "is missing");
}

static json_t *
object(const json_t *of, const char *key)
{
	json_t *v = member(of, key);

	if (v != NULL && !json_is_object(v))
		refuse(key, "is no object");
	return json_is_object(v) ? v : NULL;
}

static double
real(const json_t *of, const char *key)
{
	const json_t *v = member(of, key);
	double value = json_number_value(v);

	if (v != NULL && (!json_is_number(v) || value < 0))
		refuse(key, "is no number of 0 or more");
	return value;
}

/* Counts of 2^63 and more do not occur: they would take centuries. */
static uint64_t
number(const json_t *of, const char *key)
{
	const json_t *v = member(of, key);
	double value = real(of, key);

	if (json_is_integer(v))
		return json_integer_value(v) < 0 ? 0 : (uint64_t)json_integer_value(v);
	if (value < 0 || value >= 0x1p63) {
		refuse(key, "is no number below 2^63");
		return 0;
	}
	return (uint64_t)value;
}

static void
text(const json_t *of, const char *key, char *out, size_t size)
{
	const json_t *v = member(of, key);
	const char *value = json_string_value(v);

	if (v != NULL && value == NULL)
		refuse(key, "is no text");
	snprintf(out, size, "%s", value != NULL ? value : "");
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
	const json_t *hits = object(from, "hits");
	size_t within = strlen(wrong.part);

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		*field(out, plain[i].at) = number(from, plain[i].key);
	snprintf(wrong.part + within, sizeof wrong.part - within, ".hits");
	out->hits_private = number(hits, "private");
	out->hits_shared = number(hits, "shared");
	out->hits_steal = number(hits, "steal");
	out->hits_victim = number(hits, "victim");
	wrong.part[within] = '\0';
	if (json_object_get(from, "private_bytes") == NULL && out->cached_bytes > out->victim_bytes) /* an older library's */
		out->private_bytes = out->cached_bytes - out->victim_bytes;
}

static bool
read_classes(const json_t *dump, struct figures *out)
{
	const json_t *classes = member(dump, "classes");

	demand(dump, "classes");
	if (classes != NULL && !json_is_array(classes))
		refuse("classes", "is no array");
	out->class = calloc(json_array_size(classes) + 1, sizeof *out->class);
	if (out->class == NULL)
		return false;
	out->classes = json_array_size(classes);
	for (size_t i = 0; i < out->classes; i++) {
		const json_t *class = json_array_get(classes, i);

		enter("classes[%zu]", i);
		if (json_is_object(class))
			demand(class, "size");
		else
			refuse("", "is no object");
		read_counters(class, &out->class[i]);
	}
	return true;
}

/* --- a dump -------------------------------------------------------------------------------------------------------------- */

static void
read_epoch(const json_t *epoch, struct figures *out)
{
	const char *cause;
	json_t *rotations, *count;

	enter("epoch");
	rotations = object(epoch, "rotations");
	enter("epoch.rotations");
	json_object_foreach (rotations, cause, count)
		out->rotations += number(rotations, cause);
	enter("epoch");
	out->epoch = number(epoch, "number");
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
	enter("jemalloc");
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

static void
read_parts(const json_t *epoch, const json_t *totals, const json_t *jemalloc, struct figures *out)
{
	read_epoch(epoch, out);
	enter("totals");
	read_counters(totals, &out->total);
	read_jemalloc(jemalloc, out);
}

/* False: memory is gone. What is wrong with it, `wrong` says. */
static bool
read_dump(const json_t *dump, struct figures *out)
{
	static const char *const needed[] = { "pid", "program", "uptime_seconds", "totals" };

	wrong.is = NULL;
	enter("%s", "");
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		demand(dump, needed[i]);
	*out = (struct figures){ .pid = (int)number(dump, "pid"), .uptime = real(dump, "uptime_seconds") };
	if (number(dump, "pid") > INT32_MAX)
		refuse("pid", "is no process number");
	text(dump, "program", out->program, sizeof out->program);
	text(dump, "version", out->version, sizeof out->version);
	text(dump, "signal", out->signal, sizeof out->signal);
	text(dump, "aside", out->aside, sizeof out->aside);
	out->time = real(dump, "time_seconds");
	read_settings(object(dump, "settings"), out);
	read_parts(object(dump, "epoch"), object(dump, "totals"), object(dump, "jemalloc"), out);
	enter("%s", "");
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
	else if (json_integer_value(json_object_get(dump, "schema")) != 1)
		snprintf(why, WHY_MAX, "%.200s is no dump of schema 1", name);
	else if (!(good = read_dump(dump, out)))
		snprintf(why, WHY_MAX, "out of memory");
	else if (wrong.is != NULL) {
		snprintf(why, WHY_MAX, "%.200s is no dump: %s %s", name, wrong.key, wrong.is);
		figures_forget(out);
		good = false;
	}
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
