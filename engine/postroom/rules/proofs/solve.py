"""Whether formulas can hold together, and values for which they do.

A search over the ways in which each `or` can come true. What one variable is asked to be is held
against what is known of its kind (texts, numbers, lists) as soon as it is asked, so that most
branches end at once. The number of steps is capped: then nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from postroom.rules.proofs import lists, numbers, texts
from postroom.rules.proofs.atoms import There
from postroom.rules.proofs.choose import Chooser
from postroom.rules.proofs.formula import All, Some
from postroom.rules.proofs.formula import Literal as Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from postroom.rules.proofs.atoms import Atom, Variable
    from postroom.rules.proofs.formula import Formula

STEPS = 400
"""Branches of one search."""
_LEAVES = 12
"""Complete branches for which values are looked for."""

Signs: TypeAlias = "tuple[tuple[Atom, bool], ...]"


@dataclass(frozen=True, slots=True)
class Model:
    """Values for which the formulas hold, as far as their atoms can be asked one by one."""

    values: Mapping[str, Any]
    asked: tuple[Variable, ...]
    """The variables that the formulas speak of."""


Answer: TypeAlias = Model | Literal["no", "unknown"]
"""`no`: proved that they cannot hold together."""


class Solve(Protocol):
    """The search itself, as those call it whom it calls."""

    def __call__(self, goals: Iterable[Formula], *, steps: int = ...) -> Answer:
        """Return values for which all goals hold, or whether there are none."""
        ...


def solve(
    goals: Iterable[Formula],
    *,
    axioms: Callable[[Variable], Iterable[Formula]] = lambda _: (),
    steps: int = STEPS,
) -> Answer:
    """Return values for which all goals hold, or whether there are none.

    `axioms` gives what is true of a variable anyway, as soon as it is spoken of.
    """
    search = _Search(axioms, steps)
    found = search.branch(_Branch(), list(goals))
    if found is not None:
        return found
    return "unknown" if search.gave_up else "no"


@dataclass(slots=True)
class _Branch:
    """What is decided so far."""

    signs: dict[Atom, bool] = field(default_factory=dict)
    by_variable: dict[Variable, Signs] = field(default_factory=dict)
    open: list[Some] = field(default_factory=list)
    """What has yet to come true."""

    def copy(self) -> _Branch:
        return _Branch(dict(self.signs), dict(self.by_variable), list(self.open))


@dataclass(slots=True)
class _Search:
    axioms: Callable[[Variable], Iterable[Formula]]
    steps: int
    leaves: int = _LEAVES
    gave_up: bool = False

    def branch(self, at: _Branch, goals: Sequence[Formula]) -> Model | None:
        """Return values for a branch on which goals hold besides; None if there are none."""
        if not self._assert(at, list(goals)) or not self._simplify(at):
            return None
        if not at.open:
            return self._leaf(at)
        if self.steps <= 0:
            self.gave_up = True
            return None
        chosen = min(at.open, key=lambda each: len(each.parts))
        at.open.remove(chosen)
        for part in sorted(chosen.parts, key=_is_of_several):
            self.steps -= 1
            found = self.branch(at.copy(), [part])
            if found is not None:
                return found
            if self.gave_up and (self.steps <= 0 or self.leaves <= 0):
                return None
        return None

    def _assert(self, at: _Branch, goals: list[Formula]) -> bool:
        """Take goals for granted; return whether that is possible."""
        while goals:
            goal = goals.pop()
            match goal:
                case All(parts=parts):
                    goals.extend(reversed(parts))
                case Some(parts=parts):
                    if not parts:
                        return False
                    at.open.append(goal)
                case Sign(atom=atom, holds=holds):
                    known = at.signs.get(atom)
                    if known is None:
                        if not self._decide(at, atom, goals, holds=holds):
                            return False
                    elif known != holds:
                        return False
        return True

    def _decide(self, at: _Branch, atom: Atom, goals: list[Formula], *, holds: bool) -> bool:
        at.signs[atom] = holds
        variable = atom.variable
        if variable is None:
            return True
        if variable not in at.by_variable:
            goals.extend(self.axioms(variable))
        signs = at.by_variable[variable] = (*at.by_variable.get(variable, ()), (atom, holds))
        if len(signs) == 1 and not _may_be_impossible(variable):
            return True
        return not refuted(variable, signs)

    def _simplify(self, at: _Branch) -> bool:
        """Drop what is settled from what is open; return whether all of it can still come true."""
        while True:
            forced: list[Formula] = []
            left: list[Some] = []
            for each in at.open:
                parts = [part for part in each.parts if _status(part, at.signs) is not False]
                if any(_status(part, at.signs) for part in parts):
                    continue
                if not parts:
                    return False
                if len(parts) == 1:
                    forced.append(parts[0])
                else:
                    left.append(each if len(parts) == len(each.parts) else Some(tuple(parts)))
            at.open = left
            if not forced:
                return True
            if not self._assert(at, forced):
                return False

    def _leaf(self, at: _Branch) -> Model | None:
        if self.leaves <= 0:
            self.gave_up = True
            return None
        self.leaves -= 1
        values = Chooser(at.by_variable, solve).values()
        if values is None:
            self.gave_up = True
            return None
        return Model(values, tuple(at.by_variable))


def _may_be_impossible(variable: Variable) -> bool:
    """Return whether one atom by itself may be."""
    return bool(variable.values) or variable.least is not None or variable.kind == "list"


def _is_of_several(formula: Formula) -> bool:
    """Return whether a formula asks several fields at once, for which no values are looked for."""
    match formula:
        case Sign(atom=atom):
            return atom.variable is None
        case _:
            return any(map(_is_of_several, formula.parts))


def _status(formula: Formula, signs: Mapping[Atom, bool]) -> bool | None:
    """Return whether a formula is settled, and how."""
    match formula:
        case Sign(atom=atom, holds=holds):
            known = signs.get(atom)
            return None if known is None else known == holds
        case All(parts=parts):
            settled = [_status(part, signs) for part in parts]
            return False if False in settled else None if None in settled else True
        case Some(parts=parts):
            settled = [_status(part, signs) for part in parts]
            return True if True in settled else None if None in settled else False


def refuted(variable: Variable, signs: Signs) -> bool:
    """Return whether it is proved that a variable cannot be all of this."""
    if any(isinstance(atom, There) and not holds for atom, holds in signs):
        return False
    match variable.kind:
        case "text":
            return texts.refuted(variable, signs)
        case "number":
            return numbers.refuted(variable, signs)
        case "list":
            return lists.refuted(signs, solve)
        case _:
            return False
