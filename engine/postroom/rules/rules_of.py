"""The rules of an account, whatever section they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from postroom.rules.ruleset import AccessRule, Account, Filter, NotifyRule, ShapeRule

if TYPE_CHECKING:
    from collections.abc import Iterator

AnyRule: TypeAlias = Filter | AccessRule | ShapeRule | NotifyRule


def rules_of(account: Account) -> Iterator[AnyRule]:
    """Yield the rules of an account in the order in which they are asked."""
    yield from account.filters
    yield from account.create
    yield from account.update
    yield from account.mapping.rules
    yield from account.updates.rules
    yield from account.notify
