"""Two results, row by row: what has changed, and what is the machine's mood."""

import math
import statistics
from dataclasses import dataclass

from . import significance
from .allocators import BASE, OURS
from .result import SURE

SMALLEST = 0.03  # a ratio nearer to 1 is not worth a verdict, however sure
FASTER, SLOWER, SAME, UNKNOWN = "faster", "SLOWER", "no difference", "too few rounds"
LESS, MORE = "less", "MORE"
WORSE = (SLOWER, MORE)


@dataclass
class Line:
    """What is said of a row."""

    name: str
    before: float
    after: float
    chance: float
    verdict: str

    def ratio(self):
        return self.after / self.before if self.before else float("inf") if self.after else 1.0


def _judge(name, before, after, floor, words):
    """floor: how far the two may be apart without anybody having changed anything."""
    chance = significance.differs(before, after)
    line = Line(name, statistics.median(before), statistics.median(after), chance, SAME)
    better, worse = words
    if significance.least(len(before), len(after)) > SURE:
        line.verdict = UNKNOWN
    elif chance <= SURE and line.before and line.after and abs(math.log(line.ratio())) > math.log1p(max(floor, SMALLEST)):
        line.verdict = worse if line.ratio() > 1 else better
    return line


def rows(old, new, old_name=OURS, new_name=OURS):
    """(times, peaks, instructions): lists of Line for the rows of both."""
    before = {row.name: row for row in old.rows}
    times, peaks, seen = [], [], set()
    for row in new.rows:
        was = before.get(row.name)
        if was is None:
            continue
        # To jemalloc where both have it: then a slower machine is no slower row.
        with_base = not row.absolute and all(r.samples(BASE) for r in (was, row))
        one, two = (r.by_round(n) if with_base or row.absolute else r.samples(n) for r, n in ((was, old_name), (row, new_name)))
        if one and two:
            times.append(_judge(row.name, one, two, max(was.noise(), row.noise()), (LESS, MORE) if row.absolute else (FASTER, SLOWER)))
        one, two = was.samples(old_name, "peak_kib"), row.samples(new_name, "peak_kib")
        if one and two and not row.absolute and row.of not in seen:
            seen.add(row.of)
            peaks.append(_judge(row.of, one, two, 0.0, (LESS, MORE)))
    counts = []
    for name, now in new.instructions.items():
        one, two = old.instructions.get(name, {}).get(old_name), now.get(new_name)
        if one and two:  # they are exact: no test, and a hundredth is a difference
            counts.append(Line(name, one, two, 0.0, SAME if abs(two / one - 1) < 0.01 else MORE if two > one else LESS))
    return times, peaks, counts


def reference(old, new):
    """The words for what the values are held against."""
    if all(any(row.samples(BASE) for row in result.rows) for result in (old, new)):
        return "ratios to jemalloc in the same round of the same run"
    return "nanoseconds: without jemalloc in both results, a slower machine looks like a slower allocator"


def _text(lines, form):
    width = max(len(line.name) for line in lines)
    out = []
    for line in lines:
        chance = f"p = {line.chance:.3f}" if line.verdict != UNKNOWN else ""
        out.append(f"{line.name:<{width}}  {form(line.before):>10}  {form(line.after):>10}  {(line.ratio() - 1) * 100:>+7.1f} %  {chance:<9}  {line.verdict}")
    return out


def report(old, new, old_name=OURS, new_name=OURS, everything=False):
    """(text, exit status): 1 when something is worse, 2 when nothing could be told."""
    times, peaks, counts = rows(old, new, old_name, new_name)
    if not times:
        return "no row is in both results\n", 2
    out = [f"before: {old_name}, {old.data['rounds']} rounds; after: {new_name}, {new.data['rounds']} rounds; {reference(old, new)}",
           f"a difference is: Mann and Whitney's test, two-sided, p <= {SURE}; and more than {SMALLEST * 100:.0f} %, and than jemalloc's two runs of the row differ"]
    forms = (("time", times, "{:.4g}".format), ("peak resident set, MiB", peaks, lambda kib: f"{kib / 1024:.1f}"), ("instructions", counts, "{:.1f}".format))
    for title, lines, form in forms:
        shown = [line for line in lines if everything or title == "time" or line.verdict not in (SAME, UNKNOWN)]
        if lines:
            out += ["", f"{title}: before, after"]
            out += _text(shown, form) if shown else ["no difference"]
    tested = [line for line in times + peaks if line.verdict != UNKNOWN]
    if not tested:
        return "\n".join(out + ["", "nothing can be told: at least five rounds are needed on either side"]) + "\n", 2
    worse = [line for line in times + peaks + counts if line.verdict in WORSE]
    better = [line for line in times + peaks + counts if line.verdict in (FASTER, LESS)]
    logs = [math.log(line.ratio()) for line in times if line.before > 0 and line.after > 0]
    ratio = math.exp(statistics.fmean(logs or [0.0]))
    out += ["", f"time, geometric mean of the rows: {(ratio - 1) * 100:+.1f} %; {len(better)} better, {len(worse)} worse,"
            f" {len(tested)} tested (chance alone calls up to {len(tested) * SURE:.1f} of them different)"]
    return "\n".join(out) + "\n", 1 if worse else 0
