"""Which counts over the past an account's rules ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.lang.expression import Condition, Template, Value
    from postroom.model.facts import Window
    from postroom.pipeline.context import Rule
    from postroom.rules.ruleset import Account, RuleSet


def windows_of(account: Account, rules: RuleSet) -> frozenset[Window]:
    """Return every count that must be looked up before a message of the account is decided."""
    return frozenset(w for asked in _asked(account, rules) if asked for w in asked.windows)


def _asked(account: Account, rules: RuleSet) -> Iterator[Condition | Value | Template | None]:
    rules_with_conditions: tuple[Rule, ...] = (
        *account.filters, *account.create, *account.update, *account.notify
    )  # fmt: skip
    for rule in rules_with_conditions:
        yield rule.when
    for shape in (account.mapping, account.updates):
        yield from (assignment.value for assignment in shape.assignments)
        for conditional in shape.rules:
            yield conditional.when
            yield from (assignment.value for assignment in conditional.assignments)
    for notify in account.notify:
        yield from notify.to
    for template in rules.templates.values():
        yield from (template.subject, template.text, template.html)
