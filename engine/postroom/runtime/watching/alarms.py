"""Watch what the guard refuses, and see to it that somebody hears of it once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.ledger.events import alarm_raised, notice_queued
from postroom.model.batch import OutboxRow
from postroom.pipeline.alarm import Alarm, alarm, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from postroom.ledger.item import Item
    from postroom.model.batch import Batch
    from postroom.rules.ruleset import Account

_WATCHED = timedelta(hours=1)


@dataclass
class Alarms:
    """How many answers were refused to whom anybody may be, by account; used under a lock."""

    _refused: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict)

    def look(
        self, account: Account, items: Sequence[Item], marks: Mapping[str, datetime], now: datetime
    ) -> Alarm | None:
        """Return the alarm that these decisions give reason to, if there is one."""
        recent = self._refused.setdefault(account.name, deque())
        while recent and recent[0][0] + _WATCHED <= now:
            recent.popleft()
        before = sum(count for _, count in recent)
        return alarm(account, [item.decision for item in items], before, marks, now)

    def note(self, account: Account, items: Sequence[Item], now: datetime) -> None:
        """Count what was refused, now that it is durable."""
        if count := sum(refused(item.decision) for item in items):
            self._refused.setdefault(account.name, deque()).append((now, count))


def with_alarm(
    batch: Batch, raised: Alarm | None, items: Sequence[Item], salt: Callable[[], bytes]
) -> Batch:
    """Return the batch with an alarm in it: its entry, its mark, and what tells people."""
    if raised is None:
        return batch
    item = items[raised.at]
    entries = [alarm_raised(item, raised.found.code, raised.found.message)]
    notices = []
    if raised.notice is not None:
        at = item.clocked.decided_at
        entries.append(notice_queued(item, raised.notice, salt))
        notices.append(OutboxRow(0, item.facts.account, item.communication, raised.notice, at, at))
    return replace(
        batch,
        entries=[*batch.entries, *entries],
        notices=[*batch.notices, *notices],
        marks=raised.marks,
    )
