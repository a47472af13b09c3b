"""What a text means where a number, a yes or an address is wanted. Total and linear."""

from __future__ import annotations

from decimal import Decimal

from postroom.lang import limits

YES = frozenset({"yes", "true", "ja"})
NO = frozenset({"no", "false", "nein"})

_DIGITS = frozenset("0123456789")
_LONGEST_ADDRESS = 254
"""RFC 5321 4.5.3.1.3, without the angle brackets."""
_LONGEST_LOCAL_PART = 64
"""RFC 5321 4.5.3.1.1."""
_NOT_IN_ADDRESS = frozenset('()<>[]:;,\\"')
"""RFC 5322 3.2.3: these would need quotes, which we do not take."""


def read_integer(text: str) -> int | None:
    """Return the whole number that a text gives, or None. Without separators."""
    text = text.strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not digits or len(digits) > limits.DIGITS or not _DIGITS.issuperset(digits):
        return None
    number = int(text)
    return number if -limits.INTEGER <= number < limits.INTEGER else None


def read_decimal(text: str) -> Decimal | None:
    """Return the number that a text gives, or None: a point or a comma, no separators."""
    text = text.strip().replace(",", ".")
    digits = text[1:] if text[:1] in ("-", "+") else text
    whole, point, rest = digits.partition(".")
    if not whole or (point and not rest) or len(whole) + len(rest) > limits.DIGITS:
        return None
    return Decimal(text) if _DIGITS.issuperset(whole + rest) else None


def read_boolean(text: str) -> bool | None:
    """Return what yes, no, true, false, ja or nein says, or None."""
    word = text.strip().casefold()
    return True if word in YES else False if word in NO else None


def read_address(text: str) -> str | None:
    """Return the one address that a text gives, with or without a name beside it, or None."""
    text = text.strip()
    if text.endswith(">"):
        text = text[text.rfind("<") + 1 : -1].strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > _LONGEST_ADDRESS or not 0 < len(local) <= _LONGEST_LOCAL_PART:
        return None
    if not all(domain.split(".")) or "@" in local:
        return None
    return text if all(_in_address(letter) for letter in text) else None


def _in_address(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace() and letter not in _NOT_IN_ADDRESS
