"""What the figures were measured on. No names of hosts or folders: a result may be shown to anybody."""

import os
import platform
import subprocess


def _line(path, key):
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                name, colon, value = line.partition(":")
                if colon and name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return None


def _first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def describe():
    with open("/etc/os-release", encoding="utf-8") as lines:
        system = dict(line.strip().split("=", 1) for line in lines if "=" in line).get("PRETTY_NAME", "").strip('"')
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as setting:
            huge = setting.read().split("[")[1].split("]")[0]
    except (OSError, IndexError):
        huge = None
    memory = _line("/proc/meminfo", "MemTotal")
    return {
        "cpu": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "virtual": "hypervisor" in (_line("/proc/cpuinfo", "flags") or ""),
        "memory_gib": round(int(memory.split()[0]) / (1 << 20), 1) if memory else None,
        "kernel": platform.release(),
        "system": system,
        "compiler": _first_line(["gcc", "--version"]),
        "huge_pages": huge,
    }


def load():
    return round(os.getloadavg()[0], 2)
