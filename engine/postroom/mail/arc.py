"""What the servers that a message came through say of it (RFC 8617, ARC).

Each of them adds a set of fields with the next number: what it found out itself, and its seal over
everything before. That a chain of sets is whole is checked by a server that we trust, or by a
plugin; here is only read what the sets say, and by whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postroom.mail.received import host
from postroom.mail.results import read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from postroom.mail.results import MethodResult, Results

    Passes = Callable[[Sequence[MethodResult]], bool]

_SEAL: Final = "arc-seal"
_RESULTS: Final = "arc-authentication-results"
_MOST_SETS: Final = 50
"""RFC 8617 4.2.1."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One set of a chain."""

    number: int
    sealer: str
    """The domain in whose name it is sealed."""
    results: Results
    """What that server found out when the message came to it."""


def read_chain(headers: Iterable[tuple[str, str]]) -> tuple[Sealed, ...]:
    """Return the sets of a message, the newest first; () where they are not numbered 1, 2, 3.

    A number that stands twice is such a case: two readers could read two chains.
    """
    seals: dict[int, str] = {}
    results: dict[int, Results] = {}
    for name, value in headers:
        folded = name.lower()
        if folded == _SEAL:
            tags = read_tags(value)
            number, sealer = _number(tags.get("i", "")), host(tags.get("d", ""))
            if number in seals or not number or not sealer:
                return ()
            seals[number] = sealer
        elif folded == _RESULTS:
            number, found = _number(read_tags(value).get("i", "")), read_results(value)
            if number in results or not number or found is None:
                return ()
            results[number] = found
    count = len(seals)
    if count > _MOST_SETS or not set(seals) == set(results) == set(range(1, count + 1)):
        return ()
    return tuple(Sealed(i, seals[i], results[i]) for i in range(count, 0, -1))


def voucher(chain: Sequence[Sealed], sealers: frozenset[str], is_pass: Passes) -> Sealed | None:
    """Return the set of a trusted sealer that says that DMARC had passed; None if there is none.

    Sets are asked from the newest on. One by a sealer that is not trusted ends it: whatever stands
    below could be of its making.
    """
    for each in chain:
        if each.sealer not in sealers:
            return None
        if is_pass(each.results.of("dmarc")):
            return each
        if [found.result for found in each.results.of("arc")] not in (["pass"], []):
            return None
    return None


def read_tags(value: str) -> Mapping[str, str]:
    """Return the tags of a seal or a signature (RFC 6376 3.2); of a repeated one the first."""
    tags: dict[str, str] = {}
    for part in value.split(";"):
        name, equals, text = part.partition("=")
        if equals:
            tags.setdefault(name.strip(" \t\r\n"), "".join(text.split()))
    return tags


def _number(text: str) -> int:
    usable = text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_SETS))
    return int(text) if usable else 0
