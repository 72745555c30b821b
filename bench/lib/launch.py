"""Runs commands through bench/launch, which tells what they took."""

import os
import signal
import subprocess
from dataclasses import dataclass

TIME_LIMIT = 300  # seconds for one command; the slowest takes about two

# A command finds the distribution's programs, and none of the caller's settings.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


class Failed(Exception):
    """A command did not do its work; the text says which way."""


@dataclass
class Took:
    """What a command took, with all processes that it has waited for."""

    wall_ns: float
    cpu_ns: float
    peak_kib: int
    faults: int

    @staticmethod
    def read(path):
        with open(path, encoding="ascii") as line:
            wall, cpu, peak, minor, major, status = line.read().split()
        status = int(status)
        if status == 127:
            raise Failed("could not be started")
        if status > 128:
            raise Failed(f"was ended by {signal.Signals(status - 128).name}")
        if status != 0:
            raise Failed(f"ended with status {status}")
        return Took(float(wall), float(cpu), int(peak), int(minor) + int(major))


class Launcher:
    """Knows the program that launches, and a folder for what it writes."""

    def __init__(self, program, scratch, seed):
        self.program, self.scratch, self.seed = program, scratch, seed

    def command(self, command, environment, report, cpu=None, times=1):
        """The command line that runs `command` with these settings and leaves its Took in the file `report`."""
        line = [self.program, "-n", str(times), "-o", report]
        if cpu is not None:
            line += ["-c", str(cpu)]
        for name, value in environment.items():
            line += ["-e", f"{name}={value}"]
        return line + list(command)

    def environment(self):
        return {**ENVIRONMENT, "TMPDIR": self.scratch, "BENCH_SEED": str(self.seed)}

    def run(self, command, environment, cpu=None, times=1, stdin=None):
        """(stdout, Took). Raises Failed."""
        report = os.path.join(self.scratch, "took")
        line = self.command(command, environment, report, cpu, times)
        output = os.path.join(self.scratch, "stdout")
        with open(stdin or os.devnull, "rb") as source, open(output, "wb") as out, open(output + ".err", "wb") as err:
            with subprocess.Popen(line, stdin=source, stdout=out, stderr=err, env=self.environment(), start_new_session=True) as process:
                try:
                    status = process.wait(TIME_LIMIT)
                except BaseException as problem:
                    os.killpg(process.pid, signal.SIGKILL)  # our own session: the launcher and what it has started
                    if isinstance(problem, subprocess.TimeoutExpired):
                        raise Failed(f"was still running after {TIME_LIMIT} s") from None
                    raise
        try:
            if status != 0:
                raise Failed("could not be launched")
            took = Took.read(report)
        except Failed as problem:
            with open(output + ".err", "rb") as err:
                said = err.read().decode(errors="replace").strip().splitlines()
            raise Failed(f"{problem}{': ' + said[-1][:200] if said else ''}") from None
        with open(output, "rb") as out:
            return out.read(), took
