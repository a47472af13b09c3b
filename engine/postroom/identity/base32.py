"""Crockford's Base32: letters that people may read out, retype and capitalise as they like."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CONFUSED = {"O": 0, "I": 1, "L": 1}
_UPPER = {letter: value for value, letter in enumerate(ALPHABET)} | _CONFUSED
VALUES = _UPPER | {letter.lower(): value for letter, value in _UPPER.items()}
"""What each letter stands for; O, I and L, in either case, pass for 0 and 1."""
_PYTHON = "0123456789abcdefghijklmnopqrstuv"
"""The digits that `int(_, 32)` reads."""
_TO_PYTHON = str.maketrans(
    {letter: _PYTHON[value] for letter, value in VALUES.items()} | {"U": "!", "u": "!"}
)


def encode(data: bytes) -> str:
    """Return the letters, five bits each, the last one filled up with zeros."""
    length = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (length * 5 - len(data) * 8)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(length * 5 - 5, -1, -5))


def decode(text: str) -> bytes | None:
    """Return the bytes, or None where `encode` gives that text for no bytes at all."""
    if not (text.isascii() and text.isalnum()):
        return None
    try:
        number = int(text.translate(_TO_PYTHON), 32)
    except ValueError:
        return None
    length, filling = divmod(len(text) * 5, 8)
    if filling >= 5 or number & (1 << filling) - 1:  # noqa: PLR2004 - a whole letter too many
        return None
    return (number >> filling).to_bytes(length, "big")
