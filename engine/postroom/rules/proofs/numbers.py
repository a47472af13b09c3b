"""What is known of one number, moment or time span."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from postroom.lang.limits import DIGITS
from postroom.rules.proofs.atoms import Length, Order, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from postroom.rules.proofs.atoms import Atom

_STEPS: dict[str, tuple[Any, ...]] = {
    "integer": (1,),
    "decimal": (1,),
    "date": (timedelta(days=1),),
    "timestamp": (timedelta(days=1), timedelta(microseconds=1)),
    "duration": (timedelta(seconds=1), timedelta(microseconds=1)),
}
"""How far from a limit to look, the smallest step last: between two limits there is no other."""
_USUAL: dict[str, Any] = {
    "integer": 1,
    "decimal": Decimal(1),
    "date": date(2026, 1, 15),
    "timestamp": datetime(2026, 1, 15, 12, tzinfo=UTC),
    "duration": timedelta(hours=1),
}


_SIZE = 2_000
"""Bytes of what is small."""
_EXACT = Context(prec=4 * DIGITS)
"""So that there is a number between any two that can be written."""


def refuted(variable: Variable, wanted: Sequence[tuple[Atom, bool]]) -> bool:
    """Return whether nothing can be all of this. Exact: if something can, it is found."""
    return next(_fitting(variable, wanted), None) is None


def candidates(
    variable: Variable, wanted: Sequence[tuple[Atom, bool]], hints: Iterable[Any]
) -> Iterator[Any]:
    """Yield what is all of this, as far as the atoms of the variable itself say."""
    usual = type(_usual(variable))
    yield from (hint for hint in hints if type(hint) is usual)
    yield from _fitting(variable, wanted)


def lengths(wanted: Sequence[tuple[Atom, bool]], least: int) -> Iterator[int]:
    """Yield the lengths that a list can have, the smallest first."""
    said = [(atom, sign) for atom, sign in wanted if isinstance(atom, Length)]
    near = {n + d for atom, _ in said for n in (atom.limit,) for d in (-1, 0, 1)}
    for length in sorted({least, 0, 1, 2, *near}):
        if length >= least and all(atom.holds_of(length) == sign for atom, sign in said):
            yield length


def _fitting(variable: Variable, wanted: Sequence[tuple[Atom, bool]]) -> Iterator[Any]:
    said = [(atom, sign) for atom, sign in wanted if isinstance(atom, Order)]
    for value in _points(variable, [atom.limit for atom, _ in said]):
        if variable.least is not None and value < variable.least:
            continue
        if all(atom.holds_of(value) == sign for atom, sign in said):
            yield Decimal(value) if variable.type.kind == "decimal" else value


def _usual(variable: Variable) -> Any:  # noqa: ANN401 - of its type
    return _SIZE if variable.name.endswith("size") else _USUAL[variable.type.kind]


def _points(variable: Variable, limits: Sequence[Any]) -> Iterator[Any]:
    """Yield one value of each stretch that the limits cut out."""
    kind = variable.type.kind
    yield _usual(variable)
    if variable.least is not None:
        yield variable.least
    for limit in limits:
        yield limit
        for step in _STEPS[kind]:
            yield from _near(limit, step)
    if kind == "decimal":
        for low, high in pairwise(sorted(set(limits))):
            yield _EXACT.divide(_EXACT.add(Decimal(low), Decimal(high)), Decimal(2))


def _near(limit: Any, step: Any) -> Iterator[Any]:  # noqa: ANN401 - a limit and its step
    for sign in (1, -1):
        try:
            yield limit + sign * step
        except OverflowError:  # beyond the first or the last moment
            continue
