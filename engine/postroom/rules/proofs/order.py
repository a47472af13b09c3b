"""Rules that no mail reaches, because those before them take everything that they match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.rules.proofs.atoms import Flag
from postroom.rules.proofs.formula import (
    TRUE,
    Literal,
    all_of,
    is_true,
    negated,
    some_of,
)
from postroom.rules.proofs.stoppers import Stopper, Stoppers
from postroom.rules.ruleset import AccessRule
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from postroom.lang.expression import Condition
    from postroom.rules.proofs.formula import Formula
    from postroom.rules.proofs.prover import Prover, Witness
    from postroom.rules.ruleset import Account, Filter, NotifyRule, ShapeRule

_ROUNDS = 48
"""So many rules before it are held against a rule, of those that do take some of its mail."""
_TRIED = 8
"""So often another mail is looked for that no rule takes."""
_LONG = 40
"""Of a longer access list, it is not worked out whom it lets through."""


@dataclass(slots=True)
class Course:
    """The way of a mail through the rules of one account."""

    prover: Prover
    account: Account
    filters: Stoppers = field(init=False)
    """The filters that take mail."""

    def __post_init__(self) -> None:
        self.filters = Stoppers(self.prover)

    def findings(self) -> Iterator[Diagnostic]:
        """Yield a finding for each rule that is never reached."""
        account = self.account
        yield from self._in_order(account.filters, self.filters, TRUE)
        yield from self._in_order(account.create, self._more(), TRUE)
        yield from self._in_order(account.update, self._more(), self.leads_to_record)
        refused = self.refused(account.create)
        yield from self._all(account.mapping.rules, refused, TRUE)
        created = [rule for rule in account.notify if rule.after == ("created",)]
        yield from self._all(created, refused, TRUE)
        if account.updates.quoted_text == "keep":
            return  # `body.reply` is another text there than in the filters
        refused = self.refused(account.update)
        yield from self._all(account.updates.rules, refused, self.leads_to_record)

    def mail(
        self,
        goals: Iterable[Formula],
        before: Stoppers,
        verified: Sequence[Condition | None],
        *,
        answer: bool = False,
    ) -> Witness | None:
        """Return a mail for which the goals hold and that none of the rules before takes.

        `answer` says whether it is for a record; `verified` conditions are asked themselves.
        """
        wanted = list(goals)
        for _ in range(_TRIED):
            mail = self.prover.witness(self.account, wanted, answer=answer, verified=verified)
            taker = None if mail is None else next(before.taking(mail.walk), None)
            if taker is None:
                return mail
            wanted.append(negated(taker.formula))
        return None

    def _more(self) -> Stoppers:
        """Return the filters, to which rules of another section can be added."""
        return Stoppers(self.prover, self.filters)

    @property
    def leads_to_record(self) -> Formula:
        """What is true of every mail that updates a record (`postroom.pipeline.admit.route`)."""
        token, participant, aligned = (
            self._yes(name) for name in ("token.valid", "thread.participant", "auth.aligned")
        )
        return some_of((token, all_of((participant, aligned))))

    def _yes(self, name: str) -> Formula:
        found = self.prover.known.variables[name]
        return Literal(self.prover.known.atom((found, "flag"), lambda: Flag(found)))

    def refused(self, rules: Sequence[AccessRule]) -> Stoppers:
        """Return the rules that keep mail from becoming, or changing, a record.

        The filters are among them once `findings` has gone through them.
        """
        found = self._more()
        before: list[Formula] = []
        for rule in rules if len(rules) <= _LONG else ():
            formula = self.prover.formula(rule.when)
            if rule.then != "allow_as":
                found.add(rule, all_of((formula, *map(negated, before))))
            before.append(formula)
        return found

    def _in_order(
        self, rules: Sequence[Filter | AccessRule], before: Stoppers, always: Formula
    ) -> Iterator[Diagnostic]:
        """Yield findings about rules of which each takes mail from those behind it."""
        for rule in rules:
            formula = self.prover.formula(rule.when)
            found = self._finding(rule, formula, before, always)
            if found is not None and not _is_demanded(rule, rules):
                yield found
            if takes(rule):
                before.add(rule, formula)
                if is_true(formula):
                    return  # what stands behind it is found when the rules are loaded

    def _all(
        self, rules: Sequence[ShapeRule | NotifyRule], before: Stoppers, always: Formula
    ) -> Iterator[Diagnostic]:
        for rule in rules:
            found = self._finding(rule, self.prover.formula(rule.when), before, always)
            if found is not None:
                yield found

    def _finding(
        self,
        rule: Filter | AccessRule | ShapeRule | NotifyRule,
        formula: Formula,
        before: Stoppers,
        always: Formula,
    ) -> Diagnostic | None:
        takers = self._takers(formula, before, always) if before.may_take(formula) else []
        if not takers:
            return None
        fewest = self._fewest(formula, takers, always)
        if len(fewest) == 1:
            return self._shadowed(rule, formula, fewest[0], always)
        names = ", ".join(f"`{each.rule.id}`" for each in fewest[:-1])
        return Diagnostic(
            "PR350",
            f"the rule `{rule.id}` is never reached: {names} and `{fewest[-1].rule.id}` together"
            " take everything that it matches",
            rule.span,
            f"delete `{rule.id}`, or move it up",
            "warning",
            tuple((f"`{each.rule.id}` is here", each.rule.span) for each in fewest),
            about=(rule.id,),
        )

    def _shadowed(
        self,
        rule: Filter | AccessRule | ShapeRule | NotifyRule,
        formula: Formula,
        taker: Stopper,
        always: Formula,
    ) -> Diagnostic:
        verified = (rule.when, taker.rule.when)
        answer = always is not TRUE
        witness = self.prover.witness(
            self.account, (always, formula), answer=answer, verified=verified
        )
        notes = (f"a mail that both match: {witness.words}",) if witness else ()
        return Diagnostic(
            "PR360",
            f"the rule `{rule.id}` is never reached: `{taker.rule.id}` takes everything that it"
            " matches",
            rule.span,
            f"delete `{rule.id}`, or move it up, before `{taker.rule.id}`",
            "warning",
            (("it is here", taker.rule.span),),
            notes,
            (rule.id,),
        )

    def _takers(self, formula: Formula, before: Stoppers, always: Formula) -> list[Stopper]:
        """Return rules that together take everything; none if that is not proved."""
        goals = [always, formula]
        takers: list[Stopper] = []
        for _ in range(_ROUNDS):
            witness = self.prover.witness(self.account, goals, answer=always is not TRUE)
            if witness is None:
                return takers if takers and self.prover.impossible(*goals) else []
            new = [each for each in before.taking(witness.walk) if each not in takers]
            if not new:
                return []
            takers.append(new[0])
            goals.append(negated(new[0].formula))
        return []

    def _fewest(self, formula: Formula, takers: list[Stopper], always: Formula) -> list[Stopper]:
        """Return as few of the rules as take everything, one if one is enough."""
        for each in takers:
            if self.prover.impossible(always, formula, negated(each.formula)):
                return [each]
        needed = list(takers)
        for each in takers:
            rest = [other for other in needed if other is not each]
            if self.prover.impossible(always, formula, *(negated(r.formula) for r in rest)):
                needed = rest
        return needed


def _is_demanded(rule: Filter | AccessRule, rules: Sequence[Filter | AccessRule]) -> bool:
    """Return whether a rule is the catch-all that an access list must end with."""
    return isinstance(rule, AccessRule) and rule.when is None and rule is rules[-1]


def takes(rule: Filter | AccessRule) -> bool:
    """Return whether a rule keeps mail from those behind it."""
    return rule.then != "no_answer" and not getattr(rule, "shadow", False)
