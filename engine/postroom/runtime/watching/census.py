"""What waits, as the published log tells: for a person, and to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from postroom.hooks.contracts import Rows

_QUARANTINED = "SELECT account, count(*) FROM review_queue GROUP BY account"
_UNSENT = """SELECT account, count(*), min(recorded_at) FROM notices
WHERE event = 'queued' AND notice_key NOT IN (
  SELECT notice_key FROM notices WHERE event IN ('sent', 'refused', 'unknown'))
GROUP BY account"""


@dataclass(frozen=True, slots=True)
class Census:
    """What waits, by account."""

    quarantined: Mapping[str, int] = field(default_factory=dict)
    unsent: Mapping[str, tuple[int, datetime]] = field(default_factory=dict)
    """How many notices, and since when the oldest of them."""


def census(query: Callable[[str], Rows]) -> Census:
    """Count what waits. Raises Problem PR530."""
    return Census(
        dict(query(_QUARANTINED).rows),
        {
            account: (count, oldest.replace(tzinfo=UTC))
            for account, count, oldest in query(_UNSENT).rows
        },
    )
