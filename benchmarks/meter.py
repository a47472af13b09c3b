"""What a program and the processes that it has started cost. Takes Linux."""

from __future__ import annotations

import os
import time
from pathlib import Path

DISK = "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108 - for `/tmp` may be memory


def processor_time() -> float:
    """Return the seconds of processor time of this process and of those that it has started."""
    ticks = 0
    for children in Path("/proc/self/task").glob("*/children"):
        for process in children.read_text("ascii").split():
            stat = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
            ticks += sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """Return the MB of memory that a process holds; 0 if it has gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def family(process: int) -> float:
    """Return the MB of memory of a process and of those that it has started, each in full."""
    children: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children += map(int, path.read_text("ascii").split())
        except OSError:  # a thread that has ended
            continue
    return sum(map(resident, (process, *children)))
