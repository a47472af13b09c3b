from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.unit.runtime.memory import NOW, Store

from postroom.runtime.clock import Clock
from postroom.runtime.clock_watch import ClockWatch


@dataclass
class Hands:
    """A clock whose two hands are moved apart."""

    day: float = 0
    steady: float = 500

    @property
    def clock(self) -> Clock:
        return Clock(lambda: NOW + timedelta(seconds=self.day), lambda: self.steady)

    def move(self, day: float, steady: float) -> None:
        self.day += day
        self.steady += steady


def jumps(store: Store) -> list[tuple[object, object]]:
    entries = [entry for batch in store.batches for entry in batch.entries]
    assert {entry.kind for entry in entries} <= {"clock_jumped"}
    return [(entry.body["expected"], entry.body["recorded_at"]) for entry in entries]


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_time_that_passes_is_no_jump(hands: Hands) -> None:
    store = Store()
    watch = ClockWatch(store, hands.clock)
    for seconds in (10, 0, 100_000, 10):
        hands.move(seconds + 0.01, seconds)
        watch.look()
    assert jumps(store) == []


def test_a_jump_is_written_down_once_with_what_was_expected(hands: Hands) -> None:
    store = Store()
    watch = ClockWatch(store, hands.clock)
    for day in (10 + 3600, 10, 10 - 7200, 10):
        hands.move(day, 10)
        watch.look()
    assert jumps(store) == [
        ("2026-11-02T08:00:10.000000Z", "2026-11-02T09:00:10.000000Z"),
        ("2026-11-02T09:00:30.000000Z", "2026-11-02T07:00:30.000000Z"),
    ]


def test_what_creeps_up_on_us_is_written_down_too(hands: Hands) -> None:
    store = Store()
    watch = ClockWatch(store, hands.clock)
    for _ in range(31):
        hands.move(11, 10)
        watch.look()
    assert len(jumps(store)) == 1
