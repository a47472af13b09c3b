"""The same rule file in any way of writing it, and what a rule set means whatever its layout."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from postroom.authoring.formatting.conditions import _words
from postroom.authoring.formatting.quotes import can_be_plain
from postroom.authoring.layout import Keys, One, children
from postroom.lang.expression import Condition, Template, Value
from postroom.lang.printer import printed
from postroom.source.diagnostic import Diagnostic
from postroom.source.nodes import Mapping, Node, Scalar, Sequence
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from random import Random

    from postroom.authoring.layout import Shape

_SHORT = 120
"""Characters that somebody writes in braces without a second thought."""


class Stylist:
    """Writes nodes as somebody might who has never seen the formatter."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.comments = 0

    def written(self, node: Mapping, shape: Shape) -> str:
        lines = self._mapping(node, shape, 0)
        if self._sometimes(5):
            lines = ["---", *lines]
        return "\n".join(lines) + self.random.choice(["\n", "\n\n\n", "\n  \n"])

    def _sometimes(self, once_in: int) -> bool:
        return self.random.randrange(once_in) == 0

    def _comment(self) -> str:
        self.comments += 1
        return f"# note {self.comments}"

    def _above(self, margin: int) -> list[str]:
        lines = [""] * self.random.choice([0, 0, 0, 0, 1, 2])
        if self._sometimes(8):
            lines.append(" " * margin + self._comment())
        return lines

    def _behind(self, line: str) -> str:
        if self._sometimes(8):
            return line + " " * self.random.randint(1, 9) + self._comment()
        return line + " " * self.random.choice([0, 0, 0, 2])

    def _mapping(self, node: Mapping, shape: Shape | None, margin: int) -> list[str]:
        pairs = list(zip(node.entries, children(node, shape), strict=True))
        if isinstance(shape, Keys):
            self.random.shuffle(pairs)
        lines: list[str] = []
        for entry, (child, its) in pairs:
            key = self._key(entry.key) + " " * self.random.choice([0, 0, 0, 1]) + ":"
            above = self._above(margin) if lines else []
            lines += [*above, *self._entry(" " * margin + key, child, its, margin)]
        return lines

    def _entry(self, start: str, node: Node, shape: Shape | None, margin: int) -> list[str]:
        gap = " " * self.random.choice([1, 1, 1, 2, 7])
        if isinstance(node, Scalar):
            return self._scalar(start + gap, node, shape, margin)
        empty = not (node.entries if isinstance(node, Mapping) else node.items)
        if empty or self._sometimes(3 if len(node.span.text) < _SHORT else 12):
            return self._with_flow(start + gap, node, shape, margin)
        if isinstance(node, Mapping):
            deeper = margin + self.random.randint(1, 5)
            return [self._behind(start), *self._mapping(node, shape, deeper)]
        deeper = margin + self.random.choice([0, 2, 2, 4])
        return [self._behind(start), *self._sequence(node, shape, deeper)]

    def _sequence(self, node: Sequence, shape: Shape | None, margin: int) -> list[str]:
        lines: list[str] = []
        for item, its in children(node, shape):
            lines += self._above(margin) if lines else []
            gap = " " * self.random.choice([1, 1, 1, 2, 3])
            start = " " * margin + "-" + gap
            if isinstance(item, Scalar):
                lines += self._scalar(start, item, its, margin)
            elif isinstance(item, Mapping) and item.entries and not self._sometimes(3):
                inner = self._mapping(item, its, len(start))
                lines += [start + inner[0].lstrip(), *inner[1:]]
            else:
                lines += self._with_flow(start, item, its, margin)
        return lines

    def _with_flow(self, start: str, node: Node, shape: Shape | None, margin: int) -> list[str]:
        first, *rest = self._flow(node, shape, margin + 1).split("\n")
        lines = [start + first, *rest]
        lines[-1] = self._behind(lines[-1])
        return lines

    def _flow(self, node: Node, shape: Shape | None, margin: int) -> str:
        if isinstance(node, Scalar):
            return self._one_line(node, shape, in_flow=True)
        below = list(children(node, shape))
        if isinstance(node, Mapping):
            pairs = list(zip(node.entries, below, strict=True))
            if isinstance(shape, Keys):
                self.random.shuffle(pairs)
            colon = self.random.choice([": ", ":  ", " : "])
            parts = [
                self._key(e.key) + colon + self._flow(child, its, margin)
                for e, (child, its) in pairs
            ]
        else:
            parts = [self._flow(child, its, margin) for child, its in below]
        space = self.random.choice(["", "", " ", "\n" + " " * (margin + 2)])
        comma = self.random.choice([", ", ", ", ",  ", " , ", ",\n" + " " * margin])
        last = "," * (bool(parts) and self._sometimes(6))
        inside = comma.join(parts)
        ends = "{}" if isinstance(node, Mapping) else "[]"
        return ends[0] + space + inside + last + space + ends[1]

    def _key(self, key: Scalar) -> str:
        plain = can_be_plain(key.value, in_flow=True)
        quoted = [json.dumps(key.value, ensure_ascii=False), "'" + key.value + "'"]
        return self.random.choice([key.value] * 9 + quoted if plain else quoted)

    def _scalar(self, start: str, node: Scalar, shape: Shape | None, margin: int) -> list[str]:
        value = node.value
        simple = value.strip() and "\t" not in value and node.style != "plain"
        if simple and (self._sometimes(4) or "\n" in value):
            return self._block(start, value, margin)
        words = value.split(" ")
        if node.style == "plain" and len(words) > 2 and self._sometimes(4):
            return [start + words[0], *(" " * (margin + 3) + word for word in words[1:])]
        return [self._behind(start + self._one_line(node, shape, in_flow=False))]

    def _block(self, start: str, value: str, margin: int) -> list[str]:
        ends = len(value) - len(value.rstrip("\n"))
        sign = {0: "-", 1: ""}.get(ends, "+")
        deep = self.random.randint(1, 5)
        digit = str(deep) if value[0] in " \n" or self._sometimes(4) else ""
        lines = value.split("\n")[: -ends or None] + [""] * max(0, ends - 1)
        shown = [" " * (margin + deep) + line if line else "" for line in lines]
        return [self._behind(start + "|" + sign + digit), *shown]

    def _one_line(self, node: Scalar, shape: Shape | None, *, in_flow: bool) -> str:
        value = node.value
        if isinstance(shape, One) and shape.kind == "condition":
            value = self._loosely(value)
            if "\n" in value:
                return json.dumps(value, ensure_ascii=False)
        ways = []
        if node.style == "plain" and not (in_flow and any(c in value for c in ",[]{}")):
            ways = [value] * 5
        elif node.style != "plain" and can_be_plain(value, in_flow=in_flow):
            ways = [value]
        if node.style != "plain" or can_be_plain(value, in_flow=in_flow) or not ways:
            ways.append(json.dumps(value, ensure_ascii=False))
            ways += ["'" + value.replace("'", "''") + "'"] if "\n" not in value else []
        return self.random.choice(ways)

    def _loosely(self, condition: str) -> str:
        """Return a condition with other blanks between its words."""
        pieces, at = [], 0
        for start, end in _words(condition):
            between = condition[at:start]
            pieces += [between * self.random.choice([1, 1, 2, 3]), condition[start:end]]
            at = end
        return "".join(pieces).strip()


def meaning(value: Any) -> Any:
    """Return what a rule set says, without places, layout and compiled code."""
    told: Any = value
    match value:
        case Span() | Source():
            told = None
        case Condition():
            told = printed(value.term.node) if value.term else None
        case Value():
            told = str(value.type), meaning(value.constant), _reads(value)
        case Template():
            told = value.encoding, _reads(value)
        case Diagnostic():
            told = value.code, value.message
        case dict():
            told = {key: meaning(each) for key, each in value.items()}
        case tuple() | list():
            told = [meaning(each) for each in value]
        case _:
            told = _fields(value)
    return told


def _reads(value: Value | Template) -> Any:
    return sorted(value.reads), sorted(map(str, value.windows))


def _fields(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        skipped = ("hash", "sources", "matching", "places")  # made of the rest, or of texts
        fields = (f.name for f in dataclasses.fields(value) if f.name not in skipped)
        return {name: meaning(getattr(value, name)) for name in fields}
    return value
