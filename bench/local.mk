# bench: the workloads, one file each, and the runner that holds allocators against each other; HACKING.md says how to use it.
bench_programs = \
	bench/launch \
	bench/workloads/aligned \
	bench/workloads/batch \
	bench/workloads/churn \
	bench/workloads/growth \
	bench/workloads/handoff \
	bench/workloads/idle \
	bench/workloads/large \
	bench/workloads/neighbour \
	bench/workloads/outrun \
	bench/workloads/pair \
	bench/workloads/phases \
	bench/workloads/rounds \
	bench/workloads/server \
	bench/workloads/vectors
bench_CFLAGS = -std=gnu11 -O2 -fno-builtin -pthread $(WARN_FLAGS)
bench_headers = bench/workloads/clock.h bench/workloads/seeded.h bench/workloads/stamp.h
# With `make check`, which runs the runner; in a build with a sanitizer there is nothing to preload.
if SANITIZER
EXTRA_PROGRAMS = $(bench_programs)
EXTRA_LTLIBRARIES = bench/libfloor.la
else
check_PROGRAMS += $(bench_programs)
check_LTLIBRARIES += bench/libfloor.la
endif
bench_launch_CFLAGS = -std=gnu11 -O2 $(WARN_FLAGS)
bench_workloads_aligned_SOURCES = bench/workloads/aligned.c $(bench_headers)
bench_workloads_aligned_CFLAGS = $(bench_CFLAGS)
bench_workloads_batch_SOURCES = bench/workloads/batch.c $(bench_headers)
bench_workloads_batch_CFLAGS = $(bench_CFLAGS)
bench_workloads_churn_SOURCES = bench/workloads/churn.c $(bench_headers)
bench_workloads_churn_CFLAGS = $(bench_CFLAGS)
bench_workloads_growth_SOURCES = bench/workloads/growth.c $(bench_headers)
bench_workloads_growth_CFLAGS = $(bench_CFLAGS)
bench_workloads_handoff_SOURCES = bench/workloads/handoff.c $(bench_headers)
bench_workloads_handoff_CFLAGS = $(bench_CFLAGS)
bench_workloads_idle_SOURCES = bench/workloads/idle.c $(bench_headers)
bench_workloads_idle_CFLAGS = $(bench_CFLAGS)
bench_workloads_large_SOURCES = bench/workloads/large.c $(bench_headers)
bench_workloads_large_CFLAGS = $(bench_CFLAGS)
bench_workloads_neighbour_SOURCES = bench/workloads/neighbour.c $(bench_headers)
bench_workloads_neighbour_CFLAGS = $(bench_CFLAGS)
bench_workloads_outrun_SOURCES = bench/workloads/outrun.c $(bench_headers)
bench_workloads_outrun_CFLAGS = $(bench_CFLAGS)
bench_workloads_pair_SOURCES = bench/workloads/pair.c $(bench_headers)
bench_workloads_pair_CFLAGS = $(bench_CFLAGS)
bench_workloads_phases_SOURCES = bench/workloads/phases.c $(bench_headers)
bench_workloads_phases_CFLAGS = $(bench_CFLAGS)
bench_workloads_rounds_SOURCES = bench/workloads/rounds.c $(bench_headers)
bench_workloads_rounds_CFLAGS = $(bench_CFLAGS)
bench_workloads_server_SOURCES = bench/workloads/server.c $(bench_headers)
bench_workloads_server_CFLAGS = $(bench_CFLAGS)
bench_workloads_vectors_SOURCES = bench/workloads/vectors.c $(bench_headers)
bench_workloads_vectors_CFLAGS = $(bench_CFLAGS)

# The floor of what can be preloaded. It must be a shared object, so it has an -rpath although it is never installed.
bench_libfloor_la_SOURCES = bench/floor.c
bench_libfloor_la_CFLAGS = -std=gnu11 -O2 -fno-builtin -fvisibility=hidden $(WARN_FLAGS)
bench_libfloor_la_LDFLAGS = -module -avoid-version -shared -rpath $(abs_builddir)/bench

EXTRA_DIST += bench/compare bench/publish bench/speed.svg bench/rows bench/run bench/lib/allocators.py bench/lib/compare.py bench/lib/idle.py bench/lib/launch.py \
	bench/lib/machine.py bench/lib/measure.py bench/lib/plot.py bench/lib/programs.py bench/lib/promises.py bench/lib/result.py \
	bench/lib/rows.py bench/lib/significance.py bench/lib/table.py bench/programs/work.lua bench/programs/work.ps bench/programs/work.py \
	bench/programs/work.smt2 bench/programs/work.sql

# BENCH_ROUNDS=5, BENCH_ALLOCATORS="name=/path.so …", BENCH_ONLY="pair server-8"; the results are left as bench/result.json, .txt, .md and .svg.
bench_run = $(srcdir)/bench/run
bench_of = $(abs_builddir)/.libs/libtidepool.so $(abs_builddir)/bench
.PHONY: bench bench-long bench-idle
bench: libtidepool.la bench/libfloor.la $(bench_programs)
	$(bench_run) $(bench_of)
bench-long: libtidepool.la bench/libfloor.la $(bench_programs)
	$(bench_run) --long $(bench_of)
bench-idle: libtidepool.la $(bench_programs)
	$(bench_run) --idle $(bench_of)
