"""An expression as it was written: the tree that the parser gives.

Two nodes are equal if they say the same, wherever they stand. Groups are kept, so that mixed
operators can be told from bracketed ones and an expression can be printed as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

Operator = Literal[
    "==", "!=", "<", "<=", ">", ">=",
    "contains", "contains_any", "contains_all", "starts_with", "ends_with", "like", "matches",
    "in", "not in",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """Where it stands, as offsets into the text that was parsed, and how deep it goes."""

    start: int = field(compare=False)
    end: int = field(compare=False)
    depth: int = field(compare=False)

    @property
    def children(self) -> Iterator[Node]:
        """The nodes below it, in the order of the text."""
        for name in _parts(self):
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Node))


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(of: Node) -> tuple[str, ...]:
    """Return the fields in which others may be; looked up once for each kind."""
    found = _PARTS.get(type(of))
    if found is None:
        found = tuple(each.name for each in fields(of) if each.compare)
        _PARTS[type(of)] = found
    return found


@dataclass(frozen=True, slots=True)
class Either(Node):
    """`a or b or c`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Both(Node):
    """`a and b and c`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`not a`."""

    of: Node


@dataclass(frozen=True, slots=True)
class Group(Node):
    """`(a)`."""

    of: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`a == b`, `a contains b`, `a not in b`."""

    left: Node
    operator: Operator
    right: Node


@dataclass(frozen=True, slots=True)
class Emptiness(Node):
    """`a is empty`, `a is not empty`."""

    of: Node
    empty: bool


@dataclass(frozen=True, slots=True)
class Fallback(Node):
    """`a ?? b ?? c`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """`a + b`, `a - b`."""

    left: Node
    sign: Literal["+", "-"]
    right: Node


@dataclass(frozen=True, slots=True)
class Name(Node):
    """`subject`."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`a.domain`."""

    of: Node
    name: str
    name_start: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`headers["Name"]`."""

    of: Node
    key: Text


@dataclass(frozen=True, slots=True)
class Item(Node):
    """`.`, or `.size`: the item at hand in a test of a list, or a part of it."""

    name: str
    """"" for the item itself."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`extract(a, b)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`| limit(80)` in a hole."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Filtered(Node):
    """`a | upper | limit(80) ?? b`: all of a hole."""

    of: Node
    filters: tuple[Filter, ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Items(Node):
    """`["a", "b"]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`"text"`, `'text'` or `r"pattern"`."""

    value: str
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`3`, `-3`, `4.5`."""

    value: int | Decimal


@dataclass(frozen=True, slots=True)
class Quantity(Node):
    """`25MB`, `2d`."""

    amount: str
    """As written: it may have a point in it, which the checker refuses."""
    unit: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """`true`, `false`."""

    value: bool


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)
