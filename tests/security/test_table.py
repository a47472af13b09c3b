"""The table of docs/explanation/threats.md: each row names tests, and they are there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "explanation" / "threats.md"

REQUIRED = (
    "forged Authentication-Results",
    "no results",
    "several From fields or mailboxes, groups, NUL, comments",
    "a display name that looks like an address",
    "parsers that differ",
    "header injection in what we send",
    "command injection",
    "answer storms",
    "we as a mail bomb",
    "guessed numbers",
    "spoofed Cc",
    "control headers from outside",
    "MIME and CPU bombs",
    "ReDoS",
    "HTML",
    "attachments",
    "malware",
    "webhooks (SSRF)",
    "SQL",
    "CSV and other exports",
    "secrets",
    "over-broad OAuth",
    "TLS",
    "plugins",
    "identity by address",
)
"""What must be defended, whoever edits the page: written by hand, for a list that is made from the
page would lose with it what somebody takes out."""


def rows() -> list[tuple[str, list[str]]]:
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and "`test_" in cells[2]:
            found.append((cells[0], cells[2].replace("`", " ").split()))
    return found


@cache
def defined() -> frozenset[str]:
    """Return the names of all tests that there are."""
    lines = (
        line.strip()
        for path in (TOP / "tests").rglob("test_*.py")
        for line in path.read_text("utf-8").splitlines()
    )
    starts = (line[4:].partition("(")[0] for line in lines if line.startswith("def test_"))
    return frozenset(starts)


@pytest.mark.parametrize(("threat", "tests"), rows(), ids=[threat for threat, _ in rows()])
def test_each_threat_has_its_tests(threat: str, tests: list[str]) -> None:
    assert [name for name in tests if name not in defined()] == [], threat


def test_the_table_has_its_rows() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert len(rows()) == sum(line.startswith("| ") for line in lines) - 2 >= 20


@pytest.mark.parametrize("threat", REQUIRED)
def test_what_must_be_defended_has_its_row(threat: str) -> None:
    assert threat in {name for name, _ in rows()}


def test_no_threat_stands_there_twice() -> None:
    names = [name for name, _ in rows()]
    assert len(set(names)) == len(names)
