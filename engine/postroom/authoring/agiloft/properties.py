"""Read Java properties, as `java.util.Properties.load` says what they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_HEX = 4


@dataclass(frozen=True, slots=True)
class Property:
    """A key with its value, which may be a secret."""

    key: str
    value: str = field(repr=False)
    line: int
    """Where it begins; the first line of a file is 1."""


def read_properties(data: bytes) -> list[Property]:
    """Return all properties in their order: UTF-8, or ISO 8859-1 as it was up to Java 8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("iso-8859-1")
    return [_property(line, number) for number, line in _logical_lines(text)]


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines without comments; one that ends in a backslash goes on in the next."""
    begun, parts = 0, list[str]()
    for number, natural in enumerate(_natural_lines(text), 1):
        line = natural.lstrip(_BLANK)
        if not parts and (not line or line[0] in "#!"):
            continue
        begun = begun if parts else number
        goes_on = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        parts.append(line[:-1] if goes_on else line)
        if not goes_on:
            yield begun, "".join(parts)
            parts = []
    if parts:
        yield begun, "".join(parts)


def _natural_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _property(line: str, number: int) -> Property:
    end, escaped = len(line), False
    for at, letter in enumerate(line):
        if not escaped and letter in "=:" + _BLANK:
            end = at
            break
        escaped = letter == "\\" and not escaped
    rest = line[end:].lstrip(_BLANK)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_BLANK)
    return Property(_unescaped(line[:end]), _unescaped(rest), number)


def _unescaped(text: str) -> str:
    pieces, at = list[str](), 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter != "\\" or at == len(text):
            pieces.append(letter)
            continue
        letter, digits = text[at], text[at + 1 : at + 1 + _HEX]
        at += 1
        if (
            letter == "u"
            and len(digits) == _HEX
            and all(c in "0123456789abcdefABCDEF" for c in digits)
        ):
            pieces.append(chr(int(digits, 16)))
            at += _HEX
        else:
            pieces.append(_ESCAPES.get(letter, letter))
    # two escapes may stand for one letter beyond the first 65,536
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
