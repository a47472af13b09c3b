from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.model.envelope import Envelope, Place
from postroom.runtime.messages.batches import Fill, batches

if TYPE_CHECKING:
    from collections.abc import Iterator


def envelope(number: int, size: int = 1) -> Envelope:
    return Envelope(Place("INBOX", "1", str(number)), b"x" * size, size)


def still() -> float:
    return 0.0


@given(st.lists(st.integers(0, 50)), st.integers(1, 7), st.integers(1, 120))
def test_every_message_comes_out_once_in_order(sizes: list[int], most: int, heavy: int) -> None:
    came = [envelope(n, size) for n, size in enumerate(sizes)]
    made = list(batches(came, still, Fill(most, heavy)))
    assert [e for batch in made for e in batch] == came
    assert all(1 <= len(batch) <= most for batch in made)
    assert all(sum(e.size for e in batch[:-1]) < heavy for batch in made)


def test_a_lone_message_is_a_batch() -> None:
    assert [len(b) for b in batches([envelope(1)], still)] == [1]


def test_nothing_makes_no_batch() -> None:
    assert list(batches([], still)) == []


def test_a_slow_server_does_not_hold_back_what_is_there() -> None:
    seconds = iter(range(100))
    made = batches(map(envelope, range(4)), lambda: float(next(seconds)), Fill(seconds=0.5))
    assert [len(b) for b in made] == [1, 1, 1, 1]


def test_what_came_before_a_failure_is_handed_on_first() -> None:
    def broken() -> Iterator[Envelope]:
        yield envelope(1)
        yield envelope(2)
        raise ConnectionError

    made = batches(broken(), still)
    assert len(next(made)) == 2
    with pytest.raises(ConnectionError):
        next(made)
