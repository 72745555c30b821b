# The workloads, one file each; `make bench` runs them under every allocator on the machine.
bench_programs = bench/pair bench/batch bench/growth bench/phases bench/handoff bench/outrun bench/idle
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
bench_CFLAGS = -std=gnu11 -O2 -fno-builtin -pthread $(WARN_FLAGS)
bench_pair_SOURCES = bench/pair.c bench/clock.h
bench_pair_CFLAGS = $(bench_CFLAGS)
bench_batch_SOURCES = bench/batch.c bench/clock.h
bench_batch_CFLAGS = $(bench_CFLAGS)
bench_growth_SOURCES = bench/growth.c bench/clock.h
bench_growth_CFLAGS = $(bench_CFLAGS)
bench_phases_SOURCES = bench/phases.c bench/clock.h
bench_phases_CFLAGS = $(bench_CFLAGS)
bench_handoff_SOURCES = bench/handoff.c bench/clock.h
bench_handoff_CFLAGS = $(bench_CFLAGS)
bench_outrun_SOURCES = bench/outrun.c bench/clock.h
bench_outrun_CFLAGS = $(bench_CFLAGS)
bench_idle_SOURCES = bench/idle.c bench/clock.h
bench_idle_CFLAGS = $(bench_CFLAGS)
EXTRA_DIST += bench/run bench/run-idle

# A table to stdout: BENCH_ROUNDS=5, BENCH_ALLOCATORS="name=/path.so ...", BENCH_ONLY="pair handoff".
.PHONY: bench bench-idle
bench: libtidepool.la $(bench_programs)
	$(srcdir)/bench/run $(abs_builddir)/.libs/libtidepool.so $(abs_builddir)/bench $${BENCH_ROUNDS:-5}
bench-idle: libtidepool.la bench/idle$(EXEEXT)
	$(srcdir)/bench/run-idle $(abs_builddir)/.libs/libtidepool.so $(abs_builddir)/bench
