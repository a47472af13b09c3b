"""Print conditions in the one spelling that the printer gives them, in the author's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.parse import parse_condition
from postroom.lang.printer import printed
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.nodes import Scalar

_PAIRS = ("==", "!=", "<=", ">=", "??")


def on_one_line(node: Scalar) -> str:
    """Return a condition as it is printed; as it stands if it cannot be read."""
    try:
        return printed(parse_condition(node.words))
    except RuleError:
        return node.value


def in_its_lines(node: Scalar) -> Iterator[tuple[int, int, str]]:
    """Yield what each line of a condition is to say: its start and end in the source, and the text.

    Where lines end is the author's business; between two words of a line stands what the printer
    puts there. Yields nothing where a text goes on from one line into the next.
    """
    new, source = on_one_line(node), node.words.source
    old_words, new_words = list(_words(node.value)), list(_words(new))
    if len(old_words) != len(new_words):
        return
    offsets = node.words.offsets
    lines: dict[int, tuple[int, int, int, int]] = {}
    for (start, end), (new_start, new_end) in zip(old_words, new_words, strict=True):
        first, last = offsets[start], offsets[end - 1] + 1
        line, _ = source.position(first)
        if source.position(last - 1)[0] != line:
            return
        begun = lines.get(line, (first, last, new_start, new_end))
        lines[line] = (begun[0], last, begun[2], new_end)
    for first, last, new_start, new_end in lines.values():
        yield first, last, new[new_start:new_end]


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word, text or sign of an expression stands."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = _end(text, at)
        yield at, end
        at = end


def _end(text: str, at: int) -> int:
    quote = at + 1 if text[at] == "r" and text[at + 1 : at + 2] in ("'", '"') else at
    if text[quote] in ("'", '"'):
        return _end_of_text(text, quote)
    if text[at].isalnum() or text[at] == "_":
        while at < len(text) and (text[at].isalnum() or text[at] == "_"):
            at += 1
        return at
    return at + (2 if text[at : at + 2] in _PAIRS else 1)


def _end_of_text(text: str, quote: int) -> int:
    at = quote + 1
    while at < len(text) and text[at] != text[quote]:
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))
