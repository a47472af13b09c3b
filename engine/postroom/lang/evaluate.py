"""A plain walk over terms: slower than generated functions, and able to say what it saw."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from postroom.lang.operations import first_there
from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Current,
    Encoded,
    Folded,
    FoldedEach,
    Inline,
    Logic,
    Otherwise,
    PartOf,
    PartOfEach,
    Quantified,
    Read,
    Term,
)
from postroom.lang.text import utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.scope import Scope

OPERATORS: dict[Inline, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "in": lambda item, items: item in items,
    "not in": lambda item, items: item not in items,
}


@dataclass(slots=True)
class Walk:
    """One walk: the scope, the item at hand, and what does not depend on it."""

    scope: Scope
    item: Any = None
    in_test: bool = False
    known: dict[Term, Any] = field(default_factory=dict)

    def value(self, term: Term) -> Any:  # noqa: ANN401 - of the term's type
        """Work a term out."""
        if not self.in_test or isinstance(term, Constant | Read) or term.varies:
            return self._worked_out(term)
        if term not in self.known:  # the same for every item: once is enough
            self.known[term] = self._worked_out(term)
        return self.known[term]

    def _worked_out(self, term: Term) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - as above
        match term:
            case Constant(value=value):
                return value
            case Read(get=get):
                return get(self.scope)
            case Current():
                return self.item
            case PartOf(of=of, get=get) | PartOfEach(of=of, get=get):
                return get(self.value(of))
            case Folded(of=of, fold=fold):
                return fold(self.value(of))
            case FoldedEach(of=of, fold=fold):
                return frozenset(fold(text) for text in self.value(of))
            case Encoded(of=of):
                return utf8(self.value(of))
            case Apply():
                values = [self.value(each) for each in term.arguments]
                missing = term.lifts and values[0] is None
                return None if missing else term.function(*values)
            case Compared(operator=sign, left=left, right=right):
                return OPERATORS[sign](self.value(left), self.value(right))
            case Logic(word="not", parts=(of,)):
                return not self.value(of)
            case Logic(word="and", parts=parts):
                return all(self.value(part) for part in parts)
            case Logic(parts=parts):
                return any(self.value(part) for part in parts)
            case Quantified():
                return self._quantified(term)
            case Otherwise(parts=parts):
                return first_there(*map(self.value, parts))
            case _:
                raise TypeError(f"no such term: {term!r}")

    def _quantified(self, term: Quantified) -> bool | int:
        held = [self.test(term, item) for item in self.value(term.of)]
        match term.word:
            case "any":
                return any(held)
            case "all":
                return all(held)
            case "none":
                return not any(held)
            case "count":
                return sum(held)

    def test(self, term: Quantified, item: Any) -> bool:  # noqa: ANN401 - of the list's type
        """Ask the test of a list about one of its items."""
        inside = Walk(self.scope, item, in_test=True, known=self.known)
        return bool(inside.value(term.test))
