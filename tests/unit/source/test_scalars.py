"""The words of a scalar are YAML's value, and each letter knows where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.source.document import read_document
from postroom.source.nodes import Mapping, Scalar, Style
from postroom.source.scalars import words_of
from postroom.source.text import Source

LETTERS = st.sampled_from("aab zZ01.,:;#'\"\\|>-?!%@&*[]{}~é漢\U0001f600$")
LINE = st.text(LETTERS, max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])


def scalar(text: str, key: str = "k") -> Scalar:
    document = read_document(Source("a.yaml", text))
    assert document.findings == ()
    assert isinstance(document.root, Mapping)
    found = document.root.get(key)
    assert isinstance(found, Scalar)
    return found


def check(text: str) -> Scalar:
    """Check one document `k: ...` against the parser's own value, letter by letter."""
    found = scalar(text)
    value = YAML(typ="safe", pure=True).load(text)["k"]
    assert found.value == ("" if value is None else str(value))
    offsets = found.words.offsets
    assert len(offsets) == len(found.value) + 1
    assert list(offsets) == sorted(offsets)
    for letter, at in zip(found.value, offsets, strict=False):
        stands = text[at]
        assert stands == letter or (letter in " \n" and stands == "\n") or stands == "\\"
    if len(found.value) > 1:
        assert len(set(offsets)) > 1, "the letters were not found in the text"
    return found


@given(st.lists(LINE, min_size=1, max_size=6), st.sampled_from(["", "-", "+"]), ENDS, st.data())
def test_literal_and_folded_blocks(
    lines: list[str], chomp: str, end: str, data: st.DataObject
) -> None:
    sign = data.draw(st.sampled_from("|>"))
    extra = data.draw(st.integers(1, 4))
    spaced = any(line.startswith(" ") for line in lines)
    explicit = spaced or not "".join(lines) or data.draw(st.booleans())
    header = f"{sign}{extra if explicit else ''}{chomp}"
    body = "".join(f"{' ' * extra if line else ''}{line}{end}" for line in lines)
    check(f"k: {header}{end}{body}after: x{end}")


@given(st.text(LETTERS | st.sampled_from("\n\t"), max_size=30), ENDS)
def test_single_quoted(value: str, end: str) -> None:
    lines = value.replace("'", "''").split("\n")
    check(f"k: '{f'{end}  '.join(lines)}'{end}")


@given(
    st.lists(
        LETTERS.filter(lambda c: c not in '"\\')
        | st.sampled_from(
            [r"\n", r"\t", r"\"", r"\\", r"\u00e4", r"\x41", r"\U0001F600", r"\ ", r"\N"]
        )
        | st.sampled_from(["\n  ", "\\\n  ", "\r\n ", " \n\n "]),
        max_size=20,
    )
)
def test_double_quoted(pieces: list[str]) -> None:
    check(f'k: "{"".join(pieces)}"\n')


PLAIN = st.text("abc é漢", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    st.lists(PLAIN, min_size=1, max_size=4),
    st.lists(st.sampled_from(["\n  ", "\r\n   ", "\n\n  ", "  \n  "]), min_size=3, max_size=3),
)
def test_plain_over_several_lines(lines: list[str], gaps: list[str]) -> None:
    text = lines[0]
    for gap, line in zip(gaps, lines[1:], strict=False):
        text += gap + line
    check(f"k: {text}\n")


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("&here value", "plain", "value"),
        ("&here |\n  value\n", "literal", "value\n"),
        ("!!str 'value'", "single", "value"),
    ],
)
def test_an_anchor_or_a_tag_is_skipped(text: str, style: Style, value: str) -> None:
    words = words_of(Source("a.yaml", text), 0, len(text), style, value)
    assert words.value == value
    assert text[words.offsets[0] :].startswith("value")


def test_the_place_of_a_letter_behind_wide_ones_and_escapes() -> None:
    found = scalar('k: "漢\\u00e4\\"字: x"\n')
    at = found.value.index("x")
    assert found.words.span_of(at, at + 1).text == "x"
    assert found.words.span_of(0, 1).text == "漢"


def test_a_place_in_a_folded_block_is_on_its_own_line() -> None:
    found = scalar("k: >\n  one\n  two\n")
    at = found.value.index("two")
    assert found.value == "one two\n"
    assert found.words.span_of(at, at + 3).place == "a.yaml:3:3"


def test_a_reading_that_does_not_agree_with_the_parser_is_not_used() -> None:
    words = words_of(Source("a.yaml", "abc"), 0, 3, "plain", "something else")
    assert words.value == "something else"
    assert set(words.offsets) == {0}


@pytest.mark.parametrize("text", ["k:\n", "k: ''\n", 'k: ""\n', "k: |\n\n", "k: >-\n", "k: |"])
def test_an_empty_value_has_a_place(text: str) -> None:
    found = scalar(text)
    assert found.value.strip("\n") == ""
    assert len(found.words.offsets) == len(found.value) + 1
