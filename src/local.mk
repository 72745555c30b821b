# The rooms without the exported symbols: what the unit tests, the stress test and the command link.
noinst_LTLIBRARIES += libtidepool_core.la
libtidepool_core_la_SOURCES = \
	src/base.h \
	src/lock.c src/lock.h \
	src/cpu.c src/cpu.h \
	src/program.c src/program.h \
	src/sizeclass.c src/sizeclass.h \
	src/meta.c src/meta.h \
	src/writer.c src/writer.h \
	src/shield.c src/shield.h \
	src/columns.c src/columns.h \
	src/progname.c src/progname.h \
	src/pattern.c src/pattern.h \
	src/lines.c src/lines.h \
	src/notice.c src/notice.h \
	src/fatal.c src/fatal.h \
	src/request.h \
	src/spelling.c src/spelling.h \
	src/signame.c src/signame.h \
	src/value.c src/value.h \
	src/control.c src/control.h \
	src/setting.c src/setting_put.c src/setting.h \
	src/options.c src/options.h src/options.def \
	src/stats.c src/stats.h src/stats.def \
	src/budget.c src/budget.h \
	src/demand.c src/demand.h \
	src/cgroup.c src/cgroup.h \
	src/pagemap.c src/pagemap.h \
	src/shortage.c src/shortage.h \
	src/frames.c src/frames.h \
	src/extents.c src/extents.h \
	src/prefault.c src/prefault.h \
	src/tcache.c src/tcache.h \
	src/large.c src/large.h \
	src/plain.c src/plain.h \
	src/backend.c src/backend.h \
	src/single.c src/single.h \
	src/aside.c src/aside.h \
	src/magazine.c src/magazine.h \
	src/shard.c src/shard.h \
	src/bin.c src/bin.h \
	src/thread.c src/thread.h \
	src/get.c src/get.h \
	src/put.c src/put.h \
	src/pool.c src/pool.h \
	src/calls.c src/calls.h \
	src/drain.c src/drain.h \
	src/pressure.c src/pressure.h \
	src/pacing.c src/pacing.h \
	src/epoch.c src/epoch.h \
	src/background.c src/background.h \
	src/snapshot.c src/snapshot.h \
	src/ranking.c src/ranking.h \
	src/dump_file.c src/dump_file.h \
	src/dump.c src/dump.h src/dump_text.c src/dump_json.c src/dump_prometheus.c \
	src/trigger.c src/trigger.h \
	src/boot.c src/boot.h
libtidepool_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(JEMALLOC_CFLAGS)
libtidepool_core_la_CFLAGS = $(AM_CFLAGS)
libtidepool_core_la_LIBADD = $(JEMALLOC_LIBS)
EXTRA_DIST += src/layers src/libtidepool.map

if !SANITIZER
lib_LTLIBRARIES += libtidepool.la
libtidepool_la_SOURCES = src/interpose.c src/interpose_cxx.c src/interpose_report.c src/interpose_dl.c src/interpose_conf.c src/api.c
libtidepool_la_CPPFLAGS = $(AM_CPPFLAGS) $(JEMALLOC_CFLAGS)
# -fexceptions: bad_alloc passes through our operator new. -fno-builtin: the compiler must not make malloc+memset of our own calloc.
libtidepool_la_CFLAGS = $(AM_CFLAGS) -fexceptions -fno-builtin
libtidepool_la_LIBADD = libtidepool_core.la $(JEMALLOC_LIBS)
libtidepool_la_LDFLAGS = -avoid-version -shared -Wl,--version-script=$(srcdir)/src/libtidepool.map -Wl,-z,defs -Wl,-z,now -Wl,-z,relro
libtidepool_la_DEPENDENCIES = libtidepool_core.la $(srcdir)/src/libtidepool.map
endif

include_tidepooldir = $(includedir)/tidepool
include_tidepool_HEADERS = include/tidepool/tidepool.h

# The command: rooms of its own over those of the settings, which are compiled for it once more, so that it starts where
# jemalloc is missing too, and can say so.
bin_PROGRAMS += tidepool
tidepool_SOURCES = \
	src/spelling.c src/signame.c src/value.c src/writer.c src/setting.c src/setting_put.c src/options.c \
	src/command/verb.c src/command/verb.h \
	src/command/file.c src/command/file.h \
	src/command/human.c src/command/human.h \
	src/command/table.c src/command/table.h \
	src/command/library.c src/command/library.h \
	src/command/elffile.c src/command/elffile.h \
	src/command/executable.c src/command/executable.h \
	src/command/process.c src/command/process.h \
	src/command/figures.c src/command/figures.h \
	src/command/place.c src/command/place.h \
	src/command/ask.c src/command/ask.h \
	src/command/rate.c src/command/rate.h \
	src/command/watch.c src/command/watch.h \
	src/command/page.c src/command/page.h \
	src/command/screen.c src/command/screen.h \
	src/command/plot.c src/command/plot.h \
	src/command/output.c src/command/output.h \
	src/command/report.c src/command/report.h src/command/report_page.c \
	src/command/top.c src/command/diff.c \
	src/command/settings.c src/command/run.c src/command/stat.c \
	src/command/doctor.c src/command/doctor.h src/command/doctor_machine.c src/command/doctor_process.c src/command/main.c
tidepool_CPPFLAGS = $(AM_CPPFLAGS) -DCOMMAND_PREFIX='"$(prefix)"' -DCOMMAND_LIBDIR='"$(libdir)"'
tidepool_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(NCURSES_CFLAGS)
tidepool_LDADD = $(JANSSON_LIBS) $(NCURSES_LIBS) -lm
EXTRA_DIST += src/command/layers
