"""Patterns that make other engines hang, or their compilers burn: ours against Python's `re`.

    python benchmarks/patterns.py

Each pattern that hangs elsewhere is matched against 20 KB by RE2, and by `re` against 40
characters, which is given two seconds. Each that is too large is refused; the worst time is shown.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.language.hostile_patterns import BURN, HANG

from postroom.lang.patterns import Pattern, pattern

SECONDS = 2.0
LENGTH = 20_000
SHORT = 40
BY_RE = "import re, sys; re.search(sys.argv[1], sys.argv[2])"


def ours(written: str, again: str) -> float:
    """Return how many seconds RE2 takes."""
    found = pattern(written)
    if not isinstance(found, Pattern):
        raise TypeError(found.message)
    text = (again * LENGTH)[:LENGTH].encode() + b"!"
    began = time.perf_counter()
    found.found_in(text)
    return time.perf_counter() - began


def theirs(written: str, again: str) -> str:
    """Return how long `re` takes, in words."""
    began = time.perf_counter()
    text = (again * SHORT)[:SHORT] + "!"
    try:
        subprocess.run([sys.executable, "-c", BY_RE, written, text], timeout=SECONDS, check=True)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        return f"ended after {SECONDS:.0f} s"
    return f"{(time.perf_counter() - began) * 1e3:.0f} ms, with its start"


def main() -> None:
    """Print a line for each."""
    for written, again in HANG.items():
        print(
            f"{written:30} RE2 {ours(written, again) * 1e3:7.2f} ms   re {theirs(written, again)}"
        )
    worst = 0.0
    for written in BURN:
        began = time.perf_counter()
        found = pattern(written)
        worst = max(worst, time.perf_counter() - began)
        print(f"{written:30} {'runs' if isinstance(found, Pattern) else 'refused'}")
    print(f"refused within {worst * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
