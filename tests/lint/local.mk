# tests/lint: filled by the rooms that live here

# What needs no build: the sources and the scripts as they lie there, and a planted fault for each. Once is enough: not
# again for every sanitizer.
source_lints = tests/lint/layers tests/lint/edges tests/lint/rooms tests/lint/shellcheck tests/lint/selftest
dist_check_SCRIPTS += $(source_lints)
if !SANITIZER
TESTS += $(source_lints)
endif

# The library offers what src/libtidepool.map lists, and nothing else.
dist_check_SCRIPTS += tests/lint/exports
if !SANITIZER
TESTS += tests/lint/exports
endif

# The pages' tables are what the built command prints.
dist_check_SCRIPTS += tests/lint/pages
TESTS += tests/lint/pages
