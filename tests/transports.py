"""Run the contract of transports and receivers on everything there is, and print a table.

    python -m tests.transports                      quick
    POSTROOM_MANY=5000 python -m tests.transports   with mailboxes of 5,000 messages

Rows are what mail comes in by, columns what was checked. `-` is what cannot be there: a folder of
files has no tokens that end. The exit code is 1 if a check fails.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKS = {
    "oldest first": ("whole_and_oldest_first",),
    "positions": (
        "place_is_the_same", "not_fetched_again", "full_sweep", "limit_is_kept", "half_way",
        "many_times",
    ),
    "settle twice": (
        "what_is_deleted", "what_is_moved", "a_flag_hides", "somebody_else_removed",
        "another_message_in_the_same_place", "keeping_changes",
    ),
    "probe": ("probe_counts",),
    "poison": ("cannot_be_had", "too_large"),
    "throttled": ("mid_run_costs_no_message[throttled]",),
    "token ends": ("mid_run_costs_no_message[expired]",),
    "line cut": ("mid_run_costs_no_message[cut]",),
    "many": ("many_messages",),
    "moved to": ("nothing_is_imported_again",),
}  # fmt: skip
"""By column, what the names of its tests hold. What is in none is in `the rest`."""
REST = "the rest"
OTHERS = ("duckdb", "smtp")
"""Plugins with a contract that bring no mail in."""
PLUGINS = Path(__file__).parent / "plugins"
MOVES = Path(__file__).parent / "end_to_end" / "test_moving.py"


class Outcomes:
    """What became of each test, by row and column."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note an outcome; of a test that went well only its own part counts."""
        if report.when == "call" or report.outcome != "passed":
            self.cells[row(report.nodeid)][column(report.nodeid)].append(report.outcome)


def row(nodeid: str) -> str:
    """Return what a test is about: `imap: Xoauth2`; for a move, what the account moves to."""
    parts = nodeid.split("::")
    if parts[-1].startswith("test_nothing_is_imported_again"):
        return parts[-1].rpartition("-")[2].rstrip("]") + ": moves"
    kind = parts[-2].removeprefix("Test") if len(parts) > 2 else ""
    return f"{Path(parts[0]).parent.name}: {kind}"


def column(nodeid: str) -> str:
    """Return the column that a test belongs to."""
    name = nodeid.rsplit("::", maxsplit=1)[-1]
    for check, words in CHECKS.items():
        if any(word in name for word in words):
            return check
    return REST


def table(cells: Mapping[str, Mapping[str, list[str]]]) -> str:
    """Return the table as Markdown."""
    columns = [*CHECKS, REST]
    lines = ["| | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 1) + "|"]
    for name in sorted(cells):
        shown = [_cell(cells[name].get(each, [])) for each in columns]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _cell(outcomes: list[str]) -> str:
    if "failed" in outcomes:
        return f"{outcomes.count('failed')} FAIL"
    return str(outcomes.count("passed") or "-")


def main() -> int:
    """Run the tests and print the table; return the exit code."""
    found = Outcomes()
    contracts = sorted(PLUGINS.glob("*/test_contract.py"))
    files = [each for each in contracts if each.parent.name not in OTHERS]
    files += [PLUGINS / "imap" / "test_tokens.py", MOVES]
    words = [
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-k",
        "Test and not Sending or imported_again",
    ]
    code = pytest.main([*words, *map(str, files)], plugins=[found])
    sys.stdout.write("\n" + table(found.cells))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
