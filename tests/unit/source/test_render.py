"""What a finding looks like on a terminal."""

from __future__ import annotations

import pytest

from postroom.source.diagnostic import Diagnostic
from postroom.source.render import as_json, as_text
from postroom.source.text import Source, Span


def shown(text: str, start: int, end: int) -> list[str]:
    span = Span(Source("a.yaml", text), start, end)
    return as_text(Diagnostic("PR030", "unknown key", span, "write it")).split("\n")


def test_the_span_is_underlined_at_its_place() -> None:
    assert shown("a: 1\n  tabel: x\n", 7, 12) == [
        "a.yaml:2:3: error[PR030]: unknown key",
        "    2 |   tabel: x",
        "      |   ^^^^^",
        "   = help: write it",
    ]


def test_wide_letters_take_two_columns_and_marks_none() -> None:
    assert shown("漢e\u0301: x", 3, 4)[1:3] == ["    1 | 漢e\u0301: x", "      |    ^"]


@pytest.mark.parametrize("letter", ["\x1b", "\x00", "\u202e", "\x85", "\u2028"])
def test_nothing_in_a_file_commands_the_terminal(letter: str) -> None:
    lines = shown(f"a: {letter}[31mred", 3, 4)
    assert lines[1] == "    1 | a: \ufffd[31mred"
    assert lines[2] == "      |    ^"


def test_of_a_long_line_the_place_is_shown() -> None:
    lines = shown("x" * 5_000 + "HERE" + "y" * 5_000, 5_000, 5_004)
    assert len(lines[1]) < 240
    at = lines[2].index("^")
    assert lines[1][at : at + 4] == "HERE"
    assert lines[2].count("^") == 4


def test_a_span_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    assert shown("a: b\nc: d\n", 3, 9)[2] == "      |    ^"


def test_a_finding_for_machines() -> None:
    source = Source("a.yaml", "a: 1\nb: 2\n")
    related = (("first here", Span(source, 0, 1)),)
    found = as_json(Diagnostic("PR010", "twice", Span(source, 5, 6), related=related))
    assert found["place"] == {
        "file": "a.yaml", "line": 2, "column": 1, "end_line": 2, "end_column": 2,
    }  # fmt: skip
    assert found["related"][0]["place"]["line"] == 1
    assert as_json(Diagnostic("PR510", "no server"))["place"] is None
