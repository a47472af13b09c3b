"""Run the contract of transports and receivers on everything there is, and print a table.

    python -m tests.transports              quick
    python -m tests.transports --full       with 5,000 messages, and write the table among the docs
    python -m tests.transports --full 300   the same with 300

Rows are what mail comes in by, columns what was checked: each test of a contract says by itself
what it shows (`postroom.testing.checks`). What cannot be had somewhere has its reason below the
table. The exit code is 1 if a check fails, or is neither there nor said to be impossible.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postroom.testing.checks import CHECKS, shown_by

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/reference/transport-contract.md"
FULL = 5_000
COLUMNS = (*CHECKS, "the rest")


@dataclass(frozen=True)
class Row:
    """Something that mail comes in by, and the class of its tests."""

    name: str
    """The first word is what a rule file says: `use: imap`."""
    path: str
    tests: str

    @property
    def use(self) -> str:
        """Return what a rule file says."""
        return self.name.partition(",")[0]


_POP3, _WEBHOOK = "plugins/pop3/test_contract.py", "plugins/webhook/test_contract.py"
ROWS = (
    Row("maildir", "plugins/files/test_contract.py", "TestMaildir"),
    Row("mbox", "plugins/files/test_contract.py", "TestMbox"),
    Row("eml", "plugins/files/test_contract.py", "TestEml"),
    Row("imap, Dovecot, password", "plugins/imap/test_contract.py", "TestImplicitTls"),
    Row("imap, Dovecot, password, STARTTLS", "plugins/imap/test_contract.py", "TestStartTls"),
    Row("imap, Dovecot, XOAUTH2", "plugins/imap/test_tokens.py", "TestXoauth2"),
    Row("imap, Dovecot, OAUTHBEARER", "plugins/imap/test_tokens.py", "TestOauthBearer"),
    Row("imap, our fake Gmail", "plugins/imap/test_gmail.py", "TestGmail"),
    Row("pop3, Dovecot, password", _POP3, "TestImplicitTls"),
    Row("pop3, Dovecot, token, STARTTLS", _POP3, "TestStartTlsWithTokens"),
    Row("jmap, Cyrus", "plugins/jmap/test_contract.py", "TestJmap"),
    Row("graph, our fake", "plugins/graph/test_contract.py", "TestReading"),
    Row("ews, our fake, password", "plugins/ews/test_contract.py", "TestPassword"),
    Row("ews, our fake, application", "plugins/ews/test_contract.py", "TestApplication"),
    Row("lmtp", "plugins/lmtp/test_contract.py", "TestLmtp"),
    Row("lmtp, Postfix", "plugins/lmtp/test_postfix.py", "TestByPostfix"),
    Row("smtp_in", "plugins/lmtp/test_smtp_in.py", "TestSmtp"),
    Row("webhook, six providers", _WEBHOOK, "TestBehindAProxy"),
    Row("webhook, TLS of its own", _WEBHOOK, "TestWithACertificateOfItsOwn"),
    Row("pipe", "end_to_end/test_pipe.py", "TestPipe"),
)  # fmt: skip
_NO_MAILBOX = "mail is handed over: there is no mailbox to look into"
_NO_SIGN_IN = "there is no token that could end"
REASONS = {
    **{(row.name, "probe"): _NO_MAILBOX for row in ROWS if row.path.startswith("plugins/lmtp")},
    **{(row.name, "probe"): _NO_MAILBOX for row in ROWS if row.use in ("webhook", "pipe")},
    ("lmtp, Postfix", "token ends"): _NO_SIGN_IN,
    ("lmtp, Postfix", "moved to"): "what Postfix once handed over it does not hand over again",
    ("pipe", "token ends"): _NO_SIGN_IN,
    ("pipe", "line cut"): "a pipe is no line: where it ends the message ends",
}
"""Why there is no test at all."""


@dataclass
class Cell:
    """What became of the tests of one check in one row."""

    passed: int = 0
    failed: int = 0
    reasons: dict[str, None] = field(default_factory=dict)


class Outcomes:
    """What became of all tests, by row and column."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
        self._meant: dict[str, tuple[str, tuple[str, ...]]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of the rows, and note where each belongs."""
        rows = {(TESTS / row.path, row.tests): row.name for row in ROWS}
        for item in items:
            assert isinstance(item, pytest.Function)
            row = rows.get((item.path, item.cls.__name__ if item.cls else ""))
            if row is not None:
                self._meant[item.nodeid] = row, shown_by(item.function) or ("the rest",)
        items[:] = [item for item in items if item.nodeid in self._meant]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note an outcome; of a test that went well only its own part counts."""
        if report.when != "call" and report.outcome == "passed":
            return
        row, columns = self._meant[report.nodeid]
        for column in columns:
            cell = self.cells[row, column]
            cell.passed += report.outcome == "passed"
            cell.failed += report.outcome == "failed"
            if isinstance(report.longrepr, tuple):
                cell.reasons[report.longrepr[2].removeprefix("Skipped: ")] = None

    def gaps(self) -> list[str]:
        """Return what was not shown, and why is not said."""
        return [
            f"{row.name}: {column}"
            for row in ROWS
            for column in COLUMNS
            if column != "the rest" and self._shown(row, column) == ""
        ]

    def table(self) -> str:
        """Return the table as Markdown, with the reasons below it."""
        reasons: dict[str, int] = {}
        lines = [f"| | {' | '.join(COLUMNS)} |", "| --- " * (len(COLUMNS) + 1) + "|"]
        for row in ROWS:
            shown = [self._shown(row, column, reasons) for column in COLUMNS]
            lines.append(f"| {row.name} | {' | '.join(shown)} |")
        notes = [f"{number}. {reason}" for reason, number in reasons.items()]
        return "\n".join([*lines, "", *notes]) + "\n"

    def _shown(self, row: Row, column: str, numbers: dict[str, int] | None = None) -> str:
        cell = self.cells.get((row.name, column), Cell())
        reasons, numbers = list(cell.reasons), {} if numbers is None else numbers
        if column == "the rest":
            reasons = []
        elif not cell.passed and not cell.failed and not reasons:
            reasons = [REASONS[row.name, column]] if (row.name, column) in REASONS else []
        notes = [str(numbers.setdefault(each, len(numbers) + 1)) for each in reasons]
        return " ".join(filter(None, [*_counts(cell), f"({', '.join(notes)})" if notes else ""]))


def _counts(cell: Cell) -> Iterator[str]:
    if cell.failed:
        yield f"{cell.failed} FAILED"
    elif cell.passed:
        yield str(cell.passed)


HEAD = f"""\
# The contract, transport by transport

Every transport and every receiver is held to one suite of tests, on real servers where there are
any: Dovecot, Cyrus, Postfix. Graph and EWS are fakes of ours, driven by the real libraries. A count
says how many tests of a check went well; a number in brackets says below why something cannot be
had there.

    python -m tests.transports           quick
    python -m tests.transports --full    with {FULL:,} messages for `many`; writes this page

[Write a transport](../how-to/write-a-transport.md) shows how to hold one of your own to it.

"""
TOLD = """\
This page was written by a run with {many:,} messages where it says `many`; at most 300 through the
pipe, where each waits for a commit of its own.

"""


def main(words: list[str]) -> int:
    """Run the tests and print the table; return the exit code."""
    full = "--full" in words
    many = next((int(each) for each in words if each.isdecimal()), FULL)
    if full:
        os.environ["POSTROOM_MANY"] = str(many)
    found = Outcomes()
    files = sorted({str(TESTS / row.path) for row in ROWS})
    code = int(pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *files], [found]))
    sys.stdout.write("\n" + found.table())
    for gap in found.gaps():
        sys.stdout.write(f"not shown, and no reason given: {gap}\n")
    code = code or int(bool(found.gaps()))
    if full and not code:
        PAGE.write_text(HEAD + TOLD.format(many=many) + found.table(), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
