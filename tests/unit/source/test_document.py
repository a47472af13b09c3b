"""What a rule file holds, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.source.decode import MAX_BYTES, decode
from postroom.source.diagnostic import Diagnostic
from postroom.source.document import MAX_DEPTH, Document, read_document
from postroom.source.nodes import Mapping, Scalar, Sequence
from postroom.source.render import as_text
from postroom.source.text import Source


def read(text: str) -> Document:
    return read_document(Source("a.yaml", text))


def codes(text: str) -> list[str]:
    return [f.code for f in read(text).findings]


def root(text: str) -> Mapping:
    document = read(text)
    assert document.findings == ()
    assert document.root is not None
    return document.root


def test_nodes_know_where_they_stand() -> None:
    found = root("a: {b: [x, 'y']}\nc:\n  - d\n")
    inner = found.get("a")
    assert isinstance(inner, Mapping)
    assert inner.flow
    assert inner.span.text == "{b: [x, 'y']}"
    items = inner.get("b")
    assert isinstance(items, Sequence)
    assert [i.span.text for i in items.items] == ["x", "'y'"]
    assert [e.key.span.place for e in found.entries] == ["a.yaml:1:1", "a.yaml:2:1"]


def test_nothing_is_what_null_and_an_empty_value_say() -> None:
    found = root("a:\nb: null\nc: ~\nd: ''\ne: 'null'\n")
    said = [e.node.is_null for e in found.entries if isinstance(e.node, Scalar)]
    assert said == [True, True, True, False, False]


def test_words_that_yaml_1_1_takes_for_something_else_stay_words() -> None:
    found = root("on: yes\nno: 1:30\nday: 010\n")
    assert [(e.name, e.node.value) for e in found.entries if isinstance(e.node, Scalar)] == [
        ("on", "yes"),
        ("no", "1:30"),
        ("day", "010"),
    ]


def test_a_key_that_stands_twice_counts_once_and_both_places_are_shown() -> None:
    document = read("a: 1\nb: 2\na: 3\n")
    assert document.root is not None
    assert [e.name for e in document.root.entries] == ["a", "b"]
    (found,) = document.findings
    assert (found.code, found.span and found.span.place) == ("PR010", "a.yaml:3:1")
    assert [(words, span.place) for words, span in found.related] == [("first here", "a.yaml:1:1")]


def test_every_anchor_alias_and_tag_is_found_not_only_the_first() -> None:
    assert codes("a: &x 1\nb: *x\nc: !t 2\n<<: {d: 1}\n") == ["PR011", "PR011", "PR012", "PR011"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_as_they_do_elsewhere(end: str) -> None:
    found = root(end.join(["a:", "  b: one", "  c: |", "    two", ""]))
    inner = found.get("a")
    assert isinstance(inner, Mapping)
    assert [e.node.value for e in inner.entries if isinstance(e.node, Scalar)] == ["one", "two\n"]
    assert inner.entries[1].key.span.place == "a.yaml:3:3"


def test_a_byte_order_mark_does_no_harm() -> None:
    source = decode("a.yaml", b"\xef\xbb\xbfa: 1\n")
    assert isinstance(source, Source)
    document = read_document(source)
    assert document.root is not None
    assert document.root.entries[0].key.span.place == "a.yaml:1:1"
    assert codes("\ufeffa: 1\n") == []


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH + 1, 1_000, 100_000])
def test_deep_nesting_is_refused_before_it_hurts(depth: int) -> None:
    expected = [] if depth < MAX_DEPTH else ["PR009"]
    assert codes("a: " + "[" * depth + "]" * depth) == expected
    block = "\n".join(" " * i + "a:" for i in range(min(depth, 1_000)))
    assert codes(block) == expected


def test_a_file_that_is_too_big_is_not_read() -> None:
    assert isinstance(decode("a.yaml", b"#" * MAX_BYTES), Source)
    found = decode("a.yaml", b"#" * (MAX_BYTES + 1))
    assert isinstance(found, Diagnostic)
    assert found.code == "PR005"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a: x\nb: Grüße\n".encode("latin-1"), "a.yaml:2:6"),
        ("ä: x\nb: é".encode() + b"\xff", "a.yaml:2:5"),
        (b"\xef\xbb\xbfa: \xe4", "a.yaml:1:4"),
        ("a: x".encode("utf-16"), "a.yaml:1:1"),
    ],
)
def test_the_first_byte_that_is_not_utf_8_is_shown(data: bytes, place: str) -> None:
    found = decode("a.yaml", data)
    assert isinstance(found, Diagnostic)
    assert (found.code, found.span and found.span.place) == ("PR002", place)


@pytest.mark.parametrize(
    "letter", ["\0", "\x07", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "\r"]
)
def test_a_character_that_nobody_sees_is_refused(letter: str) -> None:
    (found,) = read(f"a: x\nb: c{letter}d\n").findings
    assert (found.code, found.span and found.span.start) == ("PR003", 9)


def test_letters_of_all_scripts_are_welcome() -> None:
    text = "a: Grüße, 漢字, עברית, 👩\u200d💻, e\u0301"
    found = root(text).get("a")
    assert isinstance(found, Scalar)
    assert found.value == text[3:]


@pytest.mark.parametrize(
    "text",
    [
        "receive: {use: imap, password: hunter2: x}",
        "password: @hunter2",
        "receive:\n  api_token:hunter2\n  x: 1\n",
        'my_secret: "hunter2" x',
        "password: |hunter2",
        "password: |\n    hunter2\n   - hunter2: x\nb",
        "receive: {password: a,hunter2}",
    ],
)
def test_what_may_be_a_secret_is_not_shown(text: str) -> None:
    findings = read(text).findings
    assert findings
    assert "hunter2" not in "\n".join(map(as_text, findings))


@settings(max_examples=300)
@given(st.text("ab:-[]{}'\"|>&*!%@#, \n\\?`~<=$0", max_size=40))
def test_no_text_makes_reading_fail(text: str) -> None:
    document = read(text)
    assert document.root is not None or document.findings
    for finding in document.findings:
        assert finding.span is None or 0 <= finding.span.start <= len(text)
        as_text(finding)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    source = decode("a.yaml", data)
    if isinstance(source, Source):
        read_document(source)


def test_a_block_that_starts_with_a_million_spaces_is_read_in_time() -> None:
    text = f"a: |2\n{' ' * 1_000_000}x\n{'  y' * 1_000}\n"
    found = root(text).get("a")
    assert isinstance(found, Scalar)
    assert found.value.lstrip().startswith("x\n")
    at = found.value.index("y")
    assert found.words.span_of(at, at + 1).text == "y"
