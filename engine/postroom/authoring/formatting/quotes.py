"""How a value is written: in quotes only where YAML needs them.

YAML 1.2.2 section 7.3.3 says what a plain value can be. We ask for more: no reader, of whatever
version of YAML, may take what stands without quotes for anything but text.
"""

from __future__ import annotations

_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_FIRST = "$(_"
"""Signs that a plain value may start with, beside letters."""
_IN_FLOW = ",[]{}"
_IN_KEY = "-_. "


def can_be_plain(value: str, *, in_flow: bool) -> bool:
    """Return whether a text means the same with and without quotes."""
    if not value or not (value[0].isalpha() or value[0] in _FIRST):
        return False
    return value.lower() not in _WORDS and _fits(value, in_flow=in_flow)


def stays_plain(old: str, new: str, *, in_flow: bool) -> bool:
    """Return whether a text can be plain that has taken the place of one that is."""
    return old[:1] == new[:1] and _fits(new, in_flow=in_flow)


def _fits(value: str, *, in_flow: bool) -> bool:
    if value != value.strip() or not value.isprintable():
        return False
    if ": " in value or " #" in value or value[-1:] == ":":
        return False
    return not (in_flow and any(sign in value for sign in _IN_FLOW))


def key_can_be_plain(value: str) -> bool:
    """Return whether a key means the same with and without quotes, wherever it stands."""
    return can_be_plain(value, in_flow=True) and all(c.isalnum() or c in _IN_KEY for c in value)


def written(value: str, *, in_flow: bool) -> str | None:
    """Return a text as it is written where its own way of writing does not fit it any more.

    None if it cannot stand on one line.
    """
    if can_be_plain(value, in_flow=in_flow):
        return value
    return "'" + value.replace("'", "''") + "'" if value.isprintable() else None
