"""The record token: which record a message is about, so that nobody can make one up.

A token is one letter that names a key and, in Crockford's Base32, AES-SIV (RFC 5297) over the
table's number, the record's id and a generation, bound to this instance. The same record always
has the same token, so that a thread keeps one subject; the tag has 128 bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from postroom.identity import base32
from postroom.model.record import RecordRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SHORTEST, LONGEST = 32, 64
"""How many letters a token can have: a tag, and three numbers of one byte to nine."""
KEY_BYTES = (32, 48, 64)
"""AES-128, AES-192 or AES-256 in SIV mode takes a key of twice the size."""
_PURPOSE = b"record-token/v1"


@dataclass(frozen=True)
class Key:
    """One key of a ring."""

    secret: bytes = field(repr=False)
    until: datetime | None = None
    """When tokens made with it are no longer accepted; None: for ever."""
    since: datetime | None = None
    """When it was made; None: before anybody took note of that."""

    @cached_property
    def cipher(self) -> AESSIV:
        """The cipher, set up once. Raises ValueError for a key of another size."""
        return AESSIV(self.secret)


@dataclass(frozen=True)
class KeyRing:
    """The keys of one instance: the newest signs, older ones verify until their date."""

    instance: str
    """What makes tokens of two engines differ even under one key."""
    keys: Mapping[int, Key]
    """By number, 0 to 31."""
    newest: int

    def __post_init__(self) -> None:
        """Refuse a ring that could not make a token. Raises ValueError."""
        if self.newest not in self.keys:
            raise ValueError("the newest key is not in the ring")
        if any(number not in range(len(base32.ALPHABET)) for number in self.keys):
            raise ValueError("a ring has 32 keys, numbered from 0 to 31")
        if any(len(key.secret) not in KEY_BYTES for key in self.keys.values()):
            raise ValueError("a key has 32, 48 or 64 bytes")

    @classmethod
    def single(cls, secret: bytes, instance: str) -> KeyRing:
        """Return a ring with one key of 32, 48 or 64 bytes."""
        return cls(instance, {0: Key(secret)}, 0)

    @cached_property
    def bound_to(self) -> list[bytes]:
        """The associated data of every token: its purpose, and the instance."""
        return [_PURPOSE, self.instance.encode()]


class Sealed(NamedTuple):
    """What a token says."""

    table: int
    record: int
    generation: int


def seal(content: Sealed, ring: KeyRing) -> str:
    """Return the token. Raises ValueError for a negative number."""
    plain = b"".join(map(_varint, content))
    cipher = ring.keys[ring.newest].cipher
    return base32.ALPHABET[ring.newest] + base32.encode(cipher.encrypt(plain, ring.bound_to))


def unseal(text: str, ring: KeyRing, now: datetime) -> Sealed | None:
    """Return what a token says, or None if it is not one that this instance made.

    Case does not matter, and O, I and L pass for 0 and 1; everything else must be exact.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        return None
    key = ring.keys.get(base32.VALUES.get(text[0], -1))
    data = base32.decode(text[1:])
    if key is None or data is None or (key.until is not None and key.until <= now):
        return None
    try:
        plain = key.cipher.decrypt(data, ring.bound_to)
    except InvalidTag:
        return None
    return _content(plain)


@dataclass(frozen=True)
class Tokens:
    """Makes tokens for records and reads them: a ring, and the numbers that stand for tables."""

    ring: KeyRing
    tables: Mapping[str, int]
    """A number for each table, from 1, never given to another table later."""
    generations: Mapping[RecordRef, int] = field(default_factory=dict)
    """The generation in use where it is not 0: tokens of an earlier one are revoked."""

    def mint(self, ref: RecordRef) -> str:
        """Return the token of a record, or "" where its table has no number."""
        table = self.tables.get(ref.table)
        if table is None:
            return ""
        return seal(Sealed(table, ref.id, self.generations.get(ref, 0)), self.ring)

    def read(self, text: str, now: datetime) -> RecordRef | None:
        """Return the record of a token, or None if it is invalid, expired or revoked."""
        content = unseal(text, self.ring, now)
        table = None if content is None else self._names.get(content.table)
        if content is None or table is None:
            return None
        ref = RecordRef(table, content.record)
        return ref if content.generation >= self.generations.get(ref, 0) else None

    @cached_property
    def _names(self) -> dict[int, str]:
        return {number: name for name, number in self.tables.items()}


def _varint(number: int) -> bytes:
    """Return LEB128: seven bits a byte, the lowest first."""
    if number < 0:
        raise ValueError("a token holds numbers from 0")
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _content(plain: bytes) -> Sealed | None:
    numbers, number, shift = [], 0, 0
    for byte in plain:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            numbers.append(number)
            number = shift = 0
    return Sealed(*numbers) if len(numbers) == len(Sealed._fields) and not shift else None
