#include "ranking.h"

static void
rank(struct ranking *r, const struct thread_figures *t)
{
	unsigned i;

	if (r->shown == RANKING_PLACES) {
		const struct thread_figures *last = &r->at[RANKING_PLACES - 1];
		bool better = t->cached_bytes > last->cached_bytes;

		r->more++;
		r->more_bytes += better ? last->cached_bytes : t->cached_bytes;
		if (!better)
			return;
		r->shown--;
	}
	for (i = r->shown++; i > 0 && r->at[i - 1].cached_bytes < t->cached_bytes; i--)
		r->at[i] = r->at[i - 1];
	r->at[i] = *t;
}

void
ranking_take(struct ranking *r)
{
	const void *cursor = NULL;
	struct thread_figures t;

	r->shown = 0;
	r->more = r->more_bytes = 0;
	while (snapshot_thread(&cursor, &t))
		rank(r, &t);
}
