"""The clock. The one place that reads it; everything else is told what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place


def _wait(stop: Event, seconds: float) -> bool:
    return stop.wait(max(0.0, seconds))


@dataclass(frozen=True)
class Clock:
    """The time of day for what is written down, and a steady one for durations."""

    now: Callable[[], datetime] = _now
    """UTC, aware. May jump when somebody sets the machine's clock."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds since some moment in the past. Never jumps."""
    wait: Callable[[Event, float], bool] = _wait
    """Wait so many seconds, or until the event is set; return whether it is."""


SYSTEM = Clock()
