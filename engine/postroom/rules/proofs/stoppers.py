"""Rules that take mail before others see it, found by what a mail must be for them to take it.

A condition is filed under one of its comparisons that must be true whenever it is. Of thousands of
rules, only those are asked about a mail whose comparison fits what the mail holds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from postroom.lang.text import FOLDS
from postroom.rules.proofs.atoms import Text, Variable
from postroom.rules.proofs.evaluate import holds
from postroom.rules.proofs.formula import (
    All,
    Formula,
    Literal,
    atoms_of,
    negated,
    variables_of,
)
from postroom.rules.proofs.likes import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.lang.evaluate import Walk
    from postroom.rules.proofs.prover import Prover
    from postroom.rules.ruleset import AccessRule, Filter

_Key: TypeAlias = "tuple[Variable, str, str]"
"""A variable, in which form, and what its text holds."""
_ASKED = 64
"""Rules that cannot be filed: so many of them are asked about a mail."""
_LONGEST = 400


@dataclass(frozen=True, slots=True, eq=False)
class Stopper:
    """A rule that takes mail."""

    rule: Filter | AccessRule
    formula: Formula


@dataclass(slots=True)
class Stoppers:
    """The rules before a place that take mail."""

    prover: Prover
    before: Stoppers | None = None
    """Those of an earlier section."""
    _filed: dict[_Key, list[Stopper]] = field(default_factory=lambda: defaultdict(list))
    _lengths: dict[tuple[Variable, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    """How long the texts are that are filed under a variable, in one form."""
    _others: list[Stopper] = field(default_factory=list)
    _asked: set[Variable] = field(default_factory=set)
    """What the others ask about, and what hangs together with it."""
    _take_all: bool = False
    """Whether the others together may take every mail."""

    def add(self, rule: Filter | AccessRule, formula: Formula) -> None:
        """File a rule behind those that are there."""
        stopper = Stopper(rule, formula)
        keys = _keys(formula)
        if keys is not None:
            for key in keys:
                self._filed[key].append(stopper)
                self._lengths[key[:2]].add(len(key[2]))
            return
        self._others.append(stopper)
        for variable in variables_of(formula):
            self._asked |= self.prover.known_with(variable)
        if not self._take_all and len(self._others) <= _ASKED:
            left = (negated(each.formula) for each in self._others)
            self._take_all = isinstance(self.prover.solve(left), str)

    def may_take(self, formula: Formula) -> bool:
        """Return whether it is worth a search whether all mail of a formula is taken.

        It is not if no rule before it wants something that the formula wants as well: then there is
        a mail of which the formula holds and none of the rules.
        """
        if self.before is not None and self.before.may_take(formula):
            return True
        if self._take_all or any(v in self._asked or v.values for v in variables_of(formula)):
            return True
        texts = (atom for atom in atoms_of(formula) if isinstance(atom, Text))
        return any(any(self._hits(t, w)) for t in texts for w in (*t.wanted, ""))

    def _hits(self, atom: Text, wanted: str) -> Iterator[Stopper]:
        lengths = self._lengths.get((atom.variable, atom.form), ())
        return self._holding(atom.variable, atom.form, wanted, lengths)

    def _holding(
        self, variable: Variable, form: str, text: str, lengths: Iterable[int]
    ) -> Iterator[Stopper]:
        for length in lengths:
            for start in range(len(text) - length + 1):
                yield from self._filed.get((variable, form, text[start : start + length]), ())

    def taking(self, values: Walk) -> Iterator[Stopper]:
        """Yield rules that take a mail."""
        if self.before is not None:
            yield from self.before.taking(values)
        for stopper in (*self._others[:_ASKED], *self._filed_for(values)):
            if holds(stopper.formula, values):
                yield stopper

    def _filed_for(self, values: Walk) -> Iterator[Stopper]:
        for (variable, form), lengths in self._lengths.items():
            value = values.value(variable.term)
            if not isinstance(value, str):
                continue
            text = FOLDS[form](value)[:_LONGEST]  # type: ignore[index]  # a form of a text
            yield from self._holding(variable, form, text, lengths)


def _keys(formula: Formula) -> list[_Key] | None:
    """Return keys of which one fits every mail for which the formula holds; None if none do."""
    match formula:
        case Literal(atom=Text() as atom, holds=True):
            return _keys_of(atom)
        case Literal():
            return None
        case All(parts=parts):
            found = [keys for part in parts if (keys := _keys(part)) is not None]
            return min(found, key=len, default=None)
        case _:
            every = [_keys(part) for part in formula.parts]
            if None in every:
                return None
            return [key for keys in every if keys is not None for key in keys]


def _keys_of(atom: Text) -> list[_Key] | None:
    if atom.relation in ("blank", "exactly") or atom.variable.values:
        return None
    wanted = atom.wanted
    if atom.relation == "like":
        inside = pieces(atom.wanted[0], atom.form)[1]
        wanted = (max(inside, key=len),) if inside else ()
    if not wanted or not all(wanted):
        return None
    return [(atom.variable, atom.form, each) for each in wanted]
