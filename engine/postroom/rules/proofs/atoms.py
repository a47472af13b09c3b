"""What formulas are made of: variables, and atoms that say something of one variable.

A variable stands for a field, for a part of the item at hand, or for what is worked out from one of
them. The vocabulary makes each variable and each atom once, so that the same words are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from postroom.lang.evaluate import Walk
from postroom.lang.operations import is_blank
from postroom.lang.terms import Read
from postroom.lang.text import FOLDS, below_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import date, timedelta
    from decimal import Decimal

    from postroom.lang.terms import Quantified, Term
    from postroom.lang.types import Form, Type
    from postroom.rules.proofs.formula import Formula

Kind = Literal["text", "number", "flag", "list", "thing"]
"""How a variable is reasoned about; of a thing it is only known whether it is there."""
Limit: TypeAlias = "int | Decimal | date | timedelta"


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """Something that a condition reads."""

    name: str
    """As rules call it: `from.domain`, `.size`, `length(subject)`."""
    kind: Kind
    type: Type
    term: Term
    values: tuple[str, ...] = ()
    """text: all that there are, if that is known."""
    least: int | None = None
    """number: the smallest that it can be, if there is one."""
    base: Variable | None = None
    """What it is worked out from, if from one other variable alone."""
    owner: str = ""
    """The mailbox that it is a part of: `from` of `from.domain`."""
    in_item: bool = False
    """It belongs to the item at hand, in a test of a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """A variable is yes."""

    variable: Variable

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        return bool(values.value(self.variable.term))


@dataclass(frozen=True, slots=True, eq=False)
class There:
    """A variable is not missing."""

    variable: Variable

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        return values.value(self.variable.term) is not None


Relation = Literal["is", "contains", "starts", "ends", "below", "like", "blank", "exactly"]
"""`below`: a domain that is the wanted one or lies below it. `exactly`: letter by letter."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text stands in a relation to at least one of those wanted, all of them folded."""

    variable: Variable
    form: Form
    relation: Relation
    wanted: tuple[str, ...]
    fits: Callable[[bytes], bool] | None = None
    """like: the pattern."""

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        value = values.value(self.variable.term)
        return value is not None and self.holds_of(value)

    def holds_of(self, text: str) -> bool:
        """Return whether it is so of a text that is not folded yet."""
        if self.relation == "blank":
            return is_blank(text)
        if self.relation == "exactly":
            return text in self.wanted
        return self.holds_of_folded(FOLDS[self.form](text))

    def holds_of_folded(self, text: str) -> bool:  # noqa: PLR0911 - one return for each
        """Return whether it is so of a text in the atom's own form."""
        match self.relation:
            case "is":
                return text in self.wanted
            case "contains":
                return any(each in text for each in self.wanted)
            case "starts":
                return text.startswith(self.wanted)
            case "ends":
                return text.endswith(self.wanted)
            case "below":
                return below_domain(text, frozenset(self.wanted))
            case "like":
                return self.fits is not None and self.fits(text.encode(errors="replace"))
            case _:
                return is_blank(text)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A number, a moment or a time span is less than a limit, at most as much, or the same."""

    variable: Variable
    relation: Literal["<", "<=", "=="]
    limit: Limit

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        value = values.value(self.variable.term)
        return value is not None and self.holds_of(value)

    def holds_of(self, value: Any) -> bool:  # noqa: ANN401 - comparable with the limit
        """Return whether it is so of a value."""
        limit: Any = self.limit
        if self.relation == "<":
            return bool(value < limit)
        return bool(value <= limit if self.relation == "<=" else value == limit)


@dataclass(frozen=True, slots=True, eq=False)
class Length:
    """A list has fewer items than a limit, at most as many, or as many."""

    variable: Variable
    relation: Literal["<", "<=", "=="]
    limit: int

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        return self.holds_of(len(values.value(self.variable.term)))

    def holds_of(self, length: int) -> bool:
        """Return whether it is so of a length."""
        if self.relation == "<":
            return length < self.limit
        return length <= self.limit if self.relation == "<=" else length == self.limit


@dataclass(frozen=True, slots=True, eq=False)
class Has:
    """A list has an item of which a formula holds."""

    variable: Variable
    test: Formula
    asks: Callable[[object], bool]
    """The same test, of one item."""

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        return any(map(self.asks, values.value(self.variable.term)))


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """A comparison of which nothing is known but how to ask it."""

    variable: Variable | None
    """The only one that it reads; None if it reads several."""
    term: Term

    def holds(self, values: Walk) -> bool:
        """Return whether it is so."""
        return bool(values.value(self.term))


Atom: TypeAlias = Flag | There | Text | Order | Length | Has | Other


class Guess(Walk):
    """Works terms out from values that are given by name, where there is no message yet."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Any], item: object = None) -> None:
        super().__init__(None, item, in_test=item is not None)  # type: ignore[arg-type]
        self.values = values

    def value(self, term: Term) -> Any:  # noqa: ANN401 - of the term's type
        """Work a term out."""
        if isinstance(term, Read):
            return self.values[name_of(term)]
        return super().value(term)

    def test(self, term: Quantified, item: object) -> bool:
        """Ask the test of a list about one of its items."""
        return bool(Guess(self.values, item).value(term.test))


_SAME = {"envelope.mail_from": "return_path"}


def name_of(read: Read) -> str:
    """Return the name of what is read; what has two names has one here."""
    return _SAME.get(read.path, read.path)


@dataclass
class Vocabulary:
    """Every variable and every atom that was spoken of."""

    variables: dict[str, Variable] = field(default_factory=dict)
    atoms: dict[Hashable, Atom] = field(default_factory=dict)

    def atom(self, key: Hashable, make: Callable[[], Atom]) -> Atom:
        """Return the atom of a key, made now if it is new."""
        found = self.atoms.get(key)
        if found is None:
            found = self.atoms[key] = make()
        return found
