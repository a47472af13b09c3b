"""The grammar of Authentication-Results (RFC 8601 2.2), read in one pass.

What is in a comment or in a quoted string never counts as anything but itself: `reason="spf=fail;
dmarc=pass"` says nothing about DMARC. A part that breaks the grammar is left out; the rest is read.
So is a result with a comment right behind the value of a property: `header.d=good.example(.evil)`
is how somebody makes one server look up a domain and another one read a different one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLANKS: Final = frozenset(" \t\r\n")
_MARKS: Final = frozenset(";=")
_ENDS: Final = _BLANKS | _MARKS | frozenset('()"')
_LONGEST: Final = 20_000
_DEEPEST: Final = 20
_MOST: Final = 200
"""Results in one field."""
_PTYPES: Final = frozenset({"smtp", "header", "body", "policy", "dns", "arc"})


class _Token(NamedTuple):
    """A word, a quoted string, or one of `;` and `=`."""

    text: str
    quoted: bool = False
    glued: bool = False
    """Nothing stands between it and the token before."""
    commented: bool = False
    """A comment begins right behind it."""


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What one method found: `dkim=pass header.d=example.com`."""

    method: str
    """Lower case, without its version."""
    result: str
    """Lower case."""
    reason: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    """By `ptype.property` in lower case; of a repeated one the first."""


@dataclass(frozen=True, slots=True)
class Results:
    """One field."""

    authserv_id: str
    """Who says it, lower case; "" where a server leaves it out."""
    results: tuple[MethodResult, ...] = ()

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """Return the results of one method, in order."""
        return tuple(found for found in self.results if found.method == method)


def read_results(value: str) -> Results | None:
    """Return what the value of an Authentication-Results field says, or None if it is malformed.

    An ARC-Authentication-Results field (RFC 8617 4.1.1) is the same behind its instance.
    """
    tokens = _tokens(value)
    if tokens is None:
        return None
    groups = _groups(tokens)
    if groups and _is_instance(groups[0]):
        groups = groups[1:]
    if not groups:
        return None
    first = groups[0]
    if len(first) > 1 and first[1] == _EQUALS:  # a server that does not name itself
        authserv_id = ""
    else:
        authserv_id = first[0].text.lower() if first else ""
        if not authserv_id or (len(first) > 1 and not _is_version(first[1:])):
            return None
        groups = groups[1:]
    found = (_result(group) for group in groups[:_MOST])
    return Results(authserv_id, tuple(result for result in found if result is not None))


_EQUALS: Final = _Token("=")


def _is_instance(group: list[_Token]) -> bool:
    return (
        len(group) == 3  # noqa: PLR2004 - i = 1
        and group[0].text.lower() == "i"
        and group[1] == _EQUALS
        and group[2].text.isdecimal()
    )


def _is_version(tokens: list[_Token]) -> bool:
    return len(tokens) == 1 and tokens[0].text.isdecimal() and not tokens[0].quoted


def _tokens(value: str) -> list[_Token] | None:
    """Return the tokens of a value without its comments; None if it is cut off in one."""
    if len(value) > _LONGEST:
        return None
    found: list[_Token] = []
    place, end = 0, len(value)
    glued = False
    while place < end:
        letter = value[place]
        if letter in _BLANKS or letter == "(":
            if letter == "(" and glued and found[-1].text not in _MARKS:
                found[-1] = found[-1]._replace(commented=True)
            place = _behind_comment(value, place) if letter == "(" else place + 1
            glued = False
        else:
            token, place = _token(value, place, glued=glued)
            found.append(token)
            glued = True
        if place < 0:
            return None
    return found


def _token(value: str, place: int, *, glued: bool) -> tuple[_Token, int]:
    """Return the token that begins in a place, and the place behind it; -1 if there is none."""
    letter = value[place]
    if letter in _MARKS:
        return _Token(letter), place + 1
    if letter == '"':
        text, behind = _quoted(value, place)
        return _Token(text, quoted=True, glued=glued), behind
    behind = place
    while behind < len(value) and value[behind] not in _ENDS:
        behind += 1
    return _Token(value[place:behind], glued=glued), behind if behind > place else -1


def _behind_comment(value: str, place: int) -> int:
    """Return the place behind a comment and those inside it; -1 if it does not end."""
    depth = 0
    end = len(value)
    while place < end:
        letter = value[place]
        if letter == "\\":
            place += 1
        elif letter == "(":
            depth += 1
            if depth > _DEEPEST:
                return -1
        elif letter == ")":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return -1


def _quoted(value: str, place: int) -> tuple[str, int]:
    """Return the text of a quoted string and the place behind it; -1 if it does not end."""
    pieces: list[str] = []
    place += 1
    end = len(value)
    while place < end:
        letter = value[place]
        if letter == '"':
            return "".join(pieces), place + 1
        if letter == "\\":
            place += 1
            letter = value[place : place + 1]
        pieces.append(letter)
        place += 1
    return "", -1


def _groups(tokens: list[_Token]) -> list[list[_Token]]:
    """Return the tokens between semicolons that are not quoted."""
    groups: list[list[_Token]] = [[]]
    for token in tokens:
        if token.text == ";" and not token.quoted:
            groups.append([])
        else:
            groups[-1].append(token)
    return [group for group in groups if group]


def _result(group: list[_Token]) -> MethodResult | None:
    """Return what stands between two semicolons, or None if it breaks the grammar."""
    pairs = _pairs(group)
    if not pairs:
        return None
    method, result = pairs[0]
    if result.quoted or method.quoted or "." in method.text.partition("/")[0]:
        return None
    reason = ""
    properties: dict[str, str] = {}
    for name, value in pairs[1:]:
        key = name.text.lower()
        if key == "reason":
            reason = reason or value.text
        elif key.partition(".")[0] in _PTYPES and not name.quoted:
            if value.commented:
                return None
            properties.setdefault(key, value.text)
    return MethodResult(
        method.text.partition("/")[0].lower(), result.text.lower(), reason, properties
    )


def _pairs(group: list[_Token]) -> list[tuple[_Token, _Token]]:
    """Return the `name = value` pairs of a group; what is no pair is passed over.

    Broken right at the beginning, the group has no pairs at all: no method can be told.
    """
    found: list[tuple[_Token, _Token]] = []
    place = 0
    while place < len(group):
        if place + 2 < len(group) and group[place + 1] == _EQUALS and group[place] != _EQUALS:
            name, value = group[place], group[place + 2]
            place += 3
            while place < len(group) and group[place].glued and group[place] != _EQUALS:
                more = group[place]
                commented = value.commented or more.commented
                value = value._replace(text=value.text + more.text, commented=commented)
                place += 1
            found.append((name, value))
        elif not found or group[place] == _EQUALS:
            return []
        else:
            place += 1
    return found
