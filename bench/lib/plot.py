"""A result as a plot: a line for each row, a mark for each allocator, on a logarithmic scale of the ratio to jemalloc.

The plot brings its own ground, which is dark where the reader's system is: so it is readable on any page. Allocators differ in shape as
well as in colour; the colours are those of Okabe and Ito, which people with other colour vision can tell apart.
"""

import math
from xml.sax.saxutils import escape

from .allocators import AGAIN, BASE, OURS

STYLE = """
svg { --ground: #ffffff; --ink: #24292f; --faint: #d0d7de; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --ink: #d7dde3; --faint: #30363d; --bar: #56b4e9; } }
text { font: 11px system-ui, sans-serif; fill: var(--ink); } .head { font-weight: 600; } .ground { fill: var(--ground); }
.scale { stroke: var(--faint); } .one { stroke: var(--ink); stroke-width: 1.5; } .end { text-anchor: end; } .mid { text-anchor: middle; }
.ours { fill: var(--bar); stroke: var(--bar); } .other { fill: none; stroke-width: 1.6; }
"""
COLOURS = ("#e69f00", "#009e73", "#cc79a7", "#d55e00", "#8c8c8c", "#b09a00", "#6a7fdb")
LEFT, RIGHT, TOP, LINE, WIDTH = 150, 60, 56, 16, 760
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def _mark(x, y, shape, size=3.6):
    """One of four shapes around a point."""
    s = size
    if shape == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s}"/>'
    if shape == 1:
        return f'<rect x="{x - s + 0.4:.1f}" y="{y - s + 0.4:.1f}" width="{2 * s - 0.8:.1f}" height="{2 * s - 0.8:.1f}"/>'
    points = ((0, -s), (s, s - 0.6), (-s, s - 0.6)) if shape == 2 else ((0, -s - 0.6), (s + 0.6, 0), (0, s + 0.6), (-s - 0.6, 0))
    return '<polygon points="' + " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points) + '"/>'


def _lines(result):
    """What stands in the plot, from above: (None, heading) or (row, name)."""
    out = []
    for name, words in result.data["sections"].items():
        rows = [row for row in result.section(name) if not row.absolute and row.ratio(OURS)]
        if rows:
            out += [(None, words)] + [(row, row.name) for row in rows]
    return out


def svg(result):
    """The text of the picture."""
    others = [n for n in result.names if n not in (OURS, BASE, AGAIN)]
    lines = _lines(result)
    ratios = [r for row, _ in lines if row for n in [OURS] + others if (r := row.ratio(n))] or [1]
    low = max((t for t in TICKS if t <= min(ratios + [0.5])), default=TICKS[0])
    high = min((t for t in TICKS if t >= max(ratios + [2])), default=TICKS[-1])

    def at(ratio):
        ratio = min(max(ratio, low), high)
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(ratio / low) / math.log(high / low)

    bottom = TOP + LINE * len(lines) + 6
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 24}" width="{WIDTH}" role="img">',
           "<title>Time of each workload as a ratio to jemalloc; to the left is faster</title>", f"<style>{STYLE}</style>",
           f'<rect class="ground" width="{WIDTH}" height="{bottom + 24}"/>',
           '<text class="head" x="12" y="18">time, as a ratio to jemalloc (1): to the left is faster</text>']
    x = 12
    for i, name in enumerate([OURS] + others):
        how = 'class="ours"' if name == OURS else f'class="other" stroke="{COLOURS[(i - 1) % len(COLOURS)]}"'
        out.append(f"<g {how}>{_mark(x + 5, 34, 0 if name == OURS else i % 4, 4.6 if name == OURS else 3.6)}</g>")
        out.append(f'<text x="{x + 14}" y="38">{escape(name)}</text>')
        x += 30 + 7 * len(name)
    for tick in TICKS:
        if low <= tick <= high:
            kind = "one" if tick == 1 else "scale"
            out.append(f'<line class="{kind}" x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="{TOP - 6}" y2="{bottom}"/>')
            out.append(f'<text class="mid" x="{at(tick):.1f}" y="{bottom + 15}">{tick:g}</text>')
    for i, (row, words) in enumerate(lines):
        y = TOP + LINE * i + LINE / 2
        if row is None:
            out.append(f'<text class="head" x="12" y="{y + 4:.1f}">{escape(words)}</text>')
            continue
        out.append(f'<text class="end" x="{LEFT - 10}" y="{y + 4:.1f}">{escape(words)}</text>')
        for k, name in enumerate(others):
            if row.ratio(name):
                out.append(f'<g class="other" stroke="{COLOURS[k % len(COLOURS)]}">{_mark(at(row.ratio(name)), y, (k + 1) % 4)}</g>')
        ours = row.ratio(OURS)
        out.append(f'<g class="ours">{_mark(at(ours), y, 0, 4.6)}</g>')
        out.append(f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4:.1f}">{ours:.2f}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"
