"""Which processes there are, as Linux tells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def children(parent: int) -> list[int]:
    """Return the processes that a process has started, and those that it does not bury."""
    return [pid for pid, (_, ppid) in processes().items() if ppid == parent]


def gone(pids: list[int], within: float) -> bool:
    """Return whether all of them end in so many seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        living = processes()
        if all(living.get(pid, ("Z", 0))[0] == "Z" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def processes() -> dict[int, tuple[str, int]]:
    """Return state and parent of every process; none where there is no /proc."""
    found: dict[int, tuple[str, int]] = {}
    if not Path("/proc").exists():
        return found
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[:2]
            except OSError:  # it has ended meanwhile
                continue
            found[int(folder.name)] = state, int(parent)
    return found
