"""The audit entry of what a second rule set would have concluded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.model.batch import Entry
from postroom.model.plain import plain_object
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from postroom.ledger.item import Item


@dataclass(slots=True)
class Told:
    """What the log says of a message that a shadow decided."""

    rules: str
    missed: int = 0
    """Messages that there was no time for, since the last one that is told of."""
    kind: str = "failed"
    """A class of difference; `no_account`; `failed`."""
    outcome: str = ""
    words: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def shadow_decision(item: Item, told: Told, now: datetime, salt: Callable[[], bytes]) -> Entry:
    """Return the entry for a message that a second rule set decided too, and was not obeyed."""
    hidden = Hidden(salt)
    body = {
        "recorded_at": now,
        "account": item.facts.account,
        "communication": item.communication,
        "rules": told.rules,
        "against": item.decision.rules,
        "was": item.decision.outcome,
        "outcome": told.outcome,
        "class": told.kind,
        "fired": told.fired,
        "unknown": told.unknown,
        "missed": told.missed,
        "words": hidden.hide(pointer("words"), told.words),
    }
    return Entry("shadow_decision", plain_object(body), hidden.rows)
