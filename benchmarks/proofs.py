"""What proving and linting take: the time, and the searches, for rule sets of growing size.

    python benchmarks/proofs.py [SIZE...]     numbers of rules, 300 and 10,000 if none are given

The baseline is loading the same rules, which every `check` has to do anyway.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.unit.proofs.many import rules
from tests.unit.rules.kinds import KINDS

from postroom.rules.lint import checked
from postroom.rules.load import load
from postroom.source.text import Source

SIZES = (300, 10_000)


def main(sizes: tuple[int, ...]) -> None:
    """Print the figures."""
    for size in sizes:
        source = Source("rules.yaml", rules(size))
        started = process_time()
        loaded = load([source], KINDS)
        ready = process_time()
        found = checked(loaded).found
        done = process_time()
        share = (done - ready) / (ready - started)
        print(
            f"{size:,} rules: loaded in {ready - started:.2f} s, proved in {done - ready:.2f} s "
            f"({share:.2f} of loading), {len(found)} warnings"
        )


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
