"""The allocators of this machine, as what LD_PRELOAD takes."""

import os
import subprocess
from dataclasses import dataclass, field

# What Debian's packages libjemalloc2, libmimalloc2.0, libtcmalloc-minimal4 and libtbbmalloc2 bring.
KNOWN = {
    "jemalloc": "libjemalloc.so.2",
    "mimalloc": "libmimalloc.so.2",
    "tcmalloc": "libtcmalloc_minimal.so.4",
    "tbbmalloc": "libtbbmalloc_proxy.so.2",
}
OURS = "tidepool"
BASE = "jemalloc"
AGAIN = "jemalloc again"  # the same once more: what differs between the two is noise
FLOOR = "floor"


@dataclass
class Allocator:
    """A name for the tables and the file to preload; glibc's is empty."""

    name: str
    file: str
    settings: dict = field(default_factory=dict)

    def environment(self):
        return {**({"LD_PRELOAD": self.file} if self.file else {}), **self.settings}

    def described(self):
        """What the file is called in the end, which often has the version."""
        return os.path.basename(os.path.realpath(self.file)) if self.file else "libc.so.6"


def _from_loader():
    """{file name: path} of the libraries that the loader finds."""
    for ldconfig in ("/sbin/ldconfig", "/usr/sbin/ldconfig", "ldconfig"):
        try:
            lines = subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=True).stdout.splitlines()
        except (OSError, subprocess.CalledProcessError):
            continue
        found = {}
        for line in lines:
            name, arrow, path = line.strip().partition(" => ")
            if arrow:
                found.setdefault(name.split()[0], path)
        return found
    return {}


def find(library, more=""):
    """(those that are here, the names of those that are not): ours first, then jemalloc, and at the end jemalloc again."""
    here, missing = [Allocator(OURS, os.path.realpath(library))], []
    found = _from_loader()
    for name, file in KNOWN.items():
        if file in found:
            here.append(Allocator(name, found[file]))
        else:
            missing.append(name)
    here.append(Allocator("glibc", ""))
    for word in more.split():
        name, equals, path = word.partition("=")
        if not equals or any(name == a.name for a in here):
            raise SystemExit(f"bench: BENCH_ALLOCATORS wants name=/path.so with names of their own, not {word}")
        here.append(Allocator(name, os.path.realpath(path)))
    for one in here:
        _must_load(one)
    base = [a for a in here if a.name == BASE]
    return here + [Allocator(AGAIN, a.file) for a in base], missing


def _must_load(one):
    """The loader goes on without a file that it can't preload, and then glibc would be measured under another name."""
    if not one.file:
        return
    maps = subprocess.run(["/bin/cat", "/proc/self/maps"], env=one.environment(), capture_output=True, text=True, check=False)
    if maps.returncode != 0 or os.path.realpath(one.file) not in maps.stdout:
        raise SystemExit(f"bench: {one.name} can't be preloaded from {one.file}\n{maps.stderr}".rstrip())
