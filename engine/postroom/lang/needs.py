"""What must be so for a condition to hold, as far as it can be looked up for many at once.

A need is a set of facts of which at least one is so whenever its condition holds: that a field is
some value, or that some text stands in it. It is sound and not complete. A condition without a need
is asked always; one whose facts are all not so does not hold, and is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from postroom.lang import operations
from postroom.lang.generate import kept_folded
from postroom.lang.patterns import Pattern
from postroom.lang.required import required
from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Current,
    Encoded,
    Folded,
    FoldedEach,
    Logic,
    PartOf,
    Quantified,
    Read,
    Term,
)
from postroom.lang.text import FOLDS, fold, fold_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postroom.lang.scope import Scope


Kind: TypeAlias = Literal["is", "below", "has", "fits"]


class Fact(NamedTuple):
    """Something about a field."""

    kind: Kind
    """It is the value; it is that domain, or one below it; the text stands in it, folded; or
    casefolded, where a pattern looks for it."""
    field: str
    """The key of the field."""
    value: Any

    @property
    def looks_inside(self) -> bool:
        """Whether it is about a text that stands in the field."""
        return self.kind in ("has", "fits")


Need: TypeAlias = frozenset[Fact]
_MOST = 1_000
"""Facts of one need."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that facts are about: the field of a message, or one part of each of its items."""

    key: str
    values: Callable[[Scope], Iterable[Any]]
    """One value; or those of a list. Texts are folded."""
    raw: Callable[[Scope], Iterable[str]] | None = None
    """Texts as they are, for patterns."""


class Found(NamedTuple):
    """What a condition needs, and the fields that this is about."""

    need: Need
    fields: tuple[Field, ...]


def needs(term: Term) -> Found | None:
    """Return what a condition needs; None if there is nothing that could be looked up."""
    found = _of(term, None)
    return found if found is not None and 0 < len(found.need) <= _MOST else None


def _of(term: Term, items: Term | None) -> Found | None:  # noqa: PLR0911 - one for each kind
    """Return what a term needs; items is the list whose item is at hand, within its test."""
    match term:
        case Logic(word="and", parts=parts):
            found = (_of(part, items) for part in parts)
            return max((each for each in found if each), key=_strength, default=None)
        case Logic(word="or", parts=parts):
            return _either([_of(part, items) for part in parts])
        case Logic(word="not", parts=(Read() as of,)) if of.type.kind == "boolean":
            return _is(of, [False], items)
        case Read() if term.type.kind == "boolean":
            return _is(term, [True], items)
        case Compared():
            return _compared(term, items)
        case Apply():
            return _applied(term, items)
        case Quantified(word="any", of=of, test=test):
            return _of(test, of)
        case _:
            return None


def _either(found: list[Found | None]) -> Found | None:
    sure = [each for each in found if each is not None]
    if len(sure) < len(found):
        return None
    facts = frozenset().union(*(each.need for each in sure))
    return Found(facts, tuple(field for each in sure for field in each.fields))


def _compared(term: Compared, items: Term | None) -> Found | None:
    match term:
        case Compared(operator="==", left=of, right=Constant(value=value)):
            return _is(of, [value], items)
        case Compared(operator="==", left=Constant(value=value), right=of):
            return _is(of, [value], items)
        case Compared(operator="in", left=Constant(value=value), right=of):
            return _is(of, [value], items)
        case Compared(operator="in", left=of, right=Constant(value=values)):
            return _is(of, values, items)
        case Compared(operator="contains" | "starts_with" | "ends_with", left=of, right=right):
            return _has(of, [right.value], items) if isinstance(right, Constant) else None
        case _:
            return None


