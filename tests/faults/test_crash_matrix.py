"""Wherever an engine dies, the next one finishes the work: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.crash_matrix import KINDS, cells
from tests.servers.need import need

from postroom.hooks.failpoints import POINTS

ROOT = Path(__file__).parents[2]
HALVES = [*POINTS][::2], [*POINTS][1::2]


def matrix(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the short form in a process of its own, which forks engines and must have no threads."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.crash_matrix", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=280,
    )


@pytest.mark.parametrize("points", HALVES, ids=["one half", "the other half"])
def test_a_crash_loses_and_doubles_nothing(points: list[str]) -> None:
    """Every failpoint with files, some with mail that is handed over; see the long form."""
    done = matrix("--kinds", "files", "lmtp", "pipe", "--points", *points)
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RED" not in done.stdout
    assert done.stdout.count(" green") >= len(points)


def test_a_crash_loses_and_doubles_nothing_on_a_real_mail_server() -> None:
    need("dovecot", "dovecot-core dovecot-imapd dovecot-lmtpd")
    done = matrix("--kinds", "imap")
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" green") >= 3


def test_every_failpoint_is_in_the_matrix() -> None:
    assert {cell.point for cell in cells(full=False, kinds=KINDS)} == set(POINTS)


def test_every_failpoint_is_in_the_code_once_for_each_way() -> None:
    """A name that nobody uses would be green for ever."""
    code = "".join(
        path.read_text("utf-8")
        for folder in ("engine", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "failpoints.py"
    )
    missing = [
        name for name in POINTS if f'failpoint("{name}")' not in code and f', "{name}")' not in code
    ]
    assert missing == []


def test_every_failpoint_stands_in_the_docs_with_what_comes_of_it() -> None:
    page = (ROOT / "docs/explanation/ledger.md").read_text("utf-8")
    assert [name for name in POINTS if f"| `{name}` |" not in page] == []
