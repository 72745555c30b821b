#!/bin/sh
# run - the library is found, the environment is as promised, and the status is the command's
# shellcheck source=common
. "${0%/*}/common"

library=$(readlink -f .libs/libtidepool.so)
expect 0 "^$library\$" "$tidepool" run --print-library
expect 0 "^LD_PRELOAD=$library\$" "$tidepool" run env
expect 0 "^LD_PRELOAD=$library:/lib/other.so\$" env LD_PRELOAD=/lib/other.so "$tidepool" run env
expect 0 "^LD_PRELOAD=$library\$" "$tidepool" run "$tidepool" run env
expect 0 "^LD_PRELOAD=$library:b.so\$" env LD_PRELOAD="/old/libtidepool.so b.so" "$tidepool" run env
expect 0 '^TIDEPOOL_EPOCH=5s$' "$tidepool" run -o EPOCH=5s env
expect 0 '^TIDEPOOL_CAP=1G$' "$tidepool" run -o tidepool_cap=1G -oMAGAZINE=8K -- env
says '^TIDEPOOL_MAGAZINE=8K$'
expect 0 '/libtidepool\.so$' "$tidepool" run grep -m1 -o '/.*/libtidepool.so' /proc/self/maps
expect 0 '^-o$' "$tidepool" run -- printf '%s\n' -o

# status
expect 7 - "$tidepool" run sh -c 'exit 7'
expect 127 'nowhere can.t be run' "$tidepool" run nowhere
expect 126 'can.t be run: Permission denied' "$tidepool" run /etc/passwd
expect 125 'what shall be run' "$tidepool" run

# settings are looked at before anything runs
expect 125 'no setting EPOHC; did you mean EPOCH\?' "$tidepool" run -o EPOHC=1s touch "$work/ran"
expect 125 'EPOCH=banana: not understood; allowed: 1ms to 1h' "$tidepool" run -o EPOCH=banana touch "$work/ran"
expect 125 'has no =' "$tidepool" run -o EPOCH touch "$work/ran"
expect 125 'needs a value' "$tidepool" run -o
holds 'nothing has run' [ ! -e "$work/ran" ]

# the library
expect 125 'no/lib.so can.t be read: No such file' "$tidepool" run --library=no/lib.so true
mkdir "$work/a b" && cp .libs/libtidepool.so "$work/a b/"
expect 125 'space or a colon' "$tidepool" run --library="$work/a b/libtidepool.so" true
expect 125 '/etc/passwd can.t be preloaded: it is no shared object' "$tidepool" run --library=/etc/passwd touch "$work/ran"
head -c 9000 "$library" >"$work/cut.so"
expect 125 'cut.so is no libtidepool.so' "$tidepool" run --library="$work/cut.so" touch "$work/ran"
expect 125 'tidepool is no libtidepool.so' "$tidepool" run --library="$tidepool" touch "$work/ran"
cp "$library" "$work/foreign.so"
printf '\0\0' | dd of="$work/foreign.so" bs=1 seek=18 conv=notrunc 2>/dev/null # e_machine
expect 125 'foreign.so can.t be preloaded: it is for another kind' "$tidepool" run --library="$work/foreign.so" touch "$work/ran"
holds 'nothing has run' [ ! -e "$work/ran" ]
strip -o "$work/stripped.so" "$library"
expect 0 '^LD_PRELOAD=.*stripped.so$' "$tidepool" run --library="$work/stripped.so" env
# installed: bin/tidepool and the lib folder beside it
mkdir -p "$work/usr/bin" "$work/usr/lib" "$work/lone"
cp "$tidepool" "$work/usr/bin/" && cp "$library" "$work/usr/lib/"
libdir=$(sed -n 's/^libdir = *//p' Makefile)
# shellcheck disable=SC2016 # as the Makefile has it
if [ "$libdir" = '${exec_prefix}/lib' ]; then
	expect 0 "^$(readlink -f "$work")/usr/lib/libtidepool.so\$" "$work/usr/bin/tidepool" run --print-library
fi
if ! [ -e /usr/local/lib/libtidepool.so ]; then
	cp "$tidepool" "$work/lone/"
	expect 125 'libtidepool.so was not found' "$work/lone/tidepool" run true
fi

# programs that it can't help
compile static -static
expect 0 'is linked statically' "$tidepool" run "$work/static" 0
says '^ready$'
expect 0 '^ready$' "$tidepool" run -o QUIET=on "$work/static" 0
says_not 'statically'
compile own -DOWN_MALLOC
expect 0 '^ready$' "$tidepool" run "$work/own" 0
holds 'the library says it itself, once' [ "$(grep -c 'steps aside' "$work/err")" = 1 ]
compile plain
expect 0 '^ready$' "$tidepool" run "$work/plain" 0
holds 'nothing on stderr' [ ! -s "$work/err" ]
finish
