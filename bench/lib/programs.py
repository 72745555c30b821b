"""Real programs, as they are installed: what they are given, and how it is seen that they did their work."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time

from .launch import ENVIRONMENT, Failed, Took

_GIVEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "programs")


def _cxx_source(path):
    """Templates over the standard containers, the bread of a C++ compiler."""
    lines = ["#include <algorithm>", "#include <map>", "#include <string>", "#include <vector>"]
    for i in range(4):
        lines += [
            f"template <class T> struct box{i} {{",
            "\tstd::map<std::string, std::vector<T>> all;",
            "\tT sum() const { T s{}; for (auto &[key, values] : all) for (auto &x : values) s += x; return s; }",
            "};",
            f"long use{i}(int n)",
            "{",
            f"\tbox{i}<long> a;",
            f"\tbox{i}<double> b;",
            f"\tfor (int k = 0; k < n; k++) {{ a.all[std::to_string(k % {i + 3})].push_back(k); b.all[\"b\"].push_back(k / 2.0); }}",
            "\tauto &v = a.all[\"1\"];",
            f"\tstd::sort(v.begin(), v.end(), [](long x, long y) {{ return x % {i + 2} < y % {i + 2}; }});",
            "\treturn a.sum() + (long)b.sum();",
            "}",
        ]
    with open(path, "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")


class Program:
    """A program that reads its work and writes a result, which must be the same under every allocator."""

    def __init__(self, needs, command, settings=None, stdin=None, writes=None):
        self.needs, self.line, self.settings, self.stdin, self.writes = needs, command, settings or {}, stdin, writes
        self.results = {}  # seed: digest

    def missing(self):
        """The commands that are not installed."""
        return [name for name in self.needs if shutil.which(name, path=ENVIRONMENT["PATH"]) is None]

    def run(self, launcher, environment, cpus):
        """(nanoseconds, Took). Raises Failed."""
        fill = {"given": _GIVEN, "scratch": launcher.scratch}
        stdin = self.stdin and self.stdin.format(**fill)
        if self.needs == ["g++"]:
            _cxx_source(os.path.join(launcher.scratch, "work.cc"))
        out, took = launcher.run([word.format(**fill) for word in self.line], {**environment, **self.settings}, cpus[0], stdin=stdin)
        if self.writes:
            with open(self.writes.format(**fill), "rb") as written:
                out = written.read()
        digest = hashlib.sha256(out).hexdigest()
        if not out or self.results.setdefault(launcher.seed, digest) != digest:
            raise Failed("gave a result that differs from the first one")
        return took.wall_ns, took


class Redis:
    """A redis-server, alone on its CPU, under redis-benchmark on another. The figure is for a request."""

    needs = ["redis-server", "redis-benchmark"]
    REQUESTS, TESTS = 40000, "set,get,lpush,lpop,hset,sadd"

    def missing(self):
        return [name for name in self.needs if shutil.which(name, path=ENVIRONMENT["PATH"]) is None]

    def run(self, launcher, environment, cpus):
        at, report = os.path.join(launcher.scratch, "redis.sock"), os.path.join(launcher.scratch, "redis.took")
        server = ["redis-server", "--port", "0", "--unixsocket", at, "--dir", launcher.scratch, "--save", "", "--appendonly", "no"]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(at)
        line = launcher.command(server, environment, report, cpus[0])
        with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=launcher.environment(), start_new_session=True) as process:
            try:
                self._until_it_answers(at, process)
                self._check(at)
                begun = time.monotonic_ns()
                client = launcher.command(
                    ["redis-benchmark", "-s", at, "-c", "20", "-P", "16", "-d", "200", "-r", "20000", "-n", str(self.REQUESTS), "-q",
                     "-t", self.TESTS], {}, report + ".client", cpus[1 % len(cpus)])
                subprocess.run(client, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=launcher.environment(), timeout=120, check=True)
                spent = time.monotonic_ns() - begun
                Took.read(report + ".client")
                self._check(at)
                self._ask(at, b"SHUTDOWN NOSAVE\r\n")
                process.wait(30)
            except (OSError, subprocess.SubprocessError) as problem:
                raise Failed(f"redis: {problem}") from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return spent / (self.REQUESTS * len(self.TESTS.split(","))), Took.read(report)

    @staticmethod
    def _ask(at, request, answer_bytes=0):
        with socket.socket(socket.AF_UNIX) as to:
            to.settimeout(30)
            to.connect(at)
            to.sendall(request)
            answer = b""
            while len(answer) < answer_bytes or not answer_bytes:
                more = to.recv(1 << 16)
                if not more:
                    break
                answer += more
            return answer

    def _until_it_answers(self, at, process):
        for _ in range(200):
            with contextlib.suppress(OSError):
                if self._ask(at, b"PING\r\n", 7) == b"+PONG\r\n":
                    return
            if process.poll() is not None:
                break
            time.sleep(0.02)
        raise Failed("redis-server does not answer")

    def _check(self, at):
        """Values of many sizes come back as they were sent."""
        for size in range(1, 20000, 997):
            value = bytes((size + i * 7) % 251 for i in range(size))
            key = b"check:%d" % size
            set_it = b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(key), key, size, value)
            expected = b"$%d\r\n%s\r\n" % (size, value)
            if self._ask(at, set_it, 5) != b"+OK\r\n" or self._ask(at, b"GET %s\r\n" % key, len(expected)) != expected:
                raise Failed("redis gave back another value than it was sent")


PROGRAMS = {
    "redis": Redis(),
    "python3": Program(["python3"], ["python3", "-S", "{given}/work.py"], {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}),
    "lua": Program(["lua5.4"], ["lua5.4", "{given}/work.lua"]),
    "sqlite3": Program(["sqlite3"], ["sqlite3", "-batch", ":memory:"], stdin="{given}/work.sql"),
    "g++": Program(["g++"], ["g++", "-std=c++17", "-S", "-o", "-", "{scratch}/work.cc"]),
    "ghostscript": Program(
        ["gs"], ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=ppmraw", "-r72", "-o", "{scratch}/work.ppm", "{given}/work.ps"],
        writes="{scratch}/work.ppm"),
    "z3": Program(["z3"], ["z3", "{given}/work.smt2"]),
}
