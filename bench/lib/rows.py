"""The list of what is measured: bench/rows, whose head explains the columns."""

import re
from dataclasses import dataclass, field


@dataclass
class Row:
    """One command, and the figures that are wanted of it."""

    name: str
    section: str
    short: bool
    command: list
    counted: bool  # its instructions, too
    figures: dict = field(default_factory=dict)  # figure: target, or None
    absolute: bool = False  # its figures are no times, and their targets no ratios

    def key(self, figure):
        """The name of a figure's line in every table."""
        return self.name if len(self.figures) == 1 else f"{self.name} {figure}"


def read(path):
    """The sections, {name: words}, and the rows, both in the order of the list."""
    sections, rows, section = {}, [], None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            where = f"{path}:{number}"
            head = re.fullmatch(r"\[([a-z]+)\] (.+)", line)
            if head:
                section = head[1]
                sections[section] = head[2]
                continue
            words = line.split()
            if section is None or len(words) < 4 or words[1] not in ("short", "long"):
                raise SystemExit(f"{where}: a line is NAME short|long FIGURE,… COMMAND, below a [section]")
            row = Row(words[0], section, words[1] == "short", words[3:], words[3] == "+")
            if row.counted:
                row.command.pop(0)
            for figure in words[2].split(","):
                name, _, target = figure.partition("<=")
                row.absolute |= name.endswith("!")
                row.figures[name.rstrip("!")] = float(target) if target else None
            if any(row.name == other.name for other in rows):
                raise SystemExit(f"{where}: {row.name} is there twice")
            rows.append(row)
    return sections, rows


def wanted(rows, long, only):
    """Those of the short or the long list, or only those with one of these names, sections or beginnings of names."""
    if only:
        chosen = [row for row in rows if any(row.name == o or row.section == o or row.name.startswith(o + "-") for o in only)]
        unknown = [o for o in only if not any(r.name == o or r.section == o or r.name.startswith(o + "-") for r in rows)]
        if unknown:
            raise SystemExit(f"bench: no row is called {', '.join(unknown)} (bench/rows)")
        return chosen
    return [row for row in rows if row.short or long]
