"""Read a scalar from the source once more, keeping where each of its letters stands.

YAML 1.2.2 sections 7.3 (flow scalars) and 8.1 (block scalars). The parser has already said what
the value is; a reading that does not come to the same value is never used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.nodes import Style
    from postroom.source.text import Source

_SPACE = " \t\r\n"
_DEEPEST = 64
"""Columns by which a block is indented whose own lines start with spaces."""
_SIMPLE = {letter: letter for letter in ' "/\\\t'} | {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX = {"x": 2, "u": 4, "U": 8}


class _Letters:
    """Letters that were read, each with its offset."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.offsets: list[int] = []

    def add(self, letter: str, at: int) -> None:
        self.text.append(letter)
        self.offsets.append(at)

    def take(self, text: str, start: int, end: int) -> None:
        """Add a stretch as it stands."""
        self.text.append(text[start:end])
        self.offsets.extend(range(start, end))

    def words(self, source: Source, end: int) -> Words:
        return Words(source, "".join(self.text), (*self.offsets, end))


def words_of(source: Source, start: int, end: int, style: Style, value: str) -> Words:
    """Return the words of the scalar that stands at source.text[start:end] and reads value."""
    start = _after_properties(source.text, start, end)
    for words in readings(source, start, end, style):
        if words.value == value:
            return words
    return Words(source, value, [start] * (len(value) + 1))


def readings(source: Source, start: int, end: int, style: Style) -> Iterator[Words]:
    """Yield each way to read a scalar: just one, but for blocks with a digit in the header."""
    text = source.text
    match style:
        case "plain":
            if "\n" not in text[start:end]:
                yield Words.plain(source, start, end)
            else:
                yield _flow(source, start, end, style)
        case "single" | "double":
            start, end = start + 1, end - 1
            body = text[start:end]
            if "\n" in body or "'" in body or "\\" in body:
                yield _flow(source, start, end, style)
            else:
                yield Words.plain(source, start, end)
        case "literal" | "folded":
            yield from _blocks(source, start, end, folded=style == "folded")


def _after_properties(text: str, start: int, end: int) -> int:
    """Return where a scalar begins behind its `&anchor` and `!tag`."""
    while start < end and text[start] in "&!":
        while start < end and text[start] not in _SPACE:
            start += 1
        while start < end and text[start] in _SPACE:
            start += 1
    return start


def _flow(source: Source, start: int, end: int, style: Style) -> Words:
    """Read a scalar whose lines are folded: plain, single-quoted or double-quoted."""
    text, letters, at = source.text, _Letters(), start
    while at < end:
        letter = text[at]
        if letter in _SPACE:
            at = _fold(text, at, end, letters)
        elif style == "double" and letter == "\\":
            at = _escape(text, at, end, letters)
        else:
            letters.add(letter, at)
            at += 2 if style == "single" and letter == "'" else 1
    return letters.words(source, end)


def _fold(text: str, start: int, end: int, letters: _Letters, *, joined: bool = False) -> int:
    """Read a stretch of white space; one line break is a space, each further one a line break."""
    stop = start
    while stop < end and text[stop] in _SPACE:
        stop += 1
    breaks = [at for at in range(start, stop) if text[at] == "\n"]
    if not breaks and not joined:
        letters.take(text, start, stop)
    elif len(breaks) == 1 and not joined:
        letters.add(" ", breaks[0])
    else:
        for at in breaks if joined else breaks[1:]:
            letters.add("\n", at)
    return stop


def _escape(text: str, at: int, end: int, letters: _Letters) -> int:
    """Read what stands behind a backslash."""
    letter = text[at + 1 : at + 2]
    if letter in ("\r", "\n"):  # the line goes on in the next one
        behind = text.index("\n", at) + 1
        return _fold(text, behind, end, letters, joined=True)
    if letter in _HEX:
        digits = text[at + 2 : at + 2 + _HEX[letter]]
        letters.add(chr(int(digits, 16)), at)
        return at + 2 + len(digits)
    letters.add(_SIMPLE[letter], at)
    return at + 2


def _blocks(source: Source, start: int, end: int, *, folded: bool) -> Iterator[Words]:
    """Read a literal or folded block, at each indentation that it may have."""
    text = source.text
    header_end = text.find("\n", start, end)
    if header_end < 0:  # a header alone
        yield Words(source, "", [end])
        return
    header = text[start + 1 : header_end].partition("#")[0]
    lines = _lines(text, header_end + 1, end)
    widest = next(
        (_spaces(text, a, b) for a, b, _ in lines if text[a:b].strip(" ")),
        max((b - a for a, b, _ in lines), default=0),
    )
    chomp = "keep" if "+" in header else "strip" if "-" in header else "clip"
    for indent in (widest, *range(min(widest, _DEEPEST))):  # a digit in the header says which
        yield _block(source, lines, indent, folded=folded, chomp=chomp)


def _lines(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """Return each line's start, its end without the break, and the offset of the break or -1."""
    found = []
    while start < end:
        stop = text.find("\n", start, end)
        line_end = end if stop < 0 else stop
        bare = line_end - 1 if line_end > start and text[line_end - 1] == "\r" else line_end
        found.append((start, bare, stop))
        start = line_end + 1
    return found


def _spaces(text: str, start: int, end: int) -> int:
    return end - start - len(text[start:end].lstrip(" "))


def _block(
    source: Source, lines: list[tuple[int, int, int]], indent: int, *, folded: bool, chomp: str
) -> Words:
    text, letters = source.text, _Letters()
    breaks: list[int] = []  # of blank lines since the last line with something on it
    last_break, last_flush = -1, False
    started = False
    for start, end, line_break in lines:
        if end - start <= indent and not text[start:end].strip(" "):
            breaks += [line_break] if line_break >= 0 else []
            continue
        if _spaces(text, start, end) < indent:
            break
        flush = text[start + indent] not in " \t"
        if started and not (folded and last_flush and flush):
            letters.add("\n", last_break)
        elif started and not breaks:
            letters.add(" ", last_break)
        for at in breaks:
            letters.add("\n", at)
        letters.take(text, start + indent, end)
        breaks, last_break, last_flush, started = [], line_break, flush, True
    if last_break >= 0 and chomp != "strip":
        letters.add("\n", last_break)
    if chomp == "keep":
        for at in breaks:
            letters.add("\n", at)
    behind = letters.offsets[-1] + 1 if letters.offsets else lines[0][0] if lines else 0
    return letters.words(source, behind)
