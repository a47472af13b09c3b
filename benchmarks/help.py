"""How long `postroom --help` takes, against a Python that imports nothing but click.

python benchmarks/help.py [RUNS]
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

WAYS = {
    "postroom --help": "from postroom.cli.main import main; main(['--help'])",
    "import click": "import click",
}


def main(runs: int) -> None:
    """Print the median of each way in milliseconds, taken in turns, and the ratio."""
    taken: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(runs):
        for name, code in WAYS.items():
            began = perf_counter()
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603 - our own code
            taken[name].append((perf_counter() - began) * 1_000)
    medians = {name: median(times) for name, times in taken.items()}
    for name, middle in medians.items():
        print(f"{name:16} {middle:6.0f} ms")
    ours, bare = medians.values()
    print(f"{'ratio':16} {ours / bare:6.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
