#!/bin/sh
# awk - arrays, fields, patterns, substitution
# shellcheck source=run
. "${0%/*}/run"
needs awk
loads awk

work()
{
	awk 'BEGIN { for (i = 0; i < 120000; i++) { x = (x * 69069 + 1) % 4294967296; print int(x / 65536) % 5003, "w" int(x / 4096) % 9973, x } }' >data
	awk '{ n[$1]++; s[$1] += $3; last[$2] = last[$2] substr($0, 1, 3) }
		END { for (k in n) { c++; t += n[k]; m += length(s[k] "") } for (w in last) { d++; l += length(last[w]) } print c, t, m, d, l }' data
	awk '{ gsub(/[0-9][0-9]/, "<&>"); sub(/w/, toupper($2)); if (NR % 9 == 0) out = out substr($0, 1, 7) } END { print length(out) }' data
	awk 'NR % 3 == 0 { split($0, part, ""); k = part[1] part[3]; if (!(k in seen)) { seen[k] = NR; if (length(order) < 3000) order = order k } if (NR % 300 == 0) delete seen[k] } END { print length(order), order }' data
	awk '{ printf "%s %d\n", $2, $1 | "sort | head -n 3" }' data
}

compare
