"""Rules that set one field differently for one mail."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from postroom.rules.proofs.formula import TRUE, All, Formula, Literal
from postroom.rules.proofs.solve import refuted
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom.rules.proofs.atoms import Variable
    from postroom.rules.proofs.order import Course
    from postroom.rules.proofs.prover import Witness
    from postroom.rules.proofs.solve import Signs
    from postroom.rules.proofs.stoppers import Stoppers
    from postroom.rules.ruleset import Assignment, ShapeRule

_PAIRS = 100_000
_LEAST = 24
"""So many rules before one are held against it, the nearest first: all, unless there are many."""
_SHOWN = 3
_MOST = 100
"""Findings about the rules of one section: nobody reads more."""


@dataclass(frozen=True, slots=True)
class _Sets:
    """A rule that sets a field."""

    rule: ShapeRule
    assignment: Assignment
    demands: Mapping[Variable, Signs]


@dataclass(slots=True)
class Conflicts:
    """Looks through the rules of `mapping`, or of `updates`."""

    course: Course
    before: Stoppers
    """The rules that keep mail away from them."""
    always: Formula

    def findings(self, rules: Sequence[ShapeRule]) -> Iterator[Diagnostic]:
        """Yield a finding for each rule and each field that rules before it set differently."""
        yield from islice(self._findings(rules), _MOST)

    def _findings(self, rules: Sequence[ShapeRule]) -> Iterator[Diagnostic]:
        by_field: dict[str, list[_Sets]] = {}
        most = max(_LEAST, _PAIRS // max(1, len(rules)))
        for rule in rules:
            demands = _demands(self.course.prover.formula(rule.when))
            for assignment in rule.assignments:
                if not assignment.append:
                    each = _Sets(rule, assignment, demands)
                    earlier = by_field.setdefault(assignment.field, [])
                    yield from self._against(each, earlier[: -most - 1 : -1])
                    earlier.append(each)

    def _against(self, last: _Sets, nearest: Sequence[_Sets]) -> Iterator[Diagnostic]:
        found = ((each, self._mail(each, last)) for each in nearest if _may_differ(each, last))
        shown = list(islice(((each, mail) for each, mail in found if mail is not None), _SHOWN))
        if not shown:
            return
        first, mail = shown[0]
        field = last.assignment.field
        others = " and ".join(f"`{each.rule.id}`" for each, _ in shown)
        yield Diagnostic(
            "PR363",
            f"{others} and `{last.rule.id}` can set `{field}` differently for one mail",
            last.assignment.span,
            f"let one of them leave out what the other takes; as it is, `{last.rule.id}` has the"
            " last word",
            "warning",
            tuple((f"`{e.rule.id}` sets it here", e.assignment.span) for e, _ in shown),
            (f"a mail that `{first.rule.id}` and `{last.rule.id}` match: {mail.words}",),
            (last.rule.id, f"tables.{self.course.account.table}.fields.{field}"),
        )

    def _mail(self, one: _Sets, other: _Sets) -> Witness | None:
        """Return a mail for which both rules apply and give the field different values."""
        prover = self.course.prover
        goals = (self.always, prover.formula(one.rule.when), prover.formula(other.rule.when))
        verified = (one.rule.when, other.rule.when)
        mail = self.course.mail(goals, self.before, verified, answer=self.always is not TRUE)
        return mail if mail is not None and _differ(one, other, mail) else None


def _demands(formula: Formula) -> Mapping[Variable, Signs]:
    """Return what a rule wants of single fields, whatever else it wants."""
    found: dict[Variable, Signs] = {}
    for part in formula.parts if isinstance(formula, All) else (formula,):
        if isinstance(part, Literal) and part.atom.variable is not None:
            variable = part.atom.variable
            found[variable] = (*found.get(variable, ()), (part.atom, part.holds))
    return found


def _may_differ(one: _Sets, other: _Sets) -> bool:
    a, b = one.assignment.value.constant, other.assignment.value.constant
    if one.rule is other.rule or (a is not None and a == b):
        return False
    return not any(
        refuted(variable, (*signs, *other.demands[variable]))
        for variable, signs in one.demands.items()
        if variable in other.demands
    )


def _differ(one: _Sets, other: _Sets, mail: Witness) -> bool:
    """Return whether the values differ for a mail; one that is missing sets nothing."""
    a, b = (each.assignment.value.of(mail.scope) for each in (one, other))
    return a != b and not any(value in (None, (), "") for value in (a, b))
