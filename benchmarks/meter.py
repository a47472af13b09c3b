"""What a program and the processes that it has started cost. Takes Linux."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

DISK = "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108 - for `/tmp` may be memory


def processor_time() -> float:
    """Return the seconds of processor time of this process and of those that it has started."""
    return time.process_time() + sum(map(_ticks, _children("self")))


def family(process: int) -> tuple[float, float]:
    """Return the MB and the seconds of processor time of a process and of those it has started.

    Memory that they share is counted for each of them.
    """
    members = (process, *map(int, _children(str(process))))
    return sum(map(resident, members)), sum(_ticks(str(each)) for each in members)


def _children(process: str) -> list[str]:
    found: list[str] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found += path.read_text("ascii").split()
    return found


def _ticks(process: str) -> float:
    """Return the seconds of processor time of a process; 0 if it has gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return 0.0
    return sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """Return the MB of memory that a process holds; 0 if it has gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
