"""One hash for all copies of one submission (RFC 5322 3.6.4 says what makes a message the same)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.message import Message


def submission_hash(message: Message, date: str, contents: Iterable[str]) -> str:
    """Return the hash of Message-ID, From, Date as sent and the parts, in hex.

    contents holds a hash of each decoded leaf. What servers add on the way, and transfer encodings
    that they change, make no difference.
    """
    whole = hashlib.sha256()
    for value in (message.message_id, canonical(message.from_.addr_spec), date, *contents):
        whole.update(value.encode("utf-8", "surrogatepass"))
        whole.update(b"\x00")
    return whole.hexdigest()
