#!/bin/sh
# doctor - what works is said to work, and what doesn't is named
# shellcheck source=common
. "${0%/*}/common"

compile works
compile static -static
compile own -DOWN_MALLOC
compile asan -fsanitize=address

# --- here ---
expect 0 '^ok    library +/.*libtidepool.so$' "$tidepool" doctor
says '^ok    jemalloc +5\.'
says '^(ok|note) +membarrier'
says '^ok    pools'
says '^(ok|note) +overcommit'
says '^tidepool works here$'
expect 0 'idle threads|sleeping threads' "$tidepool" doctor
expect 0 'note  membarrier +is not there' env TIDEPOOL_MEMBARRIER=off "$tidepool" doctor
expect 1 'NO    pools +nothing is pooled: TIDEPOOL_DISABLE is on' env TIDEPOOL_DISABLE=on TIDEPOOL_CAP=1G "$tidepool" doctor
says '^tidepool does not work here: nothing is pooled'
expect 1 'NO    pools +nothing is pooled: TIDEPOOL_CAP is 0' env TIDEPOOL_DISABLE=off TIDEPOOL_CAP=0 "$tidepool" doctor
expect 1 'NO    pools +nothing is pooled: TIDEPOOL_CLASSES is none' env TIDEPOOL_CLASSES=none "$tidepool" doctor
expect 1 'NO    pools +nothing is pooled: in an address space of 19.5M' bash -c "ulimit -v 20000; exec '$tidepool' doctor"
expect 0 'note  dumps +can.t be written to /nowhere' env TIDEPOOL_DUMP=/nowhere/%n "$tidepool" doctor
expect 0 'note  settings +TIDEPOOL_EPOHC is no setting' env TIDEPOOL_EPOHC=1 "$tidepool" doctor
expect 0 'note  settings +TIDEPOOL_EPOCH=x: not understood' env TIDEPOOL_EPOCH=x "$tidepool" doctor
expect 0 'note  settings +TIDEPOOL_epoch is no setting' env TIDEPOOL_epoch=1s "$tidepool" doctor
expect 1 'NO    settings +TIDEPOOL_EPOC is no setting; TIDEPOOL_STRICT is on: no program is run' env TIDEPOOL_STRICT=on TIDEPOOL_EPOC=1s "$tidepool" doctor
says '^tidepool does not work here: TIDEPOOL_EPOC is no setting'
expect 1 'NO    settings +TIDEPOOL_EPOCH=x: not understood; TIDEPOOL_STRICT is on' env TIDEPOOL_STRICT=on TIDEPOOL_EPOCH=x "$tidepool" doctor
expect 0 '^tidepool works here' env TIDEPOOL_STRICT=on TIDEPOOL_EPOCH=1s "$tidepool" doctor
expect 0 'note  signal +SIGRTMIN\+11 is ignored' bash -c "trap '' RTMIN+11; exec '$tidepool' doctor"
expect 0 'note  limits +the address space is limited to 4.0G' bash -c "ulimit -v 4194304; exec '$tidepool' doctor"
expect 1 'NO    library +no/lib.so can.t be read' "$tidepool" doctor --library=no/lib.so
echo nothing >"$work/libtidepool.so"
expect 1 'NO    library +the loader has not taken it' "$tidepool" doctor --library="$work/libtidepool.so"

# Whoever reads no further than a line leaves nothing behind.
mkdir "$work/tmp"
for lines in 1 2; do
	# shellcheck disable=SC2016 # the inner shell's
	expect 0 '' env TMPDIR="$work/tmp" sh -c '"$0" doctor | head -n "$1"' "$tidepool" $lines
	holds "no folder is left after $lines lines" [ -z "$(ls "$work/tmp")" ]
done

# --- a command ---
expect 0 '^tidepool works for' "$tidepool" doctor "$work/works"
says '^ok    executable'
expect 1 'NO    executable .*static is linked statically' "$tidepool" doctor "$work/static"
says '^tidepool does not work for'
expect 1 'NO    executable .*own brings its own malloc' "$tidepool" doctor "$work/own"
expect 1 'NO    executable .*asan is built with AddressSanitizer' "$tidepool" doctor "$work/asan"
expect 1 'nowhere can.t be run: No such file' "$tidepool" doctor nowhere
expect 0 'is a script for .*/sh$' "$tidepool" doctor "$0"
printf '#!/usr/bin/env -S bash -e\n' >"$work/script" && chmod +x "$work/script"
expect 0 'is a script for .*/bash$' "$tidepool" doctor "$work/script"
printf '#!%s\n' "$work/static" >"$work/script"
expect 1 'static is linked statically' "$tidepool" doctor "$work/script"
# Without a section header, cut short, and full of nonsense: no file is believed.
head -c 3000 "$work/works" >"$work/cut" && chmod +x "$work/cut"
expect 0 'cut' "$tidepool" doctor "$work/cut"
for library in /usr/lib/*/libtcmalloc.so.4 /usr/lib/*/libtcmalloc_minimal.so.4 /usr/lib/*/libmimalloc.so.2; do
	[ -e "$library" ] || continue
	expect 0 'note  LD_PRELOAD .*brings a malloc too' env LD_PRELOAD="$library" "$tidepool" doctor
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	cp "$tidepool" "$work/tidepool"
	mkdir "$work/.libs" && cp -L .libs/libtidepool.so "$work/.libs/"
	cp "$work/works" "$work/raised" && chmod 4755 "$work/raised"
	expect 1 'raised is set-user-ID' setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" doctor "$work/raised"
fi

# --- a process ---
start "$tidepool" run "$work/works"
expect 0 '^ok    signal +SIGRTMIN\+11 asks for a dump, and was answered' "$tidepool" doctor "$pid"
says "^tidepool works in process $pid\$"
start "$work/works"
expect 1 'NO    library +is not loaded: the process was started without it' "$tidepool" doctor "$pid"
holds 'it lives' kill -0 "$pid"
start "$tidepool" run "$work/static"
expect 1 'is linked statically' "$tidepool" doctor "$pid"
start "$tidepool" run "$work/own"
expect 1 'NO    executable .*own brings its own malloc' "$tidepool" doctor "$pid"
start "$tidepool" run "$work/works" 30 blocks
expect 1 'NO    signal .*has not answered' "$tidepool" doctor "$pid"
start "$tidepool" run "$work/works" 30 clobbers
expect 0 'note  settings .*overwritten its environment' "$tidepool" doctor "$pid"
start env LD_PRELOAD="$work/libtidepool.so" "$work/works"
expect 1 'NO    library +LD_PRELOAD was .*the loader has not taken it' "$tidepool" doctor "$pid"
expect 1 'NO    process +there is no process 4194999' "$tidepool" doctor 4194999
expect 2 'one process at a time' "$tidepool" doctor "$pid" 1
finish
