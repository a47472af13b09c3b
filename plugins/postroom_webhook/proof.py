"""Know whom a request is from: signatures and passwords, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Final

from postroom.hooks.http_talk import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.model.settings import Secret

_MOST_DIGITS: Final = 15
_MOST_TOKENS: Final = 100_000


def forged() -> RefusedError:
    """Return a refusal of what is not from whom it seems to be."""
    return RefusedError(401, "the signature is not good")


def check_hmac(secret: Secret, message: bytes, signature: str) -> None:
    """Compare an HMAC-SHA256 in hex. Raises RefusedError."""
    good = hmac.new(secret.reveal().encode(), message, sha256).hexdigest()
    if not hmac.compare_digest(good.encode(), signature.encode("utf-8", "replace")):
        raise forged()


def check_password(username: str, secret: Secret, headers: Mapping[str, str]) -> None:
    """Compare what HTTP Basic says (RFC 7617). Raises RefusedError."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(told.strip(), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    good = f"{username}:{secret.reveal()}".encode()
    if not hmac.compare_digest(good, given) or scheme.casefold() != "basic":
        raise RefusedError(401, "the name or the password is not good")


def check_time(told: str, now: float, window: float) -> None:
    """Compare a time in seconds since 1970. Raises RefusedError."""
    if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
        raise forged()
    if abs(now - int(told)) > window:
        raise RefusedError(401, "the time of the signature is too far from ours")


class Tokens:
    """Which message each token came with: where a signature does not cover the message itself.

    The same one may come again, for its sender may not have heard that it was taken.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._known: dict[str, tuple[bytes, float]] = {}
        self._lock = Lock()

    def check(self, token: str, raw: bytes, now: float) -> None:
        """Note what a token came with. Raises RefusedError if it was another message."""
        digest = sha256(raw).digest()
        with self._lock:
            self._forget(now)
            found = self._known.setdefault(token, (digest, now))
        if found[0] != digest:
            raise RefusedError(401, "the signature was used for another message")

    def _forget(self, now: float) -> None:
        """Let go of those too old to be good, and of the oldest where there are too many."""
        for token, (_, since) in list(self._known.items())[:2]:
            if now - since > 2 * self._window or len(self._known) >= _MOST_TOKENS:
                del self._known[token]
