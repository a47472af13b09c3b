from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from postroom.runtime.backoff import FETCHING, SENDING, Backoff


def test_each_wait_is_twice_the_one_before() -> None:
    plain = Backoff(timedelta(seconds=5), timedelta(minutes=5))
    assert [plain.after(n).total_seconds() for n in (1, 2, 3, 4)] == [5, 10, 20, 40]


def test_a_wait_never_passes_the_longest() -> None:
    assert Backoff(timedelta(seconds=5), timedelta(minutes=5)).after(10_000) == timedelta(minutes=5)


def test_notices_wait_from_a_minute_to_four_hours() -> None:
    assert SENDING.after(1) == timedelta(minutes=1)
    assert SENDING.after(9) == timedelta(hours=4)


@given(st.integers(1, 60), st.floats(0, 1))
def test_chance_only_shortens_a_wait_and_by_less_than_a_third(failures: int, chance: float) -> None:
    whole = Backoff(FETCHING.first, FETCHING.longest).after(failures)
    spread = Backoff(FETCHING.first, FETCHING.longest, FETCHING.spread, lambda: chance)
    assert whole * 0.69 <= spread.after(failures) <= whole
