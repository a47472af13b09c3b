"""Which texts a pattern cannot do without."""

from __future__ import annotations

import sys
import unicodedata

import pytest
import re2
from hypothesis import event, given
from hypothesis import strategies as st

from postroom.lang.patterns import Pattern, pattern
from postroom.lang.required import required
from postroom.lang.text import utf8

CASES = {
    r"\b(outage|down)\b": {"outage", "down"},
    r"PO-(\d{4,})": {"po-"},
    r"invoice (no|nr)\.? ?(?P<number>\d+)": {
        "invoice no", "invoice nr", "invoice no.", "invoice nr.",
        "invoice no ", "invoice nr ", "invoice no. ", "invoice nr. ",
    },
    "abc+d": {"abc"},
    "ab*cde": {"cde"},
    r"(foo\d|bar)x": {"foo", "bar"},
    "[ab]c": {"ac", "bc"},
    "[a-c]d": {"d"},
    "[]a]b[^x]": {"b"},
    "(a|)b": {"ab", "b"},
    "(?i-s:Straße)": {"strasse"},
    r"\pLx\p{Greek}yz": {"yz"},
    "x{2,}y": {"x"},
    "(?:abc)?d{0,3}": None,
    r"\d+": None,
    ".*": None,
    r"\Qa.b\E": None,
    r"\x41bc": None,
    "^$": None,
    "a|": None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "wanted"), CASES.items(), ids=CASES)
def test_what_a_pattern_cannot_do_without(written: str, wanted: set[str] | None) -> None:
    assert isinstance(pattern(written), Pattern)
    assert required(written) == (None if wanted is None else frozenset(wanted))


def test_letters_that_match_in_either_case_are_casefolded_alike() -> None:
    letters = [chr(n) for n in range(sys.maxunicode + 1) if _has_case(chr(n))]
    text = "".join(letters)
    for letter in letters:
        found = re2.compile(f"(?i){re2.escape(letter)}").findall(text)
        assert letter in found
        assert {other.casefold() for other in found} == {letter.casefold()}


def _has_case(letter: str) -> bool:
    cased = {letter.lower(), letter.upper(), letter.title(), letter.casefold()}
    return cased != {letter} or unicodedata.category(letter) in ("Lu", "Ll", "Lt")


letters = st.sampled_from("abK\u212akSs\u017fß0 -é.İ")
written = st.text(letters, min_size=1, max_size=4)
Pair = tuple[str, str]
"""A pattern, and a text that it may fit."""
atoms: st.SearchStrategy[Pair] = st.one_of(
    written.map(lambda text: (re2.escape(text), text.swapcase())),
    st.sampled_from(
        [
            (r"\d", "7"), (r"\b", ""), (".", "x"), ("[ab]", "B"), ("[^a]", "b"), (r"\s?", " "),
            ("^", ""), (r"[\d-]", "-"), ("[[:alpha:]]", "K"), (r"\pL", "é"), ("[K]", "k"),
            ("x{2}", "xx"),
        ]
    ),
)  # fmt: skip


def side_by_side(pairs: list[Pair]) -> Pair:
    return "".join(pattern for pattern, _ in pairs), "".join(text for _, text in pairs)


def alternatives(pairs: list[Pair]) -> Pair:
    return f"({'|'.join(pattern for pattern, _ in pairs)})", pairs[-1][1]


def repeated(pair: Pair, how: str, times: int) -> Pair:
    return f"(?:{pair[0]}){how}", pair[1] * times


def grouped(pair: Pair, how: str) -> Pair:
    return how.format(pair[0]), pair[1]


pairs = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(side_by_side),
        st.lists(inner, min_size=1, max_size=3).map(alternatives),
        st.builds(repeated, inner, st.sampled_from(["?", "*", "+", "{0,2}", "+?"]), st.just(1)),
        st.builds(repeated, inner, st.sampled_from(["*", "+", "{2}", "{2,}"]), st.just(2)),
        st.builds(repeated, inner, st.sampled_from(["?", "*", "??"]), st.just(0)),
        st.builds(grouped, inner, st.sampled_from(["({})", "(?i:{})", "(?P<n>{})", "(?s){}"])),
    ),
    max_leaves=8,
)


@given(pairs, written, written)
def test_one_of_them_stands_wherever_the_pattern_fits(pair: Pair, before: str, behind: str) -> None:
    found, wanted = pattern(pair[0]), required(pair[0])
    for text in (pair[1], f"{before}{pair[1]}{behind}"):
        if isinstance(found, Pattern) and wanted is not None and found.found_in(utf8(text)):
            event("fits")
            assert any(each in text.casefold() for each in wanted)


@given(st.text(max_size=30))
def test_whatever_a_pattern_is_nothing_is_raised(written: str) -> None:
    assert required(written) is None or isinstance(required(written), frozenset)
