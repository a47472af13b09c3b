"""One space where one belongs, quotes where YAML needs them, columns where the author has them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from postroom.authoring.formatting.conditions import in_its_lines, on_one_line
from postroom.authoring.formatting.order import order_of
from postroom.authoring.formatting.page import BLOCKS, is_beside
from postroom.authoring.formatting.quotes import (
    can_be_plain,
    key_can_be_plain,
    stays_plain,
    written,
)
from postroom.authoring.layout import One, children
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from postroom.authoring.formatting.page import Page
    from postroom.authoring.layout import Shape
    from postroom.source.nodes import Entry, Node


def spaced(page: Page, shape: Shape) -> list[str]:
    """Return the lines with the spacing that they should have; as many as there were."""
    writer = _Writer(page)
    writer.block(page.root, shape)
    return writer.result().split("\n")


class _Writer:
    """Gathers what is to be written instead of stretches of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._edits: list[tuple[int, int, str]] = []
        self._comments = {page.line(comment.start): comment for comment in page.comments()}

    def result(self) -> str:
        pieces, at = [], 0
        for start, end, new in sorted(self._edits):
            pieces += [self.page.text[at:start], new]
            at = end
        return "".join((*pieces, self.page.text[at:]))

    def block(self, node: Mapping | Sequence, shape: Shape | None) -> None:
        """Write a mapping or a sequence whose parts stand on lines of their own."""
        below = list(children(node, shape))
        if isinstance(node, Mapping):
            self._keys(node)
            for entry, (child, its) in zip(node.entries, below, strict=True):
                if not is_beside(entry.key, child):
                    self._value(child, its)
            return
        pads = self._columns_of_items(below)
        for child, its in below:
            self._value(child, its, pads.get(id(child), 0))

    def _value(self, node: Node, shape: Shape | None, pad: int = 0) -> None:
        if isinstance(node, Mapping | Sequence) and not self.page.is_flow(node):
            self.block(node, shape)
        elif isinstance(node, Scalar) and (node.style in BLOCKS or "\n" in node.span.text):
            if _is_condition(shape) and node.style not in ("single", "double"):
                self._edits += in_its_lines(node)
        else:
            new = self._inline(node, shape, in_flow=False, pad=pad)
            self._edits.append((node.span.start, node.span.end, new))

    def _keys(self, node: Mapping) -> None:
        """Write the keys of a block and what stands between each and its value."""
        for run in self._runs(node.entries, self._on_one_line):
            keys = [_key(entry.key) for entry in run]
            gaps = [self._gap(entry) for entry in run]
            for entry, key, space in zip(run, keys, _padded(keys, gaps), strict=True):
                self._edits.append((entry.key.span.start, entry.key.span.end, key))
                colon = self.page.text.index(":", entry.key.span.end)
                beside = self._has_value_beside(entry)
                end = entry.node.span.start if beside else colon + 1
                self._edits.append((entry.key.span.end, end, ":" + space * beside))

    def _gap(self, entry: Entry) -> int:
        colon = self.page.text.index(":", entry.key.span.end)
        return entry.node.span.start - colon - 1 if self._has_value_beside(entry) else 1

    def _has_value_beside(self, entry: Entry) -> bool:
        if is_beside(entry.key, entry.node):
            return False
        return self.page.first_line(entry.key) == self.page.first_line(entry.node)

    def _on_one_line(self, entry: Entry) -> bool:
        lines = self.page.first_line(entry.key), self.page.last_line(entry.node)
        return self._has_value_beside(entry) and lines[0] == lines[1]

    def _runs(self, parts: Iterable[Entry], fits: Callable[[Entry], bool]) -> Iterator[list[Entry]]:
        """Yield entries that stand on lines one below the other, and every other one alone."""
        run: list[Entry] = []
        for part in parts:
            near = run and self.page.first_line(part.key) == self.page.first_line(run[-1].key) + 1
            if run and not (near and fits(part) and fits(run[-1])):
                yield run
                run = []
            run.append(part)
        if run:
            yield run

    def _columns_of_items(self, items: list[tuple[Node, Shape | None]]) -> dict[int, int]:
        """Return by how many spaces the second entry of items in braces is to be moved."""
        pads: dict[int, int] = {}
        rows: list[tuple[Mapping, str, int]] = []

        def settle() -> None:
            spaces = _padded([first for _, first, _ in rows], [gap for _, _, gap in rows])
            pads.update({id(r[0]): len(s) - 1 for r, s in zip(rows, spaces, strict=True)})
            rows.clear()

        for child, shape in items:
            row = self._row(child, shape)
            line = self.page.first_line(child)
            if rows and (row is None or line != self.page.first_line(rows[-1][0]) + 1):
                settle()
            if row is not None:
                rows.append(row)
        settle()
        return pads

    def _row(self, node: Node, shape: Shape | None) -> tuple[Mapping, str, int] | None:
        """Return an item in braces on one line, what it starts with, and the gap behind that."""
        if not isinstance(node, Mapping) or not node.flow or "\n" in node.span.text:
            return None
        slots = [(each.key.span.start, self._end(each)) for each in node.entries]
        if len(slots) < 2 or self.page.text[node.span.start] != "{":  # noqa: PLR2004 - two entries
            return None
        gap = self.page.text[slots[0][1] : slots[1][0]]
        first = self._slots(node, shape)[order_of(node, shape)[0]]
        return node, first, len(gap) - len(gap.rstrip(" "))

    def _inline(self, node: Node, shape: Shape | None, *, in_flow: bool, pad: int = 0) -> str:
        """Return a value as it is to be written; lines within brackets stay lines."""
        if isinstance(node, Scalar):
            return self._scalar(node, shape, in_flow=in_flow)
        text, start, end = self.page.text, node.span.start, node.span.end
        if text[start] not in "[{":  # one key and its value as an item of a list
            return node.span.text
        if isinstance(node, Mapping):
            places = [(entry.key.span.start, self._end(entry)) for entry in node.entries]
        else:
            places = [(item.span.start, item.span.end) for item in node.items]
        edges = [(start, start + 1), *places, (end - 1, end)]
        gaps = [text[before[1] : after[0]] for before, after in pairwise(edges)]
        slots = self._slots(node, shape)
        if isinstance(node, Mapping) and not any("#" in gap for gap in gaps):
            slots = [slots[place] for place in order_of(node, shape)]
        gaps = [_tight(gap, joint=0 < at < len(gaps) - 1) for at, gap in enumerate(gaps)]
        if pad and "\n" not in gaps[1]:
            gaps[1] += " " * pad
        inside = "".join(gap + slot for gap, slot in zip(gaps, slots, strict=False))
        return text[start] + inside + gaps[-1] + text[end - 1]

    def _slots(self, node: Mapping | Sequence, shape: Shape | None) -> list[str]:
        below = list(children(node, shape))
        if isinstance(node, Sequence):
            return [self._inline(child, its, in_flow=True) for child, its in below]
        pairs = zip(node.entries, below, strict=True)
        return [self._slot(entry, its) for entry, (_, its) in pairs]

    def _slot(self, entry: Entry, shape: Shape | None) -> str:
        if is_beside(entry.key, entry.node):
            whole = self.page.text[entry.key.span.start : self._end(entry)]
            return _key(entry.key) + ": " if whole.endswith(":") else whole
        between = self.page.text[entry.key.span.end : entry.node.span.start]
        gap = between if "\n" in between else ": "
        return _key(entry.key) + gap + self._inline(entry.node, shape, in_flow=True)

    def _end(self, entry: Entry) -> int:
        """Return where an entry in braces ends; one that says nothing ends in its colon."""
        if not is_beside(entry.key, entry.node):
            return entry.node.span.end
        text, end = self.page.text, entry.key.span.end
        colon = end + len(text[end:]) - len(text[end:].lstrip())
        return colon + 1 if text[colon : colon + 1] == ":" else end

    def _scalar(self, node: Scalar, shape: Shape | None, *, in_flow: bool) -> str:
        if "\n" in node.span.text:
            return node.span.text
        value = on_one_line(node) if _is_condition(shape) else node.value
        if node.style == "plain" and value == node.value:
            return node.span.text
        if node.style != "plain" and self._must_keep_quotes(node):
            return node.span.text if value == node.value else _requoted(node, value)
        if value == node.value and not can_be_plain(value, in_flow=in_flow):
            return node.span.text
        if node.style == "plain" and stays_plain(node.value, value, in_flow=in_flow):
            return value
        return written(value, in_flow=in_flow) or node.span.text

    def _must_keep_quotes(self, node: Scalar) -> bool:
        """Return whether a comment behind it would be taken for the rest of it: `"a" #b`."""
        comment = self._comments.get(self.page.line(node.span.start))
        return comment is not None and comment.text[1:2] not in ("", " ")


def _requoted(node: Scalar, value: str) -> str:
    return "'" + value.replace("'", "''") + "'" if value.isprintable() else node.span.text


def _is_condition(shape: Shape | None) -> bool:
    return isinstance(shape, One) and shape.kind == "condition"


def _key(key: Scalar) -> str:
    return key.value if key_can_be_plain(key.value) else key.span.text


def _padded(names: list[str], gaps: list[int]) -> list[str]:
    """Return the spaces behind each name, so that what follows stands in a column.

    It does if the author has it so: if more than one space stands behind most of the names that are
    shorter than the longest.
    """
    longest = max(map(len, names), default=0)
    short = [gap for name, gap in zip(names, gaps, strict=True) if len(name) < longest]
    in_column = sum(gap > 1 for gap in short) * 2 >= len(short)
    return [" " * (longest - len(name) + 1 if in_column else 1) for name in names]


def _tight(gap: str, *, joint: bool) -> str:
    """Return what stands between two parts in brackets; at the edges there is nothing."""
    if "#" in gap:
        return gap
    before, broken, after = gap.partition("\n")
    comma = "," if "," in before else ""
    if broken:
        return f"{comma}\n{after}"
    return ", " if joint else ""
