"""The same rule set with some of its rules changed: watched, or with a mistake put in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.rules.rules_of import AnyRule
    from postroom.rules.ruleset import Account, RuleSet, Shape


def with_rules(rules: RuleSet, change: Callable[[AnyRule], AnyRule | None]) -> RuleSet:
    """Return the rule set with each rule as `change` gives it; None leaves the rule out."""
    accounts = {name: _changed(account, change) for name, account in rules.accounts.items()}
    return replace(rules, accounts=accounts)


def _changed(account: Account, change: Callable[[AnyRule], AnyRule | None]) -> Account:
    def each(rules: tuple[AnyRule, ...]) -> Any:  # noqa: ANN401 - of the kind that comes in
        return tuple(new for rule in rules if (new := change(rule)) is not None)

    def shape(of: Shape) -> Shape:
        return replace(of, rules=each(of.rules))

    return replace(
        account,
        filters=each(account.filters),
        create=each(account.create),
        update=each(account.update),
        mapping=shape(account.mapping),
        updates=shape(account.updates),
        notify=each(account.notify),
    )
