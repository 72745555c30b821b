#!/bin/sh
# report - the page is well-formed, needs nothing else, and a real browser shows it whole, light, dark and on paper
# shellcheck source=common
. "${0%/*}/common"
needs jq

compile works
mkdir "$work/dumps"
start "$tidepool" run -o EPOCH=200ms "$work/works"
for i in 1 2 3 4 5 6 7 8; do
	"$tidepool" stat "$pid" --json >"$work/dumps/$i.json"
	sleep 0.25
done
cd "$work" || exit 1

# The order of the files says nothing.
expect 0 - "$tidepool" report -o page.html dumps/8.json dumps/1.json dumps/[2-7].json
expect 0 '<h1>' "$tidepool" report dumps/*.json
holds 'the same page on stdout' cmp -s out page.html
holds 'no half a page is left' [ -z "$(ls page.html.* 2>/dev/null)" ]
cp page.html said
says "works, process $pid"
says '8 dumps, from [0-9.]+ s to [0-9.]+ s'
says 'TIDEPOOL_EPOCH</th><td>200ms'
for title in 'Cached bytes by level' 'Misses a second' 'Resident memory' 'Gets and puts a second' 'Hits by size'; do says "<h3>$title</h3>"; done
checks=$((checks + 1))
! sed 's|xmlns="http://www.w3.org/1999/xhtml"||' page.html | grep -Eq 'https?:|src=|<script|<link|url\(|@import' || fault 'the page needs something from elsewhere'

well_formed() # FILE
{
	checks=$((checks + 1))
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1" >said 2>&1
	else
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" >said 2>&1
	fi || fault "$1 is not well-formed"
}
well_formed page.html

# One dump; several processes; names that are no friends; a process that has never cached anything.
expect 0 - "$tidepool" report -o one.html dumps/1.json
cp one.html said
says 'one dump, .* with several of a process'
well_formed one.html
jq '.pid = 7 | .program = "<script>alert(1)</script>&\u0001\ud83d\ude00\""' dumps/3.json >evil.json
jq '.pid = 8 | .classes = [] | .totals = {} | .jemalloc.sampled_seconds_ago = null' dumps/3.json >empty.json
expect 0 - "$tidepool" report -o several.html dumps/*.json evil.json empty.json
cp several.html said
holds 'three sections' [ "$(grep -c '<section>' several.html)" = 3 ]
says '&lt;script&gt;alert'
says_not '<script>'
says 'not known'
well_formed several.html
# An older library's dump, without the levels and without a time.
jq 'del(.time_seconds) | del(.totals.private_bytes, .totals.shared_bytes)' dumps/4.json >old.json
expect 0 - "$tidepool" report -o old.html old.json
well_formed old.html

expect 1 'nowhere.json can.t be read' "$tidepool" report nowhere.json -o x.html
expect 1 'page.html is no dump in JSON' "$tidepool" report page.html
expect 1 'nowhere/x.html can.t be written: No such file' "$tidepool" report dumps/1.json -o nowhere/x.html
holds 'nothing is left of failures' [ ! -e x.html ]
expect 2 'which dumps' "$tidepool" report

# --- what is written over ---
expect 0 '</html>' "$tidepool" report dumps/1.json -o -
cp out wanted
(umask 022 && echo old >kept.html && chmod 640 kept.html)
expect 0 - "$tidepool" report dumps/1.json -o kept.html
holds 'the mode of the one before stays' [ "$(stat -c %a kept.html)" = 640 ]
mkdir elsewhere && echo old >elsewhere/real.html
ln -s elsewhere/real.html link.html && ln -s link.html link2.html && ln -s elsewhere/new.html dangling.html
expect 0 - "$tidepool" report dumps/1.json -o link2.html
expect 0 - "$tidepool" report dumps/1.json -o dangling.html
holds 'links stay' [ "$(readlink link2.html link.html dangling.html | tr '\n' ' ')" = 'link.html elsewhere/real.html elsewhere/new.html ' ]
holds 'what a link names is written' cmp -s wanted elsewhere/real.html
holds 'also when it was not there' cmp -s wanted elsewhere/new.html
ln -s circle circle
expect 1 'circle can.t be written: Too many levels' "$tidepool" report dumps/1.json -o circle
mkfifo pipe
timeout 30 cat pipe >piped &
reader=$!
expect 0 - "$tidepool" report dumps/1.json -o pipe
wait $reader
holds 'a pipe stays one' [ -p pipe ]
holds 'and is written' cmp -s wanted piped
expect 1 'elsewhere can.t be written: Is a directory' "$tidepool" report dumps/1.json -o elsewhere
echo old >appended
"$tidepool" report dumps/1.json -o /proc/self/fd/1 >>appended
holds 'an open file is written itself' [ "$(head -n 1 appended)" = old ]
if [ "$(id -u)" = 0 ]; then
	chown 65534:65534 kept.html
	expect 0 - "$tidepool" report dumps/1.json -o kept.html
	holds 'the owner and the mode stay' [ "$(stat -c '%u %g %a' kept.html)" = '65534 65534 640' ]
fi
# shellcheck disable=SC2016 # the inner shell's
expect 1 'limited.html could not be written: File too large' bash -c 'ulimit -f 4; exec "$0" report dumps/1.json -o limited.html' "$tidepool"
holds 'nothing is left beside' [ -z "$(find . -name '*.tmp*')" ]
holds 'nor half a page' [ ! -e limited.html ]

# --- in a browser ---
browser=
for candidate in chromium-headless-shell chromium chromium-browser google-chrome; do
	if command -v "$candidate" >/dev/null; then
		browser=$candidate
		break
	fi
done
if [ -z "$browser" ]; then
	echo "report: no browser is installed (chromium-headless-shell): the page was not looked at"
	finish
fi

# What the browser has made of it, measured by a script that is put into a copy of the page.
measure='<script>
const wrong = [];
for (const svg of document.querySelectorAll("svg.plot")) {
	const room = svg.viewBox.baseVal;
	for (const part of svg.querySelectorAll("path,rect,circle,text")) {
		const box = part.getBBox();
		if (box.x &lt; -1 || box.y &lt; -1 || box.x + box.width > room.width + 1 || box.y + box.height > room.height + 1)
			wrong.push("outside: " + part.outerHTML.slice(0, 80));
	}
	const labels = [...svg.querySelectorAll("text.x")].map(t => t.getBBox()).sort((a, b) => a.x - b.x);
	for (let i = 1; i &lt; labels.length; i++)
		if (labels[i - 1].x + labels[i - 1].width > labels[i].x)
			wrong.push("labels overlap");
	if (svg.getBoundingClientRect().height &lt; 50)
		wrong.push("a plot is not shown");
}
if (document.documentElement.scrollWidth > window.innerWidth)
	wrong.push("wider than the window: " + document.documentElement.scrollWidth);
const measured = document.createElement("pre");
measured.textContent = "MEASURED plots " + document.querySelectorAll("svg.plot").length + " points " + document.querySelectorAll("circle").length +
	" ground " + getComputedStyle(document.body).backgroundColor + " wrong " + wrong.length + " " + wrong.join("; ");
document.body.append(measured);
</script>'
printf '%s\n' "$measure" >measure
sed -i 's/&lt;/</g' measure
for page in page one several; do sed '/<\/body>/{
	r measure
	N
}' "$page.html" >"measured-$page.html"; done

browse() # ARGUMENT...
{
	timeout -k 5 60 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" "$@" >browsed 2>browser-errors </dev/null
}
looks() # PAGE WORDS ARGUMENT...
{
	checks=$((checks + 1))
	page=$1
	words=$2
	shift 2
	browse "$@" --dump-dom "file://$work/measured-$page.html"
	grep -o 'MEASURED plots [0-9].*' browsed | sed 's/<.*//' >said
	grep -Eq -e "$words" said || fault "$page.html in $browser is not as expected: $words"
}
looks page 'plots 5 points [1-9][0-9]* ground rgb\(255, 255, 255\) wrong 0' --window-size=1000,900
looks page 'ground rgb\(20, 24, 28\) wrong 0' --blink-settings=preferredColorScheme=0
looks page 'wrong 0' --window-size=500,900
looks one 'plots 5 .* wrong 0'
looks several 'plots 14 .* wrong 0'
browse --no-pdf-header-footer --print-to-pdf="$work/page.pdf" "file://$work/page.html"
holds 'it can be printed' [ "$(head -c 5 page.pdf 2>/dev/null)" = '%PDF-' ]
finish
