"""Every proof about a rule set: what can be said of it without any mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.proofs.conflicts import Conflicts
from postroom.rules.proofs.constants import Constants
from postroom.rules.proofs.formula import TRUE
from postroom.rules.proofs.order import Course
from postroom.rules.proofs.prover import Prover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.lang.expression import Condition
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.source.diagnostic import Diagnostic


def proved(rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield a warning for each thing that is proved to be wrong, or of no use, in the rules.

    PR350 and PR360: a rule that is never reached. PR361 and PR362: a condition, or a part of one,
    that never or always holds. PR363: two rules that set a field differently for one mail.
    """
    prover = Prover(rules)
    for condition in conditions(rules):
        yield from Constants(prover, condition).findings()
    for account in rules.accounts.values():
        yield from _of_account(prover, account)


def conditions(rules: RuleSet) -> Iterator[Condition]:
    """Yield each condition of a rule set once, also those of filters that accounts share."""
    seen: set[int] = set()
    for account in rules.accounts.values():
        for condition in conditions_of(account):
            if id(condition) not in seen:
                seen.add(id(condition))
                yield condition


def conditions_of(account: Account) -> Iterator[Condition]:
    """Yield the conditions of an account in the order in which they are asked."""
    asked = (
        account.filters, account.create, account.update, account.mapping.rules,
        account.updates.rules, account.notify,
    )  # fmt: skip
    for section in asked:
        for rule in section:
            if rule.when is not None:
                yield rule.when


def _of_account(prover: Prover, account: Account) -> Iterator[Diagnostic]:
    course = Course(prover, account)
    yield from course.findings()
    for shape, refused, always in (
        (account.mapping, course.refused(account.create), TRUE),
        (account.updates, course.refused(account.update), course.leads_to_record),
    ):
        yield from Conflicts(course, refused, always).findings(shape.rules)
