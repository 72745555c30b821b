# tests/programs: filled by the rooms that live here

# Unmodified programs, run without the library and with it; see run. The shared object that they need is not built for a
# sanitizer.
program_tests = \
	tests/programs/awk.sh \
	tests/programs/bash.sh \
	tests/programs/bc.sh \
	tests/programs/clang.sh \
	tests/programs/gcc.sh \
	tests/programs/gdb.sh \
	tests/programs/git.sh \
	tests/programs/groff.sh \
	tests/programs/gxx.sh \
	tests/programs/java.sh \
	tests/programs/jq.sh \
	tests/programs/lua.sh \
	tests/programs/make.sh \
	tests/programs/nginx.sh \
	tests/programs/node.sh \
	tests/programs/openssl.sh \
	tests/programs/perl.sh \
	tests/programs/postgres.sh \
	tests/programs/python3.sh \
	tests/programs/redis.sh \
	tests/programs/sort.sh \
	tests/programs/sqlite3.sh \
	tests/programs/tar.sh \
	tests/programs/xz.sh \
	tests/programs/zstd.sh
EXTRA_DIST += $(program_tests) tests/programs/run
if !SANITIZER
TESTS += $(program_tests)
endif
