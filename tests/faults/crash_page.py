"""The cells of the crash matrix, what came of them, and the page that shows it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from postroom.hooks.failpoints import POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

KINDS: Final = ("imap", "files", "lmtp", "pipe")
COUNTS: Final = (1, 3, 300)
_SERVER: Final = ("before-action", "after-action", "action-marked")
_NOT: Final = {
    "imap": ("before-reply", "after-reply"),
    "files": ("before-reply", "after-reply"),
    "lmtp": _SERVER,
    "pipe": (*_SERVER, "after-reply"),
}
"""What cannot happen there: nobody waits for a reply, or nothing lies on a server."""
HEAD: Final = """\
# The crash matrix

Each trial is an engine that died at a [failpoint](../explanation/ledger.md) as by `kill -9`, and
others after it until one finished. It is green when nothing was lost and nothing was there
twice: records, messages, decisions, the audit log, notices, and what is left on the server or with
the sender. A field says with how many messages that was tried, with one crash and with two in a
row. An empty field cannot happen: nothing lies on a server where mail is handed over, and nobody
waits for a reply where it is fetched.

This page is written by
`python -m tests.faults.crash_matrix --full --page docs/reference/crash-matrix.md`, which needs
Dovecot and takes half an hour. The suite tries each field with one crash and three messages, and
with two crashes and one message.

"""


@dataclass(frozen=True)
class Cell:
    """One trial."""

    point: str
    kind: str
    count: int
    crashes: int

    def __str__(self) -> str:
        return f"{self.kind}, {self.point}, {self.count} messages, {self.crashes} in a row"


def cells(*, full: bool, kinds: Sequence[str] = KINDS) -> Iterator[Cell]:
    """Yield every trial of the matrix, or of its short form."""
    for kind in kinds:
        for point in POINTS:
            if point in _NOT[kind]:
                continue
            if full:
                for count in COUNTS:
                    yield from (Cell(point, kind, count, crashes) for crashes in (1, 2))
            else:
                yield from (Cell(point, kind, 3, 1), Cell(point, kind, 1, 2))


def table(results: Mapping[Cell, Sequence[str]], kinds: Sequence[str]) -> str:
    """Return results as Markdown: a row for each failpoint, a column for each way in."""
    lines = [f"| failpoint | {' | '.join(kinds)} |", f"| --- |{' --- |' * len(kinds)}"]
    for point in POINTS:
        row = [
            "" if point in _NOT[kind] else _shown(
                {c: r for c, r in results.items() if (c.point, c.kind) == (point, kind)}
            )
            for kind in kinds
        ]  # fmt: skip
        lines.append(f"| `{point}` | {' | '.join(row)} |")
    return "\n".join(lines)


def _shown(results: Mapping[Cell, Sequence[str]]) -> str:
    """Return the field of a failpoint and a way in."""
    red = [cell for cell, wrong in results.items() if wrong]
    if red:
        return f"{len(red)} of {len(results)} RED"
    tried: dict[int, set[int]] = defaultdict(set)
    for cell in results:
        tried[cell.count].add(cell.crashes)
    words = {1: " (once)", 2: " (twice)"}
    counts = [
        f"{count}{words[min(some)] if len(some) == 1 else ''}"
        for count, some in sorted(tried.items())
    ]
    return f"green: {', '.join(counts)}" if counts else "not tried"


def page(results: Mapping[Cell, Sequence[str]]) -> str:
    """Return the page with a table of all results."""
    red = sum(1 for wrong in results.values() if wrong)
    tried, every = len(results), len([*cells(full=True)])
    found = f"The last run: {tried} of {every} trials, {red} of them red."
    return f"{HEAD}{found}\n\n{table(results, KINDS)}\n"


def remembered(kept: Path) -> dict[Cell, list[str]]:
    """Return what earlier runs found, one line of JSON for each cell."""
    lines = kept.read_text("utf-8").splitlines() if kept.exists() else []
    return {Cell(**each["cell"]): each["wrong"] for each in map(json.loads, lines)}


def remember(kept: Path, cell: Cell, wrong: Sequence[str]) -> None:
    """Add what was found of a cell."""
    with kept.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"cell": asdict(cell), "wrong": list(wrong)}) + "\n")
