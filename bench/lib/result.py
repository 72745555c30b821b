"""What a run of the bench has measured, in memory and as JSON, and what is computed from it.

The JSON (`"schema": 1`):

    rounds, long, seconds            how often, which list, how long it took
    machine                          what it was measured on, and its load before and after
    allocators                       [{name, file}]; the first is ours; `missing`: those that are not installed
    sections                         {name: words}
    rows                             [{name, of, section, target, absolute, skipped, failed, runs}]
        name, of                     the line of the tables, and the run that it is a figure of
        skipped                      why it was not measured, or null
        failed                       {allocator: why its runs have no value}
        runs                         {allocator: {value: [one a round], cpu_ns, peak_kib, faults}}; value in ns, or MiB for an absolute row
    instructions                     {row: {allocator: number for an object}}
"""

import json
import math
import statistics

from . import significance
from .allocators import AGAIN, BASE, FLOOR, OURS

SCHEMA = 1
SURE = 0.01  # what chance does less often is a finding
SMALL_KIB = 8192  # a process whose peak is below this with jemalloc is small: its peak is the libraries, not the heap
OWN_SECTIONS_NOT = ("programs", "process")


class Row:
    """A line of the tables."""

    def __init__(self, data):
        self.data = data
        self.name, self.of, self.section, self.target = data["name"], data["of"], data["section"], data["target"]
        self.absolute, self.skipped, self.failed = data["absolute"], data["skipped"], data["failed"]

    def samples(self, allocator, what="value"):
        """One a round; rounds without a value left out."""
        return [v for v in self.data["runs"].get(allocator, {}).get(what, []) if v is not None]

    def median(self, allocator, what="value"):
        """None where there is nothing."""
        samples = self.samples(allocator, what)
        return statistics.median(samples) if samples else None

    def ratio(self, allocator, what="value", to=BASE):
        """Median to median; None where one is missing, or the divisor is 0."""
        mine, theirs = self.median(allocator, what), self.median(to, what)
        return mine / theirs if mine is not None and theirs else None

    def by_round(self, allocator):
        """The ratio to jemalloc in each round (to the mean of its two runs), or the values themselves where there is no jemalloc."""
        runs = self.data["runs"]
        if allocator not in runs:
            return []
        bases = [runs[name]["value"] for name in (BASE, AGAIN) if name in runs and allocator != name]
        out = []
        for i, mine in enumerate(runs[allocator]["value"]):
            theirs = [b[i] for b in bases if i < len(b) and b[i]]
            if mine is None or (bases and not theirs):
                continue
            out.append(mine / math.exp(statistics.fmean(map(math.log, theirs))) if theirs and not self.absolute else mine)
        return out

    def noise(self):
        """How far jemalloc is from itself: a ratio is no finer than this. 0 when it ran once."""
        again = self.ratio(AGAIN)
        return abs(again - 1) if again else 0.0

    def slower(self, allocator=OURS):
        """Slower than jemalloc beyond noise: more than jemalloc's own two runs differ, and hardly by chance."""
        ratio = self.ratio(allocator)
        if self.absolute or ratio is None or ratio <= 1 + self.noise():
            return False
        return significance.larger(self.samples(allocator), self.samples(BASE) + self.samples(AGAIN)) <= SURE

    def best_other(self, names):
        """(name, ratio of ours to it) of the fastest of the others."""
        others = [(self.median(n), n) for n in names if self.median(n)]
        if not others or not self.median(OURS):
            return None, None
        value, name = min(others)
        return name, self.median(OURS) / value

    def reached(self):
        """None without a target or a value."""
        value = self.median(OURS) if self.absolute else self.ratio(OURS)
        return None if self.target is None or value is None else value <= self.target

    def own(self):
        """One of our own workloads."""
        return self.section not in OWN_SECTIONS_NOT and not self.absolute


class Result:
    """All rows of a run."""

    def __init__(self, data):
        if data.get("schema") != SCHEMA:
            raise SystemExit(f"bench: this result has schema {data.get('schema')}, and I read {SCHEMA}")
        self.data = data
        self.rows = [Row(row) for row in data["rows"]]
        self.names = [a["name"] for a in data["allocators"]]
        self.instructions = data["instructions"]

    @staticmethod
    def load(path):
        try:
            with open(path, encoding="utf-8") as source:
                return Result(json.load(source))
        except (OSError, ValueError) as problem:
            raise SystemExit(f"bench: {path}: {problem}") from None

    def save(self, path):
        with open(path, "w", encoding="utf-8") as out:
            json.dump(self.data, out, indent=1, ensure_ascii=False)
            out.write("\n")

    def others(self):
        """The allocators that ours is compared with."""
        return [n for n in self.names if n not in (OURS, AGAIN)]

    def geometric(self, allocator, rows=None, what="value"):
        """The geometric mean of the ratios to jemalloc; by default over our own workloads."""
        logs = [math.log(r) for row in (self.own() if rows is None else rows) if (r := row.ratio(allocator, what))]
        return math.exp(statistics.fmean(logs)) if logs else None

    def own(self):
        return [row for row in self.rows if row.own()]

    def section(self, name):
        return [row for row in self.rows if row.section == name]

    def runs(self):
        """One row for each command: what a command took besides time must not be counted for each of its figures."""
        seen = set()
        return [row for row in self.rows if not row.absolute and not (row.of in seen or seen.add(row.of))]

    def not_small(self):
        """The runs whose peak says something about the heap."""
        return [row for row in self.runs() if (row.median(BASE, "peak_kib") or 0) >= SMALL_KIB]

    def noise(self):
        """The median and the largest deviation of jemalloc from itself, with the row of the latter; None when it ran once."""
        found = [(row.noise(), row.name) for row in self.rows if not row.absolute and row.ratio(AGAIN)]
        return (statistics.median(n for n, _ in found), *max(found)) if found else None

    def floor_ratio(self, row):
        return row.ratio(OURS, to=FLOOR)
