from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.pipeline.structured import (
    DEEPEST,
    MOST_ENTRIES,
    csv_entries,
    html_entries,
    json_entries,
    subject_entries,
    xml_entries,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.pipeline.block import Block

READERS: list[Callable[[str], Block]] = [
    subject_entries,
    json_entries,
    lambda text: csv_entries(text, {"a"}),
    xml_entries,
    html_entries,
]
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "[a=b]", "[", "]", "=", "{", "}", '"', ":", ",", "\\", "<", ">", "</", "<tr>", "<td>",
            "<!--", "-->", "<a>", "</a>", "<!DOCTYPE a>", "&lt;", "&x;", "a", "1", "\n", "\0", " ",
        ]
    ),
    max_size=60,
).map("".join)  # fmt: skip


def pairs(block: Block) -> list[tuple[str, str]]:
    return [(entry.label, entry.value) for entry in block.entries]


@pytest.mark.parametrize("read", READERS)
@given(text=st.one_of(st.text(), FRAGMENTS))
def test_nothing_makes_reading_fail(read: Callable[[str], Block], text: str) -> None:
    block = read(text)
    assert block.closed
    assert not (block.problem and block.entries)


names = st.text("abcdef", min_size=1, max_size=5)


@given(st.dictionaries(names, st.one_of(st.text(), st.integers(), st.booleans()), max_size=10))
def test_json_says_what_was_written(values: dict[str, object]) -> None:
    told = {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }
    assert dict(pairs(json_entries(json.dumps(values)))) == told


@pytest.mark.parametrize(("deep", "fits"), [(DEEPEST, True), (DEEPEST + 1, False), (10**6, False)])
def test_json_is_nested_so_deep_and_no_deeper(*, deep: int, fits: bool) -> None:
    block = json_entries('{"a":' * deep + "1" + "}" * deep)
    assert (block.problem == "") == fits


def test_brackets_in_a_text_nest_nothing() -> None:
    assert pairs(json_entries(json.dumps({"a": '\\"[{' * 50}))) == [("a", '\\"[{' * 50)]


@pytest.mark.parametrize(("deep", "fits"), [(DEEPEST, True), (DEEPEST + 1, False), (10**5, False)])
def test_xml_is_nested_so_deep_and_no_deeper(*, deep: int, fits: bool) -> None:
    block = xml_entries("<a>" * deep + "1" + "</a>" * deep)
    assert (block.problem == "") == fits


@pytest.mark.parametrize("count", [MOST_ENTRIES, MOST_ENTRIES + 1])
def test_so_many_values_and_no_more(count: int) -> None:
    fits = count == MOST_ENTRIES
    for block in (
        json_entries(json.dumps({str(number): number for number in range(count)})),
        csv_entries("a,b\n" * count, set()),
        xml_entries("<r>" + "<a>1</a>" * count + "</r>"),
    ):
        assert (len(block.entries), block.problem == "") == (count if fits else 0, fits)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE r [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><r><x>&b;</x></r>',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><r/>',
    ],
)
def test_xml_with_a_document_type_is_refused(document: str) -> None:
    block = xml_entries(document)
    assert block.problem == "the XML cannot be read: it declares a document type"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("[a=1] b [c d = 2 ]", [("a", "1"), ("c d", "2")]),
        ("[#TOKEN] [a=1]", [("a", "1")]),
        ("[a=]", [("a", "")]),
        ("[a=1", []),
        ("[a]=1", []),
        ("[=1]", []),
        ("Re: [a=1]", []),
        ("AW: [a=1]", []),
        ("Fwd: [a=1]", []),
    ],
)
def test_a_subject_says(subject: str, found: list[tuple[str, str]]) -> None:
    assert pairs(subject_entries(subject)) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<tr><td>a:</td><td>1</td></tr>", [("a", "1")]),
        ("<TR><TD CLASS=x>a</TD><TD>1<br>2</TD></TR>", [("a", "1\n2")]),
        ("<tr><td>a<td>1<tr><td>b<td>2", [("a", "1"), ("b", "2")]),
        ("<tr><td>a</td><td>1</td><td>2</td></tr>", []),
        ("<tr><td>a</td></tr>", []),
        ("<!-- <tr><td>a</td><td>1</td></tr> -->", []),
        ("<tr><td></td><td>1</td></tr>", []),
        ("<tr><td>a</td><td>&lt;b&gt;</td></tr>", [("a", "<b>")]),
    ],
)
def test_a_table_says(html: str, found: list[tuple[str, str]]) -> None:
    assert pairs(html_entries(html)) == found
