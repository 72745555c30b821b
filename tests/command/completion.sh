#!/bin/bash
# completion - what bash offers, word by word: the script is sourced, as bash-completion does it
# shellcheck source=common
. "${0%/*}/common"

PATH=$build:$PATH
# shellcheck source=../../completion/tidepool
. "$source/../../completion/tidepool" || fault 'the script can not be sourced'
holds 'tidepool is completed' complete -p tidepool >"$work/said"

# The last word is the one that is being written. What is offered stands in $work/said, one a line.
offers() # WORDS-EXPECTED WORD...
{
	checks=$((checks + 1))
	local expected=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_tidepool
	printf '%s\n' "${COMPREPLY[@]}" >"$work/said"
	[ "${COMPREPLY[*]}" = "$expected" ] || fault "'$*' offers '${COMPREPLY[*]}', not '$expected'"
}
offers_also() # WORD WORD...
{
	checks=$((checks + 1))
	local expected=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_tidepool
	printf '%s\n' "${COMPREPLY[@]}" >"$work/said"
	grep -qxF -e "$expected" "$work/said" || fault "'$*' does not offer '$expected'"
}

offers 'stat settings' tidepool s
offers 'run stat top diff report doctor settings --help --version' tidepool ''
offers '--json' tidepool stat --j
offers '--interval=' tidepool top --int
offers 'gets' tidepool diff --sort = g
offers 'text markdown man names' tidepool settings --format =
offers_also 'USR2' tidepool stat --signal = USR
offers 'EPOCH=' tidepool run -o EP
offers 'EPOCH=' tidepool run -o ep
offers_also '--print-library' tidepool run -
mkdir "$work/files" && cd "$work/files" || exit 1
touch a.json b.json
offers 'a.json b.json' tidepool diff ''
offers 'b.json' tidepool report a.json b
offers 'a.json' tidepool report --output = a
offers_also 'true' tidepool run tru
offers_also 'true' tidepool run -o EPOCH = 1s -- tru
offers_also 'true' tidepool doctor tru
offers 'a.json b.json' tidepool run cat ''

# Every verb and every option of the help is offered.
for verb in $("$tidepool" --help | sed -n 's/^\(usage:\|      \) tidepool \([a-z][a-z]*\) .*/\2/p'); do
	offers_also "$verb" tidepool "${verb:0:2}"
	for option in $("$tidepool" "$verb" --help | grep '^  -' | grep -oE -- '--[a-z-]{3,}=?' | sort -u); do
		offers_also "$option" tidepool "$verb" "${option%=}"
	done
done

# Processes: those that carry the library, and no others.
compile works
start "$tidepool" run "$work/works"
offers_also "$pid" tidepool stat ''
offers_also "$pid" tidepool top "$pid" ''
offers "$pid" tidepool doctor "$pid"
start "$work/works"
offers '' tidepool stat "$pid"
finish
