"""What a rule file is made of: mappings, sequences and scalars, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from postroom.source.text import Span
    from postroom.source.words import Words

Style = Literal["plain", "single", "double", "literal", "folded"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: its words, how it is written, and its place, quotes and indicators included."""

    words: Words
    style: Style
    span: Span

    @property
    def value(self) -> str:
        """The text, as YAML reads it."""
        return self.words.value

    @property
    def is_null(self) -> bool:
        """Whether it says nothing: left out, `null` or `~`."""
        return self.style == "plain" and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and their nodes, in the order of the file; each key once."""

    entries: tuple[Entry, ...]
    span: Span
    flow: bool = False
    """Whether it is written as `{ }`."""

    def get(self, name: str) -> Node | None:
        """Return the node of a key, or None."""
        return next((entry.node for entry in self.entries if entry.name == name), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it says."""

    key: Scalar
    node: Node

    @property
    def name(self) -> str:
        """The key's text."""
        return self.key.value


Node: TypeAlias = Scalar | Sequence | Mapping


def described(node: Node) -> str:
    """Return what kind of node it is, in the author's words."""
    match node:
        case Mapping():
            return "keys with values"
        case Sequence():
            return "a list"
        case Scalar():
            return "nothing" if node.is_null else "a single value"
