"""Logic over atoms: what remains of a condition when its words are taken away.

Formulas are in negation normal form: `not` stands before atoms only, as the sign of a literal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from postroom.rules.proofs.atoms import Atom, Variable


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """An atom that is to hold, or not to hold."""

    atom: Atom
    holds: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """`and`; without parts, it is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """`or`; without parts, it is false."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Literal | All | Some
TRUE, FALSE = All(()), Some(())


def constant(value: bool) -> Formula:  # noqa: FBT001 - it is the value itself
    """Return the formula that always, or never, holds."""
    return TRUE if value else FALSE


def is_true(formula: Formula) -> bool:
    """Return whether a formula holds whatever its atoms do, by its form alone."""
    return isinstance(formula, All) and not formula.parts


def is_false(formula: Formula) -> bool:
    """Return whether a formula never holds, by its form alone."""
    return isinstance(formula, Some) and not formula.parts


def all_of(parts: Iterable[Formula]) -> Formula:
    """Return what holds if all parts do."""
    kept: list[Formula] = []
    for part in parts:
        if is_false(part):
            return FALSE
        kept.extend(part.parts if isinstance(part, All) else (part,))
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def some_of(parts: Iterable[Formula]) -> Formula:
    """Return what holds if one part does."""
    kept: list[Formula] = []
    for part in parts:
        if is_true(part):
            return TRUE
        kept.extend(part.parts if isinstance(part, Some) else (part,))
    return kept[0] if len(kept) == 1 else Some(tuple(kept))


def negated(formula: Formula) -> Formula:
    """Return what holds if the formula does not."""
    match formula:
        case Literal(atom=atom, holds=holds):
            return Literal(atom, not holds)
        case All(parts=parts):
            return some_of(map(negated, parts))
        case Some(parts=parts):
            return all_of(map(negated, parts))


def atoms_of(formula: Formula) -> Iterator[Atom]:
    """Yield the atoms of a formula, in order; one that stands twice comes twice."""
    if isinstance(formula, Literal):
        yield formula.atom
        return
    for part in formula.parts:
        yield from atoms_of(part)


def variables_of(formula: Formula) -> Iterator[Variable]:
    """Yield the variables of a formula; one that is asked about twice comes twice."""
    for atom in atoms_of(formula):
        if atom.variable is not None:
            yield atom.variable


def key_of(formula: Formula) -> Hashable:
    """Return what formulas have in common that say the same of the same atoms in the same order."""
    if isinstance(formula, Literal):
        return formula.atom, formula.holds
    return isinstance(formula, All), tuple(map(key_of, formula.parts))
