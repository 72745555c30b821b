/* See executable.h. */
#include "executable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- finding it ---------------------------------------------------------------------------------------------------------- */

static bool
may_be_run(const char *path)
{
	struct stat file;

	if (stat(path, &file) != 0)
		return false;
	errno = EACCES;
	return S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static bool
look_up(const char *command, char out[static PATH_MAX])
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (strchr(command, '/') != NULL) {
		snprintf(out, PATH_MAX, "%s", command);
		return may_be_run(out);
	}
	if (path == NULL)
		path = "/bin:/usr/bin";
	for (size_t n; *path != '\0'; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if ((size_t)snprintf(out, PATH_MAX, "%.*s%s%s", (int)n, path, n > 0 ? "/" : "", command) < PATH_MAX && may_be_run(out))
			return true;
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
	}
	errno = error;
	return false;
}

/* Of "#!/usr/bin/env -S python3 -u" python3, of "#!/bin/sh -e" /bin/sh. env starts what it is told to with our LD_PRELOAD. */
static void
interpreter_of(const char *line, char out[static PATH_MAX])
{
	char copy[256], *rest = copy, *word, *slash;
	bool is_env = false;

	snprintf(copy, sizeof copy, "%s", line);
	out[0] = '\0';
	while ((word = strsep(&rest, " \t\r")) != NULL) {
		if (word[0] == '\0' || (is_env && (word[0] == '-' || strchr(word, '=') != NULL)))
			continue;
		snprintf(out, PATH_MAX, "%s", word);
		slash = strrchr(word, '/');
		if (is_env || strcmp(slash != NULL ? slash + 1 : word, "env") != 0)
			return;
		is_env = true;
	}
}

bool
executable_at(const char *path, struct executable *out)
{
	*out = (struct executable){ 0 };
	snprintf(out->path, sizeof out->path, "%s", path);
	return elffile_read(path, &out->elf);
}

bool
executable_find(const char *command, struct executable *out)
{
	char next[PATH_MAX], script[PATH_MAX] = "";

	*out = (struct executable){ 0 };
	snprintf(next, sizeof next, "%s", command);
	for (int depth = 0; depth < 5; depth++) {
		if (!look_up(next, out->path))
			return false;
		snprintf(next, sizeof next, "%s", out->path);
		if (elffile_read(next, &out->elf)) {
			snprintf(out->script, sizeof out->script, "%s", script);
			return true;
		}
		if (out->elf.script[0] == '\0')
			return false;
		snprintf(script, sizeof script, "%s", command);
		interpreter_of(out->elf.script, next);
	}
	errno = ELOOP;
	return false;
}

/* --- judging it ---------------------------------------------------------------------------------------------------------- */

struct findings {
	struct finding *at;
	size_t count;
};

static void __attribute__((format(printf, 3, 4)))
add(struct findings *f, enum verdict verdict, const char *format, ...)
{
	va_list more;

	if (f->count == FINDINGS_MAX)
		return;
	f->at[f->count] = (struct finding){ .verdict = verdict };
	va_start(more, format);
	vsnprintf(f->at[f->count].text, sizeof f->at[f->count].text, format, more);
	va_end(more);
	f->count++;
}

/* The kernel raises privileges for it, so that the loader ignores our LD_PRELOAD (ld.so(8), secure-execution mode). */
static const char *
raises_privileges(const char *path)
{
	struct stat file;

	if (stat(path, &file) != 0)
		return NULL;
	if ((file.st_mode & S_ISUID) && file.st_uid != getuid())
		return "set-user-ID";
	if ((file.st_mode & S_ISGID) && (file.st_mode & S_IXGRP) && file.st_gid != getgid())
		return "set-group-ID";
	if (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
		return "given capabilities";
	return NULL;
}

static void
judge_loading(struct findings *f, const struct executable *e)
{
	const char *raised = raises_privileges(e->path);

	if (e->elf.foreign)
		add(f, VERDICT_NO, "%s is for another kind of processor, and can't load our library", e->path);
	else if (e->elf.is_static)
		add(f, VERDICT_NO, "%s is linked statically: nothing can be preloaded into it", e->path);
	else if (strstr(e->elf.interpreter, "ld-musl") != NULL)
		add(f, VERDICT_NO, "%s was built for musl, and our library for glibc", e->path);
	if (raised != NULL)
		add(f, VERDICT_NO, "%s is %s: the loader ignores LD_PRELOAD for it", e->path, raised);
	for (size_t i = 0; i < f->count; i++)
		f->at[i].unsaid = true;
}

static void
judge_malloc(struct findings *f, const struct executable *e)
{
	if (e->elf.sanitizer[0] != '\0')
		add(f, VERDICT_NO, "%s is built with %s, which brings its own malloc: tidepool steps aside", e->path, e->elf.sanitizer);
	else if (e->elf.has_malloc && !e->elf.malloc_is_hidden)
		add(f, VERDICT_NO, "%s brings its own malloc, which the loader finds before ours: tidepool steps aside", e->path);
	else if (e->elf.has_malloc)
		add(f, VERDICT_NO, "%s brings its own malloc; only the libraries that it loads would call ours", e->path);
	if (e->elf.allocator[0] != '\0')
		add(f, VERDICT_NOTE, "%s is linked with %s; ours stands before it, and is called in its place", e->path, e->elf.allocator);
	if (strcmp(e->elf.runtime, "Go") == 0)
		add(f, VERDICT_NOTE, "%s is written in Go, whose runtime gets its memory from the kernel: only its C code calls malloc", e->path);
	if (strcmp(e->elf.runtime, "Java") == 0)
		add(f, VERDICT_NOTE, "%s is a Java VM, whose heap is its own: only its native code calls malloc", e->path);
}

size_t
executable_findings(const struct executable *e, struct finding out[static FINDINGS_MAX])
{
	struct findings f = { out, 0 };

	judge_loading(&f, e);
	if (!e->elf.foreign && !e->elf.is_static)
		judge_malloc(&f, e);
	return f.count;
}
