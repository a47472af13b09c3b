"""Every proof about a rule set: what can be said of it without any mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.lint_senders import Senders
from postroom.rules.proofs.conflicts import Conflicts
from postroom.rules.proofs.constants import Constants
from postroom.rules.proofs.formula import TRUE
from postroom.rules.proofs.order import Course
from postroom.rules.proofs.prover import Prover
from postroom.rules.rules_of import rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.lang.expression import Condition
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.source.diagnostic import Diagnostic


def proved(rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield a warning for each thing that is proved to be wrong, or of no use, in the rules.

    PR350 and PR360: a rule that is never reached. PR361 and PR362: a condition, or a part of one,
    that never or always holds. PR363: two rules that set a field differently for one mail. PR365 to
    PR367: answers without a limit, echoes, and trust without proof.
    """
    prover = Prover(rules)
    for rule_id, condition in conditions(rules):
        yield from Constants(prover, condition, rule_id).findings()
    for account in rules.accounts.values():
        yield from _of_account(prover, account)


def conditions(rules: RuleSet) -> Iterator[tuple[str, Condition]]:
    """Yield each condition once, also those of filters that accounts share, with its rule's id."""
    seen: set[int] = set()
    for account in rules.accounts.values():
        for rule in rules_of(account):
            if rule.when is not None and id(rule.when) not in seen:
                seen.add(id(rule.when))
                yield rule.id, rule.when


def _of_account(prover: Prover, account: Account) -> Iterator[Diagnostic]:
    course = Course(prover, account)
    yield from course.findings()
    for shape, refused, always in (
        (account.mapping, course.refused(account.create), TRUE),
        (account.updates, course.refused(account.update), course.leads_to_record),
    ):
        yield from Conflicts(course, refused, always).findings(shape.rules)
    yield from Senders(prover.rules, course).findings()
