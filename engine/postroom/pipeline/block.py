"""Find a block of `Label: value` lines in a text (docs/explanation/decisions.md).

A block begins with a line such as `-- Ticket Details (en) --` and ends with `-- end --`. Dashes of
any kind and number will do, for mail programs change them; case and spaces do not matter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Transformer
from lark.lexer import Lexer

from postroom.lang.text import thin_out
from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES = 1_000
"""Of one block."""
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212_=*#~"
_BOLD = "*_"
_MARKS = _BOLD + "\u2022\u00b7> \t\u00a0"
"""What mail programs put around a label: bold, bullets, blanks."""
_LONGEST_LABEL = 60
_COLONS = ":\uff1a"


@dataclass(frozen=True, slots=True)
class Entry:
    """One label and its value, which may have several lines."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it stands in a text."""

    language: str
    """As written beside the delimiter, lower case; "" if there is none."""
    entries: tuple[Entry, ...]
    closed: bool
    """Whether there is an end line; a block without one has no entries."""
    problem: str = ""
    """Why it could not be read; "" if it could."""


def find_blocks(text: str, delimiter: str) -> tuple[Block, ...]:
    """Return the blocks of a text in order. Total; linear in the length of the text."""
    wanted = fold(delimiter)
    if not wanted or wanted.split()[0] not in text.casefold():
        return ()
    blocks: list[Block] = []
    inside: list[str] | None = None
    language = ""
    for line in text.splitlines():
        words = _delimiter_words(line)
        starts = None if words is None else _language(words, wanted)
        if starts is not None:
            if inside is not None:
                blocks.append(Block(language, (), closed=False))
            inside, language = [], starts
        elif inside is not None and words is not None and _ends(words, wanted):
            blocks.append(Block(language, _entries(inside), closed=True))
            inside = None
        elif inside is not None and len(inside) < MOST_LINES:
            inside.append(line)
    if inside is not None:
        blocks.append(Block(language, (), closed=False))
    return tuple(blocks)


def fold(text: str) -> str:
    """Return a label or a delimiter as it is compared: NFKC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", thin_out(text)).casefold().split())


def _delimiter_words(line: str) -> str | None:
    """Return what stands between the dashes of a line, or None where there are none."""
    stripped = line.strip()
    if len(stripped) < len("-x-") or stripped[0] not in _DASHES or stripped[-1] not in _DASHES:
        return None
    return fold(stripped.strip(_DASHES)) or None


def _language(words: str, delimiter: str) -> str | None:
    """Return the language of a start line, "" if it names none, None if it is no start line."""
    if not words.startswith(delimiter):
        return None
    rest = words[len(delimiter) :].strip()
    if not rest:
        return ""
    return rest[1:-1].strip() if rest[0] == "(" and rest[-1] == ")" else None


def _ends(words: str, delimiter: str) -> bool:
    return words in ("end", f"end {delimiter}", f"end of {delimiter}", f"/{delimiter}")


def _entries(lines: Sequence[str]) -> tuple[Entry, ...]:
    tree: tuple[Entry, ...] = _Entries().transform(_parser().parse(lines))
    return tree


class _Entries(Transformer[Token, tuple[Entry, ...]]):
    def entry(self, parts: list[Token]) -> Entry:
        label, *lines = parts
        return Entry(str(label), "\n".join(lines).strip())

    def start(self, parts: list[Entry | Token]) -> tuple[Entry, ...]:
        return tuple(part for part in parts if isinstance(part, Entry))


class _Lines(Lexer):
    """Tells the lines of a block apart."""

    def __init__(self, _settings: object) -> None:
        pass

    def lex(self, lines: Sequence[str]) -> Iterator[Token]:  # type: ignore[override]
        for line in lines:
            label, value = _split(line)
            if label:
                yield Token("LABEL", label)
            yield Token("TEXT", value)


def _split(line: str) -> tuple[str, str]:
    """Return the label of a line and its value; the label is "" where the line goes on with text.

    An indented line goes on, and so does one whose colon belongs to a web address.
    """
    if not line or line[0] in " \t\u00a0":
        return "", line.strip()
    colon = min((at for c in _COLONS if (at := line.find(c, 0, _LONGEST_LABEL)) > 0), default=-1)
    label = line[: max(colon, 0)].strip(_MARKS)
    if not label or line.startswith("//", colon + 1):
        return "", line.strip()
    value = line[colon + 1 :]
    return label, (value.lstrip(_BOLD) if line[0] in _BOLD else value).strip()


@cache
def _parser() -> Lark:
    grammar = (shipped("grammars") / "block.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=_Lines)
