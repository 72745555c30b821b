"""A result for people: as text, and as Markdown for the README."""

from . import promises
from .allocators import AGAIN, BASE, FLOOR, OURS

NOTHING = "–"
ENOUGH = 4  # rounds: with fewer, chance alone gives any order in more than one of a hundred cases
DETAILS = (
    ("peak_kib", "peak resident set, MiB", lambda kib: f"{kib / 1024:.1f}"),
    ("cpu_ns", "CPU time of the process, seconds", lambda ns: f"{ns / 1e9:.3f}"),
    ("faults", "page faults of the process", lambda n: f"{n:.0f}"),
)


def cost(ns):
    """Nanoseconds, with the unit where they are many."""
    if ns is None:
        return NOTHING
    if ns < 100:
        return f"{ns:.1f}"
    if ns < 1e4:
        return f"{ns:.0f}"
    return f"{ns / 1e3:.0f} µs" if ns < 1e6 else f"{ns / 1e6:.1f} ms"


def amount(row, value):
    """A row's value in its unit."""
    return cost(value) if not row.absolute else NOTHING if value is None else f"{value:.1f} MiB"


def times(ratio):
    """A ratio, with as many digits as mean something."""
    return NOTHING if ratio is None else f"{ratio:.3f}" if ratio < 0.095 else f"{ratio:.2f}"


def cell(row, name):
    """A value and its ratio."""
    if name in row.failed:
        return "failed"
    value, ratio = row.median(name), row.ratio(name)
    return amount(row, value) + (f" ({times(ratio)})" if ratio is not None and not row.absolute else "")


def verdict(row, result):
    """What there is to say of ours in this row; nothing when all is well."""
    words = []
    if row.slower():
        words.append("SLOWER than jemalloc")
    if row.reached() is False:
        words.append("misses its target")
    name, ratio = row.best_other(result.others())
    if not row.absolute and ratio and ratio > promises.BEHIND_BEST:
        words.append(f"{ratio:.2f} of {name}")
    return ", ".join(words)


def _columns(result, rows):
    """The allocators of a table: the floor only where it was measured."""
    names = [n for n in result.names if n != AGAIN]
    return names + ([FLOOR] if any(FLOOR in row.data["runs"] for row in rows) else [])


