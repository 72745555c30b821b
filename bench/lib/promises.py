"""What the bench must show (issue 4, section 2), each with the figure and whether it holds. The targets of single rows are in bench/rows."""

from .allocators import BASE, FLOOR, OURS

GEOMETRIC, GEOMETRIC_PROGRAMS, GEOMETRIC_PEAK, WORST_PEAK = 0.65, 0.90, 1.00, 1.10
TIMES_FLOOR, INSTRUCTIONS, SAME_COST, BEHIND_BEST = 1.6, 48, 1.15, 1.10


def _row(what, wanted, value, holds, form="{:.2f}", where=""):
    return (what, wanted, "–" if value is None else form.format(value) + (f" ({where})" if where else ""), holds)


def _at_most(what, most, value, form="{:.2f}", where=""):
    return _row(what, "at most " + form.format(most), value, None if value is None else value <= most, form, where)


def _worst(pairs):
    """The largest (value, name), or (None, '')."""
    return max(((v, n) for v, n in pairs if v is not None), default=(None, ""))


def check(result):
    """[(what, wanted, measured, holds or None)]"""
    out = []
    pairs = [row for row in result.section("pair") if row.target and row.target > 0.1]  # the pooled sizes of the promise: to 32 KiB
    costs = [row.median(OURS) for row in pairs if row.median(OURS)]
    if costs:
        out.append(_at_most("pair: the dearest size against the cheapest", SAME_COST, max(costs) / min(costs)))
        value, name = _worst((result.floor_ratio(row), row.name) for row in pairs)
        out.append(_at_most("pair: against the floor", TIMES_FLOOR, value, where=name))
    value, name = _worst((counts.get(OURS), row) for row, counts in result.instructions.items() if row.startswith("pair-"))
    if value is not None:
        out.append(_at_most("pair: instructions", INSTRUCTIONS, value, "{:.0f}", name))
    handoffs = [row for row in result.rows if row.name.startswith("handoff-")]
    value, name = _worst((row.best_other(result.others())[1], f"{row.name}, {row.best_other(result.others())[0]}") for row in handoffs)
    if handoffs:
        out.append(_row("producer/consumer: against the best other", "below 1.00", value, None if value is None else value < 1, where=name))
    out.append(_at_most("all own workloads, geometric mean", GEOMETRIC, result.geometric(OURS)))
    for name in result.others():
        theirs, ours = result.geometric(name), result.geometric(OURS)
        if name not in (BASE, FLOOR) and theirs is not None and ours is not None:
            out.append(_row(f"… against {name}", "below 1.00", ours / theirs, ours < theirs))
    programs = result.section("programs")
    if any(row.ratio(OURS) for row in programs):
        out.append(_at_most("programs, geometric mean", GEOMETRIC_PROGRAMS, result.geometric(OURS, programs)))
    peaks = result.not_small()
    if peaks:
        out.append(_at_most("peak resident set, geometric mean", GEOMETRIC_PEAK, result.geometric(OURS, peaks, "peak_kib")))
        value, name = _worst((row.ratio(OURS, "peak_kib"), row.name) for row in peaks)
        out.append(_at_most("peak resident set, worst", WORST_PEAK, value, where=name))
    timed = [row for row in result.rows if not row.absolute]
    behind = [(row.best_other(result.others())[1], f"{row.name}, {row.best_other(result.others())[0]}") for row in timed]
    value, name = _worst(behind)
    if value is not None:
        out.append(_at_most("any row, against the best other", BEHIND_BEST, value, where=name))
    with_target = [row for row in result.rows if row.reached() is not None]
    missed = [row for row in with_target if not row.reached()]
    if with_target:
        out.append((f"rows that reach their target", f"all {len(with_target)}", str(len(with_target) - len(missed)), not missed))
    slower = [row.name for row in timed if row.slower()]
    out.append(("rows slower than jemalloc beyond noise", "none", str(len(slower)) if slower else "none", not slower))
    return out
