"""Put the keys of each section into the order in which they are declared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from postroom.authoring.layout import Keys, section_of, walk
from postroom.source.nodes import Mapping

if TYPE_CHECKING:
    from postroom.authoring.formatting.page import Page
    from postroom.authoring.layout import Shape
    from postroom.source.nodes import Entry


def order_of(node: Mapping, shape: Shape | None) -> list[int]:
    """Return in which order the entries belong, as indices; names of the author's own stay."""
    places = list(range(len(node.entries)))
    if not isinstance(shape, Keys):
        return places
    names = [entry.name for entry in node.entries]
    section = section_of(shape, names)
    rank = {name: float(number) for number, name in enumerate(section.names)}
    behind_use = rank.get("use", len(rank)) + 0.5  # where the settings of a plugin stand
    return sorted(places, key=lambda place: rank.get(names[place], behind_use))


def in_order(page: Page) -> str:
    """Return the text with the entries of every block of keys in order.

    Comments above an entry move with it; blank lines stay where they are. Entries within braces are
    the business of `postroom.authoring.formatting.spacing`.
    """
    lines = list(page.lines)
    nodes = [(node, shape) for node, shape in walk(page.root) if isinstance(node, Mapping)]
    for node, shape in reversed(nodes):  # inner ones first: they keep within their lines
        order = order_of(node, shape)
        if not node.flow and order != sorted(order):
            _rearrange(page, lines, node, order)
    return "\n".join(lines)


@dataclass(slots=True)
class _Chunk:
    """The lines of an entry: comments above it, itself, and what is indented below it."""

    first: int
    key: int
    last: int


def _rearrange(page: Page, lines: list[str], node: Mapping, order: list[int]) -> None:
    column = page.column(node.entries[0].key.span.start)
    chunks = _chunks(page, node, column)
    top, bottom = chunks[0].first, chunks[-1].last
    gaps = [after.first - before.last - 1 for before, after in pairwise(chunks)]
    opening = lines[chunks[0].key][:column]  # blanks, or the dash of an item
    moved: list[str] = []
    for position, place in enumerate(order):
        chunk = chunks[place]
        above, body = lines[chunk.first : chunk.key], lines[chunk.key : chunk.last + 1]
        body[0] = (opening if position == 0 else " " * column) + body[0][column:]
        if position == 0 and opening.strip():
            above = [_margin(opening) + line.lstrip() for line in above]
        moved += above + body + [""] * (gaps[position] if position < len(gaps) else 0)
    lines[top : bottom + 1] = moved


def _margin(opening: str) -> str:
    return opening[: len(opening) - len(opening.lstrip())]


def _chunks(page: Page, node: Mapping, column: int) -> list[_Chunk]:
    found: list[_Chunk] = []
    for entry in node.entries:
        key = page.first_line(entry.key)
        first = (
            _above_first(page, node, key) if not found else _skip_blank(page, found[-1].last + 1)
        )
        last = _with_tail(page, _last_line(page, entry), column)
        found.append(_Chunk(first, key, last))
    return found


def _last_line(page: Page, entry: Entry) -> int:
    return max(page.first_line(entry.key), page.last_line(entry.node))


def _skip_blank(page: Page, line: int) -> int:
    while not page.lines[line].strip():
        line += 1
    return line


def _with_tail(page: Page, last: int, column: int) -> int:
    """Return the last line of the comments below an entry that are indented deeper than it."""
    at = last + 1
    while at < len(page.lines):
        line = page.lines[at].lstrip()
        if line.startswith("#") and len(page.lines[at]) - len(line) > column:
            last = at
        elif line:
            break
        at += 1
    return last


def _above_first(page: Page, node: Mapping, key: int) -> int:
    """Return where the comments start that belong to the first entry.

    Above the first key of a file stands what is said of the file, up to a blank line; above the
    first key of an item, what is said of the item.
    """
    column = page.column(node.entries[0].key.span.start)
    if page.lines[key][:column].strip():
        return key
    first = key
    while first > 0 and page.lines[first - 1].lstrip().startswith("#"):
        first -= 1
    of_file = node is page.root and (first == 0 or page.lines[first - 1].strip())
    return key if of_file else first
