"""What is known of one list: which items it must have, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.proofs import numbers
from postroom.rules.proofs.atoms import Has
from postroom.rules.proofs.formula import negated
from postroom.rules.proofs.things import thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.rules.proofs.atoms import Atom, Variable
    from postroom.rules.proofs.formula import Formula
    from postroom.rules.proofs.solve import Solve


def refuted(wanted: Sequence[tuple[Atom, bool]], solve: Solve) -> bool:
    """Return whether no list can be all of this."""
    needed = list(_needed(wanted))
    if any(solve(item) == "no" for item in needed):
        return True
    return next(numbers.lengths(wanted, 1 if needed else 0), None) is None


def candidates(
    variable: Variable, wanted: Sequence[tuple[Atom, bool]], solve: Solve
) -> Iterator[tuple[object, ...]]:
    """Yield lists that may be all of this, the shortest first."""
    items = [_item(variable, item, solve) for item in _needed(wanted)]
    if None in items or variable.type.of is None:
        return
    different = list(dict.fromkeys(items))
    more = _item(variable, _never(wanted), solve)
    for length in numbers.lengths(wanted, 1 if items else 0):
        for having in (different, different[:1]):
            if len(having) <= length and (more is not None or len(having) == length):
                yield (*having, *[more] * (length - len(having)))


def _item(variable: Variable, demands: list[Formula], solve: Solve) -> object:
    """Return an item that meets demands, or None if none is found."""
    found = solve(demands)
    if isinstance(found, str) or variable.type.of is None:
        return None
    return found.values.get("") or thing(variable.type.of, {})


def _needed(wanted: Sequence[tuple[Atom, bool]]) -> Iterator[list[Formula]]:
    """Yield what holds of an item that must be there, for each such item."""
    for atom, sign in wanted:
        if sign and isinstance(atom, Has):
            yield [atom.test, *_never(wanted)]


def _never(wanted: Sequence[tuple[Atom, bool]]) -> list[Formula]:
    """Return what holds of every item."""
    return [negated(atom.test) for atom, sign in wanted if isinstance(atom, Has) and not sign]
