"""What stands in one line of a rule file: names, plain values, texts in quotes, brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.nodes import Entry, Mapping, Scalar, Sequence
from postroom.source.scalars import readings
from postroom.source.text import Span
from postroom.source.words import Words

if TYPE_CHECKING:
    from postroom.source.nodes import Node, Style
    from postroom.source.text import Source

DEEPEST = 16
QUOTES: dict[str, Style] = {"'": "single", '"': "double"}

_LONGEST_KEY = 200
_NOT_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`")
"""Signs that mean something to YAML at the start of a plain value, or could."""
_NULLS = frozenset(("null", "Null", "NULL"))
_ESCAPES = frozenset('\\"/nt')
_IN_BRACKETS = frozenset(",[]{}\n:#")
"""Where a plain value within brackets may end."""


class Unsure(Exception):  # noqa: N818 - nothing is wrong; the parser must be asked
    """Here stands what is not in the plain part of YAML."""


def plain(source: Source, value: str, at: int) -> Scalar:
    """Return a value without quotes."""
    if not value or value[0] in _NOT_FIRST:
        raise Unsure
    return _as_it_stands(source, value, at)


def _as_it_stands(source: Source, value: str, at: int) -> Scalar:
    end = at + len(value)
    return Scalar(Words(source, value, range(at, end + 1)), "plain", Span(source, at, end))


def key(source: Source, at: int) -> Scalar:
    """Return a key, in quotes or made of words, which a colon follows."""
    text = source.text
    found = quoted(source, at) if text[at] in QUOTES else _name(source, at, text.find(":", at))
    if not text.startswith(":", found.span.end):
        raise Unsure
    return found


def _name(source: Source, start: int, end: int) -> Scalar:
    name = source.text[start:end]
    if not name.isidentifier():
        letters = name.replace("-", "").replace("_", "").replace(" ", "").replace(".", "")
        if not letters.isalnum() or not name[0].isalnum() or not name[-1].isalnum():
            raise Unsure
    if name in _NULLS or len(name) > _LONGEST_KEY:
        raise Unsure
    return _as_it_stands(source, name, start)


def quoted(source: Source, at: int) -> Scalar:
    """Return a text in quotes that ends in its line."""
    style, end = QUOTES[source.text[at]], _quote_end(source.text, at)
    if source.text.find("\n", at, end) >= 0:
        raise Unsure
    words = next(readings(source, at, end, style))
    return Scalar(words, style, Span(source, at, end))


def _quote_end(text: str, at: int) -> int:
    """Return the offset behind the closing quote."""
    quote = text[at]
    end = text.find(quote, at + 1)
    if quote == '"':
        back = text.find("\\", at + 1, end)
        while 0 <= back < end:
            if text[back + 1 : back + 2] not in _ESCAPES:
                raise Unsure
            end = text.find(quote, back + 2) if back + 1 == end else end
            back = text.find("\\", back + 2, end)
    while quote == "'" and end >= 0 and text[end + 1 : end + 2] == quote:
        end = text.find(quote, end + 2)
    if end < 0:
        raise Unsure
    return end + 1


def brackets(source: Source, at: int, depth: int) -> Node:
    """Return `[a, b]` or `{a: b}`."""
    if depth > DEEPEST:
        raise Unsure
    return (_list if source.text[at] == "[" else _keys)(source, at, depth)


def _list(source: Source, start: int, depth: int) -> Sequence:
    items = []
    at = _past_gap(source.text, start + 1)
    while source.text[at] != "]":
        items.append(_within(source, at, depth))
        at = _past_comma(source.text, items[-1].span.end, "]")
    return Sequence(tuple(items), Span(source, start, at + 1))


def _keys(source: Source, start: int, depth: int) -> Mapping:
    entries: dict[str, Entry] = {}
    at = _past_gap(source.text, start + 1)
    while source.text[at] != "}":
        found = key(source, at)
        behind = found.span.end + 1
        if not source.text.startswith(" ", behind) or found.value in entries:
            raise Unsure
        node = _within(source, _past_gap(source.text, behind), depth)
        entries[found.value] = Entry(found, node)
        at = _past_comma(source.text, node.span.end, "}")
    return Mapping(tuple(entries.values()), Span(source, start, at + 1), flow=True)


def _within(source: Source, at: int, depth: int) -> Node:
    letter = source.text[at]
    if letter in "[{":
        return brackets(source, at, depth + 1)
    return quoted(source, at) if letter in QUOTES else _plain_within(source, at)


def _plain_within(source: Source, at: int) -> Scalar:
    text, end = source.text, at
    while end < len(text):
        letter = text[end]
        if letter in _IN_BRACKETS and (letter not in ":#" or _ends_here(text, end)):
            break
        end += 1
    if text[end : end + 1] not in (",", "]", "}", "\n"):
        raise Unsure
    return plain(source, text[at:end].rstrip(" "), at)


def _ends_here(text: str, at: int) -> bool:
    """Return whether a `:` or a `#` may end a plain value."""
    if text[at] == "#":
        return text[at - 1] == " "
    return text[at + 1 : at + 2] in " \n,[]{}"


def _past_comma(text: str, at: int, closer: str) -> int:
    """Return where the next value starts, or where the brackets close."""
    at = _past_gap(text, at)
    if text[at] == ",":
        return _past_gap(text, at + 1)
    if text[at] != closer:
        raise Unsure
    return at


def _past_gap(text: str, at: int) -> int:
    """Return where spaces and ends of lines end."""
    while text[at : at + 1] in (" ", "\n"):
        at += 1
        if text[at - 1] == "\n" and text[at : at + 1] != " ":
            raise Unsure
    if at >= len(text):
        raise Unsure
    return at
