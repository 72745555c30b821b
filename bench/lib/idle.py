"""`make bench-idle`: what 200 threads that have freed a MiB each and sleep leave behind, under every allocator, all of them at once."""

from .allocators import AGAIN, BASE, Allocator
from .rows import Row

MARKS = (0, 1, 2, 3, 5, 10)  # as bench/workloads/idle.c has them


def table(bench, allocators):
    """The text. `bench` is a measure.Bench, whose allocators are set here."""
    bench.allocators = [a for a in allocators if a.name != AGAIN]
    for base in [a for a in allocators if a.name == BASE]:
        at = bench.allocators.index(base) + 1
        bench.allocators.insert(at, Allocator(f"{BASE}, bg thread", base.file, {"MALLOC_CONF": "background_thread:true"}))
    figures = ["peak"] + [f"after-{m}" for m in MARKS]
    row = Row("idle", "process", True, ["idle", "200", "1048576", "1000", str(MARKS[-1])], False, dict.fromkeys(figures), True)
    lines = bench.add(row)
    bench.idle(row, lines)
    out = ["resident MiB above the start: at the peak, then after so many seconds of sleep (tidepool's epoch is 1 s)"]
    for allocator in bench.allocators:
        values = [lines[figure]["runs"].get(allocator.name, {"value": [None]})["value"][0] for figure in figures]
        shown = ["failed" if v is None else f"{v:.1f}" for v in values]
        out.append(f"{allocator.name:<20} peak {shown[0]:>6}" + "".join(f"  {m}: {v:>6}" for m, v in zip(MARKS, shown[1:])))
    return "\n".join(out) + "\n"
