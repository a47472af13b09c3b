"""What can be done to the keys of record tokens: rotate them, revoke one, revoke a record's tokens.

Pure: each gives other keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.identity import base32
from postroom.identity.token import Key, KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from postroom.model.record import RecordRef

MOST_KEYS = len(base32.ALPHABET)


@dataclass(frozen=True)
class Keys:
    """The ring, and the generations of tokens that are in use."""

    ring: KeyRing
    generations: Mapping[RecordRef, int] = field(default_factory=dict)
    """Where it is not 0: tokens of a record made before that are revoked."""
    request: str = ""
    """Id of the request that made the keys what they are; "" where nobody asked."""

    def rotated(self, secret: bytes, until: datetime, now: datetime) -> Keys:
        """Return keys where a new one signs, and the one before verifies until a date.

        Raises ValueError if the ring is full: 32 keys, and none of them is past its date.
        """
        number = self._free(now)
        if number is None:
            raise ValueError(f"all {MOST_KEYS} keys of the ring are still accepted")
        before = self.ring.keys[self.ring.newest]
        keys = {
            **self.ring.keys,
            self.ring.newest: replace(before, until=until),
            number: Key(secret, since=now),
        }
        return replace(self, ring=KeyRing(self.ring.instance, keys, number))

    def without(self, number: int, secret: bytes, now: datetime) -> Keys:
        """Return keys where no token of a key is accepted from now on.

        If it is the one that signs, a new one takes its place; `secret` is for that. Raises
        ValueError if there is no such key, or it is past its date already.
        """
        key = self.ring.keys.get(number)
        if key is None:
            raise ValueError(f"the ring has no key {number}")
        if key.until is not None and key.until <= now:
            raise ValueError(f"key {number} is not accepted any more")
        if number == self.ring.newest:
            return self.rotated(secret, now, now)
        ended = {**self.ring.keys, number: replace(key, until=now)}
        return replace(self, ring=replace(self.ring, keys=ended))

    def revoking(self, ref: RecordRef) -> Keys:
        """Return keys where no token that a record had until now is accepted."""
        generation = self.generations.get(ref, 0) + 1
        return replace(self, generations={**self.generations, ref: generation})

    def _free(self, now: datetime) -> int | None:
        """Return a number that no accepted token names: one unused, else the longest past."""
        unused = (number for number in range(MOST_KEYS) if number not in self.ring.keys)
        ended = ((k.until, n) for n, k in self.ring.keys.items() if k.until and k.until <= now)
        return next(unused, min(ended, default=(now, None))[1])