def _grid(lines, left=(0,)):
    """Aligned columns."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "".join("  ".join(f"{c:<{w}}" if i in left else f"{c:>{w}}" for i, (c, w) in enumerate(zip(line, widths))).rstrip() + "\n" for line in lines)


def _marks(lines, left=1):
    """The same in Markdown."""
    head = "| " + " | ".join(lines[0]) + " |\n|" + "|".join("---" if i < left else "---:" for i in range(len(lines[0]))) + "|\n"
    return head + "".join("| " + " | ".join(line) + " |\n" for line in lines[1:])


def _target(row):
    return "" if row.target is None else f"{row.target:.0f} MiB" if row.absolute else f"{row.target:.2f}"


def machine(result):
    """One line on what it was measured on."""
    m = result.data["machine"]
    kind = "virtual CPUs" if m["virtual"] else "CPUs"
    parts = [f"{m['cpus']} {kind} ({m['cpu']})", m["memory_gib"] and f"{m['memory_gib']} GiB", m["system"], f"Linux {m['kernel']}", m["compiler"],
             m["huge_pages"] and f"transparent huge pages: {m['huge_pages']}", f"load before {m['load_before']}, after {m['load_after']}"]
    return ", ".join(p for p in parts if p)


def noise(result):
    """How far jemalloc was from itself."""
    found = result.noise()
    if not found:
        return "noise: not known, for there is no jemalloc to run twice"
    return f"noise: jemalloc's two runs of each round differ by {found[0] * 100:.1f} % (median of all rows), at most by {found[1] * 100:.0f} % ({found[2]})"


def _means(result, rows, names, label, what="value"):
    return [label] + [times(result.geometric(n, rows, what)) for n in names]


def _section_lines(result, name):
    rows = [row for row in result.section(name) if not row.skipped]
    if not rows:
        return []
    names = _columns(result, rows)
    lines = [[name, "target", "noise"] + names + [""]]
    for row in rows:
        lines.append([row.name, _target(row), "" if row.absolute else f"{row.noise() * 100:.0f} %"] + [cell(row, n) for n in names] + [verdict(row, result)])
    timed = [row for row in rows if not row.absolute]
    if len(timed) > 1:
        means = _means(result, timed, names, "geometric mean")
        lines.append([means[0], "", ""] + means[1:] + [""])
    return lines


def _overall(result):
    names = _columns(result, [])
    lines = [["geometric means"] + names]
    lines.append(_means(result, None, names, "time, all own workloads"))
    lines.append(_means(result, result.section("programs"), names, "time, programs"))
    lines.append(_means(result, result.not_small(), names, "peak resident set", "peak_kib"))
    lines.append(_means(result, result.runs(), names, "CPU time", "cpu_ns"))
    lines.append(_means(result, result.runs(), names, "page faults", "faults"))
    return lines


def _detail(result, what, title, form):
    names = _columns(result, [])
    lines = [[title] + names]
    for row in result.runs():
        if row.median(OURS, what) is None:
            continue
        lines.append([row.of] + [NOTHING if row.median(n, what) is None else form(row.median(n, what)) +
                                 (f" ({times(row.ratio(n, what))})" if row.ratio(n, what) is not None else "") for n in names])
    return lines


def _instructions(result):
    names = [n for n in _columns(result, []) + [FLOOR] if any(n in counts for counts in result.instructions.values())]
    lines = [["instructions"] + names]
    for row, counts in result.instructions.items():
        lines.append([row] + [f"{counts[n]:.1f}" if n in counts else NOTHING for n in names])
    return lines


def _promises(result):
    return [["promise", "wanted", "measured", ""]] + [
        [what, wanted, measured, NOTHING if holds is None else "holds" if holds else "MISSED"] for what, wanted, measured, holds in promises.check(result)]


def _remarks(result):
    out = []
    if result.data["rounds"] < ENOUGH:
        out.append(f"{result.data['rounds']} rounds are too few to call a row slower beyond noise: {ENOUGH} are needed")
    out += [f"skipped: {row.name}: {row.skipped}" for row in result.rows if row.skipped]
    out += [f"failed: {row.name} under {name} {why}" for row in result.rows for name, why in row.failed.items()]
    return out + [f"not installed: {name}" for name in result.data["missing"]]


def _heading(result):
    return (f"medians of {result.data['rounds']} interleaved rounds, nanoseconds for each object (programs: the whole run; redis: a request; start: a process);"
            f" in brackets the ratio to jemalloc; {result.data['seconds']} s in all")


def text(result):
    """All of it."""
    parts = [_heading(result) + "\n" + machine(result) + "\n" + noise(result) + "\n"]
    for name, words in result.data["sections"].items():
        lines = _section_lines(result, name)
        if lines:
            parts.append(f"{words}\n" + _grid(lines, (0, len(lines[0]) - 1)))
    if any(row.median(BASE) for row in result.rows):
        parts.append(_grid(_overall(result)))
    if result.instructions:
        parts.append("instructions for an allocation and its free, by callgrind; of a hundred at a time in the batches\n" + _grid(_instructions(result)))
    for what, title, form in DETAILS:
        parts.append(_grid(_detail(result, what, title, form)))
    parts.append(_grid(_promises(result), (0, 1, 2, 3)))
    if _remarks(result):
        parts.append("\n".join(_remarks(result)) + "\n")
    return "\n".join(parts)


def _short_cell(row, name):
    """In the README: nanoseconds for ours and jemalloc, ratios for all."""
    if name in row.failed:
        return "failed"
    if row.absolute:
        return amount(row, row.median(name))
    if name == BASE:
        return amount(row, row.median(name))
    if name in (OURS, FLOOR):
        value, ratio = amount(row, row.median(name)), times(row.ratio(name))
        return NOTHING if row.median(name) is None else value if ratio == NOTHING else f"{value} **{ratio}**" if name == OURS else f"{value} {ratio}"
    return times(row.ratio(name))


def markdown(result):
    """What stands in the README."""
    names = _columns(result, result.rows)
    lines = [["", *names, ""]]
    for row in result.rows:
        if not row.skipped:
            lines.append([f"`{row.name}`", *(_short_cell(row, n) for n in names), verdict(row, result)])
    for mean in _overall(result)[1:]:
        lines.append([f"*{mean[0]}*", *(f"**{c}**" if i == 0 else c for i, c in enumerate(mean[1:]))] + [""] * (len(names) - len(mean) + 2))
    peaks = [[""] + _columns(result, [])] + [[f"`{line[0]}`", *line[1:]] for line in _detail(result, *DETAILS[0])[1:]]
    parts = [f"`make bench`, {_heading(result)}. {machine(result)}; {noise(result)}.\n", _marks(lines)]
    if result.instructions:
        counts = _instructions(result)
        parts.append("Instructions for an allocation and its free (callgrind):\n\n" + _marks([[""] + counts[0][1:]] + [[f"`{c[0]}`", *c[1:]] for c in counts[1:]]))
    parts.append("Wanted, and measured:\n\n" + _marks([["", "wanted", "measured", ""]] + _promises(result)[1:], 4))
    parts.append(f"<details><summary>{DETAILS[0][1]}, and the ratio to jemalloc</summary>\n\n" + _marks(peaks) + "\n</details>\n")
    if _remarks(result):
        parts.append("\n".join(f"- {remark}" for remark in _remarks(result)) + "\n")
    return "\n".join(parts)
