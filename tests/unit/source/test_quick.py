"""What is read line by line is what the library's parser reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from postroom.source.decode import unfit_letter
from postroom.source.document import Document, parsed
from postroom.source.quick import quick
from postroom.source.text import Source

TOP = Path(__file__).parents[3]
FILES = [
    *sorted(TOP.glob("rules/**/*.yaml")),
    *sorted(TOP.glob("tests/golden/**/*.yaml")),
    *sorted(TOP.glob("tests/unit/rules/example/**/*.yaml")),
]
TEXTS = [path.read_text("utf-8", "replace") for path in FILES]
SIGNS = [
    *("a", "b c", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", " ", "  ", "#", " # x", "'", '"'),
    *("{", "}", "[", "]", ", ", ",", "|", ">", "|-", ">+", "\\", "\\n", "&x", "*x", "!", "?", "%"),
    *("---", "...", "é", "null", "~", "<<", "0", "${a}", "@", "`", "\t", "\r\n"),
]


def agree(text: str) -> bool:
    """Hold the two readers to each other; return whether the quick one was sure."""
    source = Source("a.yaml", text)
    found = None if unfit_letter(source) else quick(source)
    if found is not None:
        assert Document(source, found, ()) == parsed(source)
    return found is not None


@pytest.mark.parametrize("text", TEXTS, ids=[str(path.relative_to(TOP)) for path in FILES])
def test_rule_files_are_read_alike(text: str) -> None:
    agree(text)


def test_rule_files_are_nearly_all_read_quickly() -> None:
    shipped = [path.read_text("utf-8") for path in sorted(TOP.glob("rules/**/*.yaml"))]
    sure = [quick(Source("a.yaml", text)) is not None for text in shipped]
    assert sum(sure) >= 0.9 * len(sure)


@given(st.lists(st.sampled_from(SIGNS), max_size=12).map("".join))
@example("a: |\n\n   b\n  c\n")
@example("a:\n- b\n- c: d\n  e: f\ng: h\n")
@example("a: >-\n    b\n     c\n\n  \nd: 'it''s'\n")
@example("a: [b,\n  c]\nd: {e: [f, g: h]}\n")
def test_any_text_is_read_alike(text: str) -> None:
    event(f"sure: {agree(f'a: {text}')}")
    below = "k:\n  "
    event(f"sure, below a key: {agree(below + text)}")


@given(st.data())
def test_a_rule_file_with_a_slip_is_read_alike(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    start = data.draw(st.integers(0, len(text)))
    start = text.rfind("\n", 0, start) + 1
    piece = text[start : start + 600]
    at = data.draw(st.integers(0, len(piece)))
    until = at + data.draw(st.integers(0, 3))
    slip = "".join(data.draw(st.lists(st.sampled_from(SIGNS), max_size=3)))
    indent = len(piece) - len(piece.lstrip(" "))
    above = "".join(f"{' ' * column}above{column}:\n" for column in range(0, indent, 2))
    event(f"sure: {agree(above + piece[:at] + slip + piece[until:])}")
