"""The prefixes that mail programs put before a subject: `Re:`, `AW:`, `Fwd:`, `WG:`."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from postroom.mail.phrases import BLANK, FORWARD_PREFIXES, REPLY_PREFIXES, fold

_LONGEST: Final = max(map(len, REPLY_PREFIXES | FORWARD_PREFIXES)) + 8
"""Characters of a prefix with its counter: `Re[12]`."""
_MOST: Final = 50


class Prefix(NamedTuple):
    """One prefix of a subject."""

    kind: Literal["reply", "forward"]
    text: str
    """As written, with its colon."""


def read_prefixes(subject: str) -> tuple[tuple[Prefix, ...], str]:
    """Return the prefixes of a subject in order, and the rest of it.

    A counter belongs to its prefix: `Re[2]:`, `AW (3):`, `Re^2:`. Unknown words are no prefixes.
    """
    found: list[Prefix] = []
    rest = subject.strip(BLANK)
    while len(found) < _MOST:
        first = _first(rest)
        if first is None:
            break
        found.append(first)
        rest = rest[len(first.text) :].lstrip(BLANK)
    return tuple(found), rest


def keep_prefixes(subject: str, keep: int) -> str:
    """Return a subject with only its first `keep` prefixes."""
    found, rest = read_prefixes(subject)
    if len(found) <= keep:
        return subject
    return " ".join([*(prefix.text for prefix in found[:keep]), rest])


def _first(subject: str) -> Prefix | None:
    """Return the prefix that a subject begins with."""
    ends = [end for mark in ":\uff1a" if (end := subject.find(mark, 1, _LONGEST)) > 0]
    if not ends:
        return None
    end = min(ends)
    word = fold(subject[:end].rstrip(BLANK + "0123456789[]()^*")).rstrip(".")
    if word in FORWARD_PREFIXES:
        return Prefix("forward", subject[: end + 1])
    if word in REPLY_PREFIXES:
        return Prefix("reply", subject[: end + 1])
    return None
