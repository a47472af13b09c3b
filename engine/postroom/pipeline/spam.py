"""What the spam filter in front of us says of a message."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import re2

if TYPE_CHECKING:
    from postroom.model.message import Message

_NUMBER = re2.compile(
    r"^\s*(?:(?:yes|no)\s*,\s*)?(?:score\s*=\s*)?([+-]?\d{1,6}(?:\.\d{1,6})?)(?:[\s/;,]|$)"
)
"""`5.2`, `5.2 / 15.00`, `Yes, score=5.2 required=5.0`: SpamAssassin's and rspamd's forms."""


def spam_score(message: Message, field: str) -> Decimal | None:
    """Return the score that the topmost field of that name holds, or None.

    A server writes its fields above those that are there: what the sender put in stands below.
    """
    found = _NUMBER.search(message.header(field).lower()) if field else None
    return Decimal(found.group(1)) if found else None
