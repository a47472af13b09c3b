"""Which of many texts stand in another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.lang import search as searches
from postroom.lang.search import MakeSearch, in_turn, one_pass
from postroom.runtime.speed import has_hyperscan, searching

WAYS = {"re2": one_pass, "in turn": in_turn, "hyperscan": searching()}
pieces = st.lists(
    st.sampled_from([b"ab", b"abc", b"x", b"\xc3\xa9", b"\n", b"\0", b"."]), max_size=9
)
texts = pieces.map(b"".join)


@pytest.fixture(params=WAYS, scope="module")
def make(request: pytest.FixtureRequest) -> MakeSearch:
    way: str = request.param
    if way == "hyperscan" and not has_hyperscan():
        pytest.skip("the extra `speed` is not installed")
    return WAYS[way]


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


def test_without_memory_texts_are_looked_for_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """RE2 alone would say that nothing is there."""
    wanted = [b"%06d" % number for number in range(3_000)]
    for least, for_byte in ((1, 0), (300_000, 0), (1_000_000, 0)):
        monkeypatch.setattr(searches, "_MEMORY", least)
        monkeypatch.setattr(searches, "_MEMORY_FOR_BYTE", for_byte)
        search = one_pass(wanted)
        assert sorted(search(b" ".join(wanted))) == list(range(3_000))


def test_an_automaton_that_is_full_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [b"%06d" % number for number in range(0, 1_000_000, 101)]
    monkeypatch.setattr(searches, "_MEMORY", 0)
    search = one_pass(wanted)
    for _ in range(2):
        assert len(search(b" ".join(wanted))) == len(wanted)
