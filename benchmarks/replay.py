"""How fast stored mail is decided again, against reading the same mail with the standard library.

First the mail is worked off by an engine, which is not measured. Then `postroom replay` decides it
again: entries and raw mail are read from what is published, each message is read, decided under 100
rules, and held against the log. The baseline parses the same bytes with `email.policy.default`,
looks at body and headers, and does nothing else, on one core.

    python benchmarks/replay.py [COUNT [SEED]]
"""

from __future__ import annotations

import email
import email.policy
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Self

from meter import DISK
from mix import messages
from pipeline import BATCH, RULES, Ours

from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.rulesets.replay import Asked, replay
from postroom.runtime.settings import folders


class Spent:
    """Time on the clock, and processor time of this process and of those it has ended."""

    def __enter__(self) -> Self:
        """Begin."""
        self.wall, self.processor = time.perf_counter(), _processor()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.wall = time.perf_counter() - self.wall
        self.processor = _processor() - self.processor


def _processor() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(each)[:2]) for each in who)


def standard(count: int, seed: int) -> Spent:
    """Read mail with the standard library."""
    mails = [*messages(count, seed)]
    with Spent() as spent:
        for raw in mails:
            found = email.message_from_bytes(raw, policy=email.policy.default)
            body = found.get_body(("plain", "html"))
            _ = found["From"], found["Subject"], body.get_content() if body else ""
    return spent


def ours(count: int, seed: int, folder: Path) -> Spent:
    """Decide mail again that an engine has decided."""
    work = Ours(folder / "ours")
    source = messages(count, seed)
    while batch := [*islice(source, BATCH)]:
        work.take([batch])
    work.close()
    where = folders(folder / "ours")
    rules = load_rules(where.rules)
    with Spent() as spent:
        tally = replay(where, rules, Asked())
    differ = tally.total - tally.counts["same"]
    print(f"{tally.total} decided again, {differ} differ, {tally.uncertain_messages} uncertain")
    return spent


def main() -> None:
    """Print both speeds and their ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1  # noqa: PLR2004 - the second word
    with tempfile.TemporaryDirectory(prefix="postroom-", dir=DISK) as folder:
        again = ours(count, seed, Path(folder))
    few = min(count, 1_000)
    read = standard(few, seed)
    for name, spent, number in ("replay", again, count), ("email", read, few):
        cost = 1e6 * spent.processor / number
        print(f"{name:8} {number / spent.wall:7.0f}/s {cost:7.0f} us of processor time a message")
    ratio = (read.processor / few) / (again.processor / count)
    print(f"a replay under {RULES} rules takes 1/{ratio:.1f} of what reading alone takes `email`")


if __name__ == "__main__":
    main()
