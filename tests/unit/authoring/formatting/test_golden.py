"""What formatting makes of typical files, recorded whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from postroom.authoring.formatting.format import Unreadable, formatted

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_it_is_written_like_this(case: Path) -> None:
    after = formatted((case / "before.yaml").read_text("utf-8"))
    expected = case / "after.yaml"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        expected.write_text(after, "utf-8")
    assert after == expected.read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_what_is_formatted_stays(case: Path) -> None:
    after = (case / "after.yaml").read_text("utf-8")
    assert formatted(after) == after


def test_the_ends_of_lines_stay_as_they_are() -> None:
    assert formatted("lists: { a: [b] }\r\nversion: 1\r\n") == "version: 1\r\nlists: {a: [b]}\r\n"


def test_a_file_ends_in_a_line_end() -> None:
    assert formatted("version: 1") == "version: 1\n"
    assert formatted("version: 1\n\n  \n") == "version: 1\n"


def test_a_block_at_the_end_does_not_gain_a_line_end() -> None:
    text = "templates:\n  b: {text: x}\n  a:\n    text: | # why\n      a\n      b"
    after = "templates:\n  b: {text: x}\n  a:\n    text: |- # why\n      a\n      b\n"
    assert formatted(text) == after
    assert formatted(after) == after


def test_line_ends_that_a_block_keeps_are_kept() -> None:
    text = "templates:\n  a:\n    text: |+\n      a\n\n\n"
    assert formatted(text) == text


@pytest.mark.parametrize("text", ["a: [", "", "- a\n", "a: 1\na: 2\n", "a: &b c\n"])
def test_what_is_no_rule_file_is_not_formatted(text: str) -> None:
    with pytest.raises(Unreadable):
        formatted(text)
