"""Which of many texts stand in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st
from tests.language.searches import WAYS

from postroom.lang import search as searches
from postroom.lang.search import one_pass

if TYPE_CHECKING:
    from postroom.lang.search import MakeSearch

pieces = st.lists(st.sampled_from([b"ab", b"abc", b"x", b"\xc3\xa9", b"\n", b"."]), max_size=9)
texts = pieces.map(b"".join)


@pytest.fixture(params=WAYS, scope="module")
def make(request: pytest.FixtureRequest) -> MakeSearch:
    return WAYS[request.param]


@given(st.data())
def test_the_texts_found_are_those_that_stand_there(make: MakeSearch, data: st.DataObject) -> None:
    wanted = data.draw(st.lists(texts.filter(bool), min_size=1, max_size=12))
    text = data.draw(texts.map(lambda text: text * 2))
    found = make(wanted)(text)
    assert sorted(found) == [n for n, each in enumerate(wanted) if each in text]


def test_a_text_is_found_wherever_it_stands(make: MakeSearch) -> None:
    search = make([b"invoice 4711"])
    for before in range(9):
        for behind in range(9):
            assert list(search(b"-" * before + b"invoice 4711" + b"-" * behind)) == [0]


def test_signs_of_patterns_stand_for_themselves(make: MakeSearch) -> None:
    search = make([b"a.c+[d]", b"(x|y)"])
    assert list(search(b"abc [d] x")) == []
    assert sorted(search(b"(x|y) a.c+[d]")) == [0, 1]


@pytest.mark.parametrize("memory", [1, 100_000, 1_000_000, 1_200_000])
def test_want_of_memory_costs_time_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(searches, "_MEMORY", memory)
    monkeypatch.setattr(searches, "_MEMORY_FOR_BYTE", 0)
    wanted = [b"%06d" % number for number in range(3_000)]
    search = one_pass(wanted)
    for _ in range(2):
        assert sorted(search(b" ".join(wanted))) == list(range(3_000))


def test_an_automaton_that_finds_nothing_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what RE2 gives when it is out of memory."""
    monkeypatch.setattr(re2.Set, "Match", lambda _, __: None)
    assert list(one_pass([b"a", b"b"])(b"b")) == [1]
