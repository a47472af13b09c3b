"""Which variable a term stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Current,
    Encoded,
    Folded,
    FoldedEach,
    Logic,
    Otherwise,
    PartOf,
    PartOfEach,
    Quantified,
    Read,
    Term,
    every,
)
from postroom.rules.proofs.atoms import Kind, Variable, Vocabulary, name_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from postroom.lang.types import Type

MAILBOXES = ("from", "sender", "forwarded.from")
"""Fields that are one mailbox, whose parts belong together."""
_KINDS: dict[str, Kind] = {
    "text": "text", "integer": "number", "decimal": "number", "date": "number",
    "timestamp": "number", "duration": "number", "boolean": "flag", "list": "list",
}  # fmt: skip
_WITHOUT_LEAST = ("record.", "contact.")
"""Numbers that people chose, which may be less than nothing; all others count something."""
_OPEN = ("record.", "contact.")
"""Fields that may hold what their list of values does not have: nothing, in an old record."""


def variable(vocabulary: Vocabulary, term: Term, items_of: str = "") -> Variable | None:
    """Return the variable that a term stands for; None if it is not one that can be reasoned about.

    `items_of` names the list whose items are tested.
    """
    name = _name(term, items_of)
    if name is None:
        return None
    found = vocabulary.variables.get(name)
    if found is None:
        found = vocabulary.variables[name] = _made(vocabulary, term, name, items_of)
    return found


def _made(vocabulary: Vocabulary, term: Term, name: str, items_of: str) -> Variable:
    owner = name.rpartition(".")[0] if isinstance(term, Read) else ""
    return Variable(
        name=name.removeprefix(f"{items_of}[]") if items_of else name,
        kind=_KINDS.get(term.type.kind, "thing"),
        type=term.type,
        term=term,
        values=_values(name, term.type),
        least=_least(name, term),
        base=_base(vocabulary, term, items_of),
        owner=owner if owner in MAILBOXES else "",
        in_item=bool(items_of),
    )


def _name(term: Term, items_of: str) -> str | None:
    match term:
        case Read():
            return name_of(term)
        case Current():
            return f"{items_of}[]."
        case PartOf(of=Current(), name=part):
            return f"{items_of}[].{part}"  # not the list of this part, which is `to.addr_spec`
        case Apply() | PartOf() | Quantified():
            return f"{items_of}[]{shown(term)}" if items_of else shown(term)
        case _:
            return None


def _values(name: str, type_: Type) -> tuple[str, ...]:
    if not type_.values or not name.startswith(_OPEN):
        return type_.values
    return (*type_.values, "")


def _least(name: str, term: Term) -> int | None:
    if term.type.kind != "integer" or name.startswith(_WITHOUT_LEAST):
        return None
    if isinstance(term, Apply) and term.name != "length":
        return None
    return 0


def _base(vocabulary: Vocabulary, term: Term, items_of: str) -> Variable | None:
    """Return the one variable from which a term is worked out, if it is worked out at all."""
    if isinstance(term, Read | Current) or (
        isinstance(term, PartOf) and isinstance(term.of, Current)
    ):
        return None
    return single(vocabulary, term, items_of)


def single(vocabulary: Vocabulary, term: Term, items_of: str = "") -> Variable | None:
    """Return the only variable that a term reads; None if it reads several, or none."""
    found = {
        id(read): read
        for leaf in leaves(term)
        if (read := variable(vocabulary, leaf, items_of)) is not None
    }
    return next(iter(found.values())) if len(found) == 1 else None


def leaves(term: Term) -> list[Term]:
    """Return the fields and the parts of the item that a term reads."""
    if isinstance(term, Read | Current):
        return [term]
    if isinstance(term, PartOf) and isinstance(term.of, Current):
        return [term]
    if isinstance(term, Quantified):
        outside = [leaf for leaf in every(term.test) if isinstance(leaf, Read)]
        return [*leaves(term.of), *outside]
    return [leaf for child in term.children for leaf in leaves(child)]


def shown(term: Term) -> str:
    """Return a term as text: two terms that mean the same by their form are shown the same."""
    return str(_shape(term))


def _shape(term: Term) -> Hashable:  # noqa: PLR0911 - one return for each
    below = tuple(map(_shape, term.children))
    match term:
        case Constant(value=value):
            return (term.type.kind, _sorted(value))
        case Read():
            return name_of(term)
        case Apply(name=name, written=written, function=function):
            pattern = getattr(getattr(function, "__self__", None), "written", "")
            known = tuple((each.type.kind, _sorted(each.value)) for each in written)
            kind = getattr(function, "__name__", "") if name == "is empty" else ""
            return (name, kind, pattern, known, below)
        case PartOf(name=name) | PartOfEach(name=name):
            return (".", name, below)
        case Compared(operator=operator):
            return (operator, below)
        case Logic(word=word) | Quantified(word=word):
            return (word, below)
        case Folded(fold=fold) | FoldedEach(fold=fold):
            return (fold.__name__, below)
        case Current() | Encoded() | Otherwise():
            return (type(term).__name__, below)
        case _:
            raise TypeError(f"no such term: {term!r}")


def _sorted(value: Any) -> str:  # noqa: ANN401 - any constant
    return str(sorted(value)) if isinstance(value, frozenset) else repr(value)
