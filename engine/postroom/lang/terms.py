"""An expression as it is meant: names resolved, types known, texts folded, patterns compiled.

The checker makes terms of nodes; generated functions and the plain walk are both made from them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.lang.nodes import Node
    from postroom.lang.scope import Scope
    from postroom.lang.types import Type
    from postroom.model.facts import Window

Inline = Literal[
    "==", "!=", "<", "<=", ">", ">=", "contains", "starts_with", "ends_with", "in", "not in"
]
"""What a generated function does on the spot, without a call."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A value that an expression works out."""

    node: Node
    type: Type

    @property
    def children(self) -> Iterator[Term]:
        """The terms that it is worked out from."""
        for name in _parts(self):
            value = getattr(self, name)
            if isinstance(value, Term):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Term))

    @property
    def varies(self) -> bool:
        """Whether it depends on the item at hand, in a test of a list."""
        return any(child.varies for child in self.children)


_PARTS: dict[type, tuple[str, ...]] = {}
_OF_TERMS = ("Term", "tuple[Term, ...]", "tuple[Constant, ...]")


def _parts(of: Term) -> tuple[str, ...]:
    """Return the fields in which others are, by their declared types; once for each kind."""
    found = _PARTS.get(type(of))
    if found is None:
        found = tuple(each.name for each in fields(of) if str(each.type) in _OF_TERMS)
        _PARTS[type(of)] = found
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Term):
    """A value that is written in the rule file, or in one of its lists."""

    value: Any
    path: str = ""
    """`lists.name` for such a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Read(Term):
    """A field of the message, of the facts or of a record."""

    path: str
    get: Callable[[Scope], Any]
    keep: bool
    window: Window | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Current(Term):
    """The item at hand, in a test of a list."""

    @property
    def varies(self) -> bool:
        """Yes."""
        return True


@dataclass(frozen=True, slots=True, eq=False)
class PartOf(Term):
    """A part of a value: of a mailbox, an attachment. Missing if the value is."""

    of: Term
    name: str
    get: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class PartOfEach(Term):
    """The list of one part of each item of a list."""

    of: Term
    name: str
    get: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Folded(Term):
    """A text in the form in which it is compared."""

    of: Term
    fold: Callable[[str], str]


@dataclass(frozen=True, slots=True, eq=False)
class FoldedEach(Term):
    """The texts of a list in the form in which they are compared, as a set."""

    of: Term
    fold: Callable[[str], str]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded(Term):
    """A text in UTF-8, for RE2."""

    of: Term


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Term):
    """A total function of values. With `lifts`, nothing comes of it where the first is missing."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Term, ...]
    lifts: bool = False
    written: tuple[Constant, ...] = ()
    """What the function was prepared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared(Term):
    """Two values compared by an operator."""

    operator: Inline
    left: Term
    right: Term


@dataclass(frozen=True, slots=True, eq=False)
class Logic(Term):
    """`and`, `or` and `not`."""

    word: Literal["and", "or", "not"]
    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Quantified(Term):
    """How many, or whether any, all or none, of the items of a list pass a test."""

    word: Literal["any", "all", "none", "count"]
    of: Term
    test: Term

    @property
    def varies(self) -> bool:
        """Whether the list does: the test has its own item."""
        return self.of.varies


@dataclass(frozen=True, slots=True, eq=False)
class Otherwise(Term):
    """The first value that is not missing."""

    parts: tuple[Term, ...]


def every(term: Term) -> Iterator[Term]:
    """Yield a term and all that it is worked out from."""
    waiting = [term]
    while waiting:
        term = waiting.pop()
        yield term
        waiting.extend(term.children)
