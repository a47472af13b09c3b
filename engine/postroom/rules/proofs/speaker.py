"""Says things of variables: makes literals, each atom once, in the simplest words there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from postroom.lang.operations import is_not_missing
from postroom.lang.terms import Apply, Encoded, Folded, Term
from postroom.lang.text import FOLDS
from postroom.lang.types import BOOLEAN
from postroom.rules.proofs.atoms import (
    Flag,
    Guess,
    Has,
    Length,
    Limit,
    Order,
    Other,
    Relation,
    Text,
    There,
    Variable,
    Vocabulary,
)
from postroom.rules.proofs.evaluate import holds
from postroom.rules.proofs.formula import (
    FALSE,
    Formula,
    all_of,
    constant,
    key_of,
    negated,
    some_of,
)
from postroom.rules.proofs.formula import Literal as Sign
from postroom.rules.proofs.variables import leaves, shown, single, variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.types import Form

Less: TypeAlias = Literal["<", "<=", "=="]
_FORMS: dict[Callable[[str], str], Form] = {fold: form for form, fold in FOLDS.items()}
_FEW = 16
"""So many addresses of one comparison are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Makes literals in one vocabulary."""

    vocabulary: Vocabulary
    items_of: str = ""
    """The list whose items are tested; "" outside a test."""

    def variable(self, term: Term) -> Variable | None:
        """Return the variable that a term stands for, if it is one and not always the same."""
        of, _ = unfolded(term)
        return variable(self.vocabulary, of, self.items_of) if leaves(of) else None

    def flag(self, found: Variable) -> Formula:
        """Say that it is yes."""
        return Sign(self.vocabulary.atom((found, "flag"), lambda: Flag(found)))

    def there(self, term: Term) -> Formula:
        """Say that the value of a term is not missing."""
        found = self.variable(term)
        if found is not None:
            return Sign(self.vocabulary.atom((found, "there"), lambda: There(found)))
        return self.other(Apply(term.node, BOOLEAN, "is empty", is_not_missing, (term,)))

    def text(
        self, found: Variable, form: Form, relation: Relation, wanted: tuple[str, ...]
    ) -> Formula:
        """Say that a text stands in a relation to one of those wanted."""
        if found.name == "from.addr_spec" and relation in ("is", "ends"):
            return self._address(found, form, relation, wanted)
        return self._text(found, form, relation, wanted)

    def blank(self, found: Variable) -> Formula:
        """Say that a text has nothing but blanks."""
        key = (found, "", "blank", ())
        return Sign(self.vocabulary.atom(key, lambda: Text(found, "", "blank", ())))

    def like(self, found: Variable, form: Form, term: Apply, written: str) -> Formula:
        """Say that a text fits a pattern as a whole."""
        key = (found, form, "like", (written,))
        return Sign(
            self.vocabulary.atom(key, lambda: Text(found, form, "like", (written,), term.function))
        )

    def order(self, found: Variable, operator: str, limit: Limit) -> Formula:
        """Compare a number, a moment or a time span with a limit."""
        if found.type.kind == "integer" and isinstance(limit, Decimal):
            return self._whole(found, operator, limit)

        def atom(relation: Less, value: Limit) -> Formula:
            key = (found, relation, value)
            return Sign(self.vocabulary.atom(key, lambda: Order(found, relation, value)))

        return _in_order(atom, operator, limit)

    def length(self, found: Variable, operator: str, limit: int) -> Formula:
        """Compare the length of a list with a limit."""

        def atom(relation: Less, value: int) -> Formula:
            key = (found, "length", relation, value)
            return Sign(self.vocabulary.atom(key, lambda: Length(found, relation, value)))

        return _in_order(atom, operator, limit)

    def has(self, found: Variable, test: Formula) -> Formula:
        """Say that a list has an item of which a formula holds."""

        def asks(item: object) -> bool:
            return holds(test, Guess({}, item))

        key = (found, "has", key_of(test))
        return Sign(self.vocabulary.atom(key, lambda: Has(found, test, asks)))

    def other(self, term: Term) -> Formula:
        """Take a comparison as it is."""
        if not leaves(term):
            return constant(bool(Guess({}).value(term)))
        only = single(self.vocabulary, term, self.items_of)
        key = ("other", self.items_of, shown(term))
        return Sign(self.vocabulary.atom(key, lambda: Other(only, term)))

    def _text(
        self, found: Variable, form: Form, relation: Relation, wanted: tuple[str, ...]
    ) -> Formula:
        if found.name == "from.domain":
            wanted = tuple(each for each in wanted if "@" not in each and " " not in each)
        if not wanted:
            return FALSE
        key = (found, form, relation, wanted)
        return Sign(self.vocabulary.atom(key, lambda: Text(found, form, relation, wanted)))

    def _address(
        self, found: Variable, form: Form, relation: Relation, wanted: tuple[str, ...]
    ) -> Formula:
        """Say as well what From's address says of its domain: it has one `@`, the guards see to it.

        An address that ends with `@x.example` is one whose domain is x.example.
        """
        domain = self.vocabulary.variables["from.domain"]
        if len(wanted) > _FEW or any(each.count("@") > 1 for each in wanted):
            return self._text(found, form, relation, wanted)
        said: list[Formula] = []
        for each in wanted:
            local, at, name = each.rpartition("@")
            same = self._text(domain, "domain", "is", (name,))
            if not name:
                said.append(FALSE)
            elif local:
                said.append(all_of((self._text(found, form, relation, (each,)), same)))
            elif relation == "ends":
                said.append(same if at else self._text(domain, "domain", "ends", (name,)))
        return some_of(said)

    def _whole(self, found: Variable, operator: str, limit: Decimal) -> Formula:
        """Compare a whole number with one that may not be."""
        below = math.floor(limit)
        if below == limit:
            return self.order(found, operator, below)
        if operator == "==":
            return FALSE
        return self.order(found, "<=" if operator in ("<", "<=") else ">", below)


def unfolded(term: Term) -> tuple[Term, Form | None]:
    """Return a term without its folding, and the form in which it is compared."""
    match term:
        case Folded(of=of, fold=fold):
            return of, _FORMS[fold]
        case Encoded(of=of):
            return unfolded(of)
        case _:
            return term, None


def form_of(fold: Callable[[str], str]) -> Form:
    """Return the form that a way of folding gives."""
    return _FORMS[fold]


def _in_order(atom: Callable[[Less, Any], Formula], operator: str, limit: Any) -> Formula:  # noqa: ANN401
    match operator:
        case "<" | "<=" | "==":
            return atom(operator, limit)
        case ">":
            return negated(atom("<=", limit))
        case _:
            return negated(atom("<", limit))
