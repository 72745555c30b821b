"""Runs the rows under the allocators, in turns."""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

from .allocators import AGAIN, FLOOR, Allocator
from .launch import Failed, Took
from .programs import PROGRAMS
from .result import SCHEMA

FLOOR_BYTES = 32768  # OBJECT in bench/floor.c
STARTS = 40  # processes for one value of `start`
# For the instructions: two counts for the command's last argument, and how many objects one of it is. Their difference is free of
# what the start, the first refills and the check at the end take.
COUNTED = {"pair": (20000, 60000, 1), "batch": (400, 1200, 100)}


class Bench:
    """The measuring itself; `data` is what result.Result is made of."""

    def __init__(self, launcher, folder, allocators, floor, cpus, scale=1.0, say=lambda text: None):
        self.launcher, self.folder, self.allocators, self.cpus, self.scale, self.say = launcher, folder, allocators, cpus, scale, say
        self.floor = Allocator(FLOOR, floor) if floor else None
        self.rows, self.instructions = [], {}

    def add(self, row):
        """Makes the lines of a row, empty."""
        lines = []
        for figure, target in row.figures.items():
            lines.append({"name": row.key(figure), "of": row.name, "section": row.section, "target": target, "absolute": row.absolute,
                          "skipped": self._why_not(row), "failed": {}, "runs": {}})
        self.rows += lines
        return dict(zip(row.figures, lines))

    @staticmethod
    def _why_not(row):
        if row.command[0] == "program":
            missing = PROGRAMS[row.command[1]].missing()
            if missing:
                return f"{', '.join(missing)} is not installed"
        return None

    def under(self, row):
        """The allocators for a row: the floor is no allocator, and can only do pairs, of what it has room for."""
        fits = row.section == "pair" and int(row.command[1]) <= FLOOR_BYTES
        return self.allocators + ([self.floor] if self.floor and fits else [])

    def _line_of(self, row, count=None):
        command = list(row.command)
        if count is not None:
            command[-1] = str(count)
        elif self.scale != 1:
            command[-1] = str(max(1, int(int(command[-1]) * self.scale)))
        return [os.path.join(self.folder, "workloads", command[0])] + command[1:]

    def once(self, row, allocator):
        """({figure: value}, Took). Raises Failed."""
        environment = allocator.environment()
        if row.command[0] == "program":
            value, took = PROGRAMS[row.command[1]].run(self.launcher, environment, self.cpus)
            return {"program": value}, took
        if row.command[0] == "start":
            _, took = self.launcher.run(["/bin/true"], environment, self.cpus[0], times=STARTS)
            return {"start": took.wall_ns / STARTS}, took
        out, took = self.launcher.run(self._line_of(row), environment)
        return _figures(out.decode()), took

    def round(self, row, lines, number):
        """One run under each allocator. Each round begins with another one: the first in line finds cold caches, and takes 1 to 2 % longer."""
        if next(iter(lines.values()))["skipped"]:
            return
        turns = self.under(row)
        first = (number - 1) % len(turns)
        for allocator in turns[first:] + turns[:first]:
            try:
                values, took = self.once(row, allocator)
            except Failed as problem:
                self._fail(lines, allocator.name, str(problem))
                continue
            self._note(lines, allocator.name, values, took)

    def idle(self, row, lines):
        """All of them at once, once: they sleep, and are asked for memory and not for time."""
        running = []
        for allocator in self.under(row):
            report = os.path.join(self.launcher.scratch, f"idle.{len(running)}")
            line = [os.path.join(self.folder, "workloads", row.command[0])] + row.command[1:]
            command = self.launcher.command(line, allocator.environment(), report)
            running.append((allocator.name, report, subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.launcher.environment())))
        for name, report, process in running:
            out, _ = process.communicate(timeout=120)
            try:
                self._note(lines, name, _figures(out.decode()), Took.read(report))
            except Failed as problem:
                self._fail(lines, name, str(problem))

    @staticmethod
    def _note(lines, name, values, took):
        for figure, line in lines.items():
            if figure not in values:
                raise SystemExit(f"bench: {line['of']} prints no {figure} (bench/rows)")
            runs = line["runs"].setdefault(name, {"value": [], "cpu_ns": [], "peak_kib": [], "faults": []})
            runs["value"].append(values[figure])
            runs["cpu_ns"].append(took.cpu_ns)
            runs["peak_kib"].append(took.peak_kib)
            runs["faults"].append(took.faults)

    @staticmethod
    def _fail(lines, name, why):
        print(f"bench: {next(iter(lines.values()))['of']} under {name} {why}", file=sys.stderr)
        for line in lines.values():
            line["failed"][name] = why
            runs = line["runs"].setdefault(name, {"value": [], "cpu_ns": [], "peak_kib": [], "faults": []})
            for values in runs.values():
                values.append(None)

    def count(self, rows):
        """The instructions for an object under every allocator but the repeated one; as many at a time as there are CPUs, which no count minds."""
        with concurrent.futures.ThreadPoolExecutor(len(self.cpus)) as pool:
            counts = {row.name: {a.name: pool.submit(self._count_one, row, a) for a in self.under(row) if a.name != AGAIN} for row in rows}
            for row, by_allocator in counts.items():
                found = {name: future.result() for name, future in by_allocator.items()}
                self.instructions[row] = {name: value for name, value in found.items() if value is not None}

    def _count_one(self, row, allocator):
        few, many, objects = COUNTED[row.command[0]]
        try:
            spent = [self._callgrind(self._line_of(row, n), allocator) for n in (few, many)]
        except Failed as problem:
            print(f"bench: {row.name} under {allocator.name} and callgrind {problem}", file=sys.stderr)
            return None
        return (spent[1] - spent[0]) / ((many - few) * objects)

    def _callgrind(self, line, allocator):
        valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        environment = {**self.launcher.environment(), **allocator.environment()}
        ran = subprocess.run(valgrind + line, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False,
                             timeout=300, errors="replace")
        found = re.search(r"Collected : (\d+)", ran.stderr)
        if ran.returncode != 0 or not found:
            raise Failed(f"ended with status {ran.returncode}: {' '.join(ran.stderr.split()[-12:])}")
        return int(found[1])

    def all(self, rows, rounds, count):
        """Everything. Returns the seconds that it took."""
        begun = time.monotonic()
        lines = {row.name: self.add(row) for row in rows}
        timed = [row for row in rows if not row.absolute]
        for number in range(1, rounds + 1):
            self.launcher.seed = number
            for row in timed:
                self.say(f"round {number} of {rounds}, {time.monotonic() - begun:.0f} s, {row.name}")
                self.round(row, lines[row.name], number)
        for row in rows:
            if row.absolute:
                self.say(f"asleep: {row.name}")
                self.idle(row, lines[row.name])
        if count:
            self.say("instructions")
            self.count([row for row in rows if row.counted])
        self.say("")
        return time.monotonic() - begun


def _figures(text):
    """`FIGURE VALUE` lines."""
    out = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        out[name] = float(value)
    return out


def as_data(bench, **rest):
    """What is saved."""
    return {"schema": SCHEMA, **rest, "rows": bench.rows, "instructions": bench.instructions}
