/* See watch.h. */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

struct watched *
watch_add(struct watch *w, int pid)
{
	struct watched **larger = realloc(w->at, (w->count + 1) * sizeof *larger);
	struct watched *new = calloc(1, sizeof *new);

	if (larger != NULL)
		w->at = larger;
	if (larger == NULL || new == NULL) {
		free(new);
		return NULL;
	}
	new->pid = pid;
	w->at[w->count++] = new;
	return new;
}

static void
forget_one(struct watched *one)
{
	if (one->asking)
		ask_end(&one->ask);
	if (one->has_before)
		figures_forget(&one->before);
	if (one->has_now)
		figures_forget(&one->now);
	free(one);
}

void
watch_forget(struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		forget_one(w->at[i]);
	free(w->at);
	w->at = NULL;
	w->count = 0;
}

static void
drop_ended(struct watch *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++) {
		if (w->at[i]->ended)
			forget_one(w->at[i]);
		else
			w->at[kept++] = w->at[i];
	}
	w->count = kept;
}

static bool
is_watched(const struct watch *w, int pid)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->at[i]->pid == pid)
			return true;
	return false;
}

void
watch_look_around(struct watch *w)
{
	char why[WHY_MAX];
	struct process p;
	size_t count;
	int *list;

	if (!w->everybody)
		return;
	drop_ended(w);
	list = process_list(&count);
	for (size_t i = 0; i < count; i++) {
		if (is_watched(w, list[i]) || !process_look(list[i], &p, why))
			continue;
		process_forget(&p);
		if (p.carries)
			watch_add(w, list[i]);
	}
	free(list);
}

static bool
is_alive(int pid)
{
	struct process p = { .pid = pid };

	return process_look_again(&p);
}

static void
note_failure(struct watched *one)
{
	one->ended = !is_alive(one->pid);
	if (one->ended)
		snprintf(one->why, WHY_MAX, "process %d (%s) has ended", one->pid, one->program);
	else
		memcpy(one->why, one->ask.why, WHY_MAX);
}

void
watch_ask(struct watch *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct watched *one = w->at[i];

		if (one->ended || one->asking)
			continue;
		one->asking = ask_begin(&one->ask, one->pid, FORMAT_JSON, &w->how);
		if (one->program[0] == '\0')
			snprintf(one->program, sizeof one->program, "%s", one->ask.process.name);
		if (!one->asking)
			note_failure(one);
	}
}

static void
take_answer(struct watched *one, const char *text)
{
	struct figures f;

	if (!figures_read(text, "the answer", &f, one->why))
		return;
	if (one->has_before)
		figures_forget(&one->before);
	one->before = one->now;
	one->has_before = one->has_now;
	one->now = f;
	one->has_now = true;
	one->why[0] = '\0';
	snprintf(one->program, sizeof one->program, "%s", f.program);
}

bool
watch_collect(struct watch *w)
{
	bool all = true;

	for (size_t i = 0; i < w->count; i++) {
		struct watched *one = w->at[i];
		enum ask_state state;
		char *text = NULL;

		if (!one->asking)
			continue;
		state = ask_look(&one->ask, &text);
		if (state == ASK_WAITS) {
			all = false;
			continue;
		}
		if (state == ASK_ANSWERED)
			take_answer(one, text);
		else
			note_failure(one);
		free(text);
		ask_end(&one->ask);
		one->asking = false;
	}
	return all;
}

bool
watch_any_alive(const struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (!w->at[i]->ended)
			return true;
	return w->everybody;
}