def _applied(term: Apply, items: Term | None) -> Found | None:  # noqa: PLR0911 - as above
    match term:
        case Apply(name="contains_any", arguments=(of, Constant(value=wanted))):
            return _has(of, wanted, items)
        case Apply(name="contains_all", arguments=(of, Constant(value=wanted))):
            return _has(of, [max(wanted, key=len)] if wanted else [], items)
        case Apply(name="like", arguments=(Encoded(of=of),)):
            return _has(of, _longest_run(term, of), items)
        case Apply(name="matches", arguments=(Encoded(of=of),)):
            return _fits(of, _pattern(term), items)
        case Apply(function=operations.is_not_blank, arguments=(Apply(name="extract") as taken,)):
            return _fits(taken.arguments[0], taken.written[0].value, items)
        case Apply(name="in_domain", arguments=(of,), written=(Constant(value=wanted),)):
            return _below(of, (wanted,) if isinstance(wanted, str) else wanted, items)
        case _:
            return None


def _is(of: Term, values: Iterable[Any], items: Term | None) -> Found | None:
    return _about(_field(of, items), "is", values)


def _has(of: Term, wanted: Iterable[str], items: Term | None) -> Found | None:
    return _about(_field(of, items), "has", wanted)


def _fits(of: Term, pattern: str, items: Term | None) -> Found | None:
    """Return what a pattern needs: it is looked for in a text as it is, not as it is folded."""
    plain = _field(of, items)
    folded = _field(Folded(of.node, of.type, of, FOLDS[of.type.form]), items)
    if plain is None or folded is None:
        return None
    field = Field(folded.key, folded.values, raw=plain.values)
    return _about(field, "fits", required(pattern) or ())


def _below(of: Term, names: Iterable[str], items: Term | None) -> Found | None:
    field = _field(Folded(of.node, of.type, of, fold_domain), items)
    return _about(field, "below", (fold_domain(name.strip(". ")) for name in names))


def _about(field: Field | None, kind: Kind, values: Iterable[Any]) -> Found | None:
    if field is None:
        return None
    facts = frozenset(Fact(kind, field.key, value) for value in values)
    empty = kind == "has" and any(not fact.value for fact in facts)
    return None if empty or not facts else Found(facts, (field,))


def _pattern(term: Apply) -> str:
    """Return the pattern of `like` or `matches`, as it was written."""
    pattern = getattr(term.function, "__self__", None)
    return pattern.written if isinstance(pattern, Pattern) else ""


def _longest_run(term: Apply, of: Term) -> list[str]:
    """Return the longest text between the jokers of `like`, folded."""
    way = of.fold if isinstance(of, Folded) else fold
    runs = _pattern(term).replace("?", "*").split("*")
    return [max(map(way, runs), key=len)]


def _strength(found: Found) -> tuple[int, int]:
    """Return how much a need rules out, as far as its facts tell."""
    return min(map(_rarity, found.need)), -len(found.need)


def _rarity(fact: Fact) -> int:
    if isinstance(fact.value, str):
        return min(len(fact.value), _RARE) if fact.looks_inside else _RARE
    return 1 if isinstance(fact.value, bool) else _RARE // 2


_RARE = 16


def _field(of: Term, items: Term | None) -> Field | None:  # noqa: PLR0911 - as above
    """Return what a term reads, if that is a field, or a part of the item at hand."""
    match of:
        case Folded(of=Read(keep=True) as read, fold=way):
            folded = kept_folded(read, way)
            return Field(_key(read.path, way), lambda scope: (folded(scope),))
        case Folded(of=inner, fold=way) | FoldedEach(of=inner, fold=way):
            plain = _field(inner, items)
            return None if plain is None else _folded(plain, way)
        case Read(path=path, get=get):
            if of.type.kind == "list":
                return Field(path, get)
            return Field(path, lambda scope: (get(scope),))
        case Current() if isinstance(items, Read):
            return Field(f"{items.path}[]", items.get)
        case PartOf(of=Current(), name=name, get=part) if isinstance(items, Read):
            of_each = items.get
            return Field(f"{items.path}[].{name}", lambda scope: map(part, of_each(scope)))
        case _:
            return None


def _folded(plain: Field, way: Callable[[str], str]) -> Field:
    values = plain.values
    return Field(_key(plain.key, way), lambda scope: map(way, values(scope)))


def _key(path: str, way: Callable[[str], str]) -> str:
    return f"{path} {way.__name__}"
