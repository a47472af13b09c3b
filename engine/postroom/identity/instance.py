"""The mark by which we know our own mail when it comes back to us."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.identity.token import KeyRing
    from postroom.model.message import Message

HEADER = "X-Postroom-Instance"
_PURPOSE = b"instance-header/v1"
_TAG = 32
"""Hex digits: 128 bits."""


def mark(ring: KeyRing) -> str:
    """Return the value of the header that all our mail carries: who sent it, and proof of it.

    Whoever copies it from a mail of ours can only keep us from answering the mail he puts it in.
    """
    return f"{ring.instance} {_tag(ring, ring.newest)}"


def is_ours(message: Message, ring: KeyRing) -> bool:
    """Return whether this instance sent the message."""
    return any(_is_mark(value, ring) for value in message.headers_all(HEADER))


def _is_mark(value: str, ring: KeyRing) -> bool:
    given = value.rpartition(" ")[2].encode()
    return any(hmac.compare_digest(given, _tag(ring, key).encode()) for key in ring.keys)


def _tag(ring: KeyRing, key: int) -> str:
    content = b"\0".join((_PURPOSE, ring.instance.encode()))
    return hmac.new(ring.keys[key].secret, content, hashlib.sha256).hexdigest()[:_TAG]
