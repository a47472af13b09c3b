"""Fields that nothing fills in and nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.rules_of import rules_of
from postroom.rules.ruleset import NotifyRule, ShapeRule
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.ruleset import Account, RuleSet

_BY_ITSELF = ("serial",)
"""The store fills these in."""


def unused_fields(rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield a warning for each field of an account's table that stays empty and is never read.

    Tables without an account are filled in by people. A field with a default is never empty.
    """
    set_fields = {pair for account in rules.accounts.values() for pair in _set(account)}
    read = {path for account in rules.accounts.values() for path in _read(account)}
    for each in rules.templates.values():
        for part in (each.subject, each.text, each.html):
            read |= part.reads if part else frozenset()
    for name in sorted({account.table for account in rules.accounts.values()}):
        for field in rules.tables[name].fields.values():
            place = f"tables.{name}.fields.{field.name}"
            needed = field.default is not None or field.type in _BY_ITSELF
            looked_up = _is_looked_up(rules, name, field.name)
            known = (name, field.name) in set_fields or f"record.{field.name}" in read
            if not (needed or looked_up or known) and place in rules.places:
                yield Diagnostic(
                    "PR364",
                    f"the field `{field.name}` of `{name}` is not used: nothing fills it in",
                    rules.places[place],
                    f"set it under `mapping:`, `set: {{{field.name}: ...}}`, or delete it",
                    "warning",
                    about=(place,),
                )


def _is_looked_up(rules: RuleSet, table: str, field: str) -> bool:
    """Return whether the engine itself reads a field: that of a sender's address, or groups."""
    contacts = rules.contacts
    if contacts is None or contacts.table != table:
        return False
    emails = {each.name for each in rules.tables[table].of_type("email")}
    return field == contacts.groups or field in emails


def _set(account: Account) -> Iterator[tuple[str, str]]:
    if account.link is not None:
        yield account.table, account.link.field
    for shape in (account.mapping, account.updates):
        for assignments in (shape.assignments, *(rule.assignments for rule in shape.rules)):
            yield from ((account.table, each.field) for each in assignments)
    if account.parsing is not None:
        for labels in account.parsing.languages.values():
            yield from ((account.table, field) for field in labels.values())


def _read(account: Account) -> Iterator[str]:
    for rule in rules_of(account):
        if rule.when is not None:
            yield from rule.when.reads
        if isinstance(rule, ShapeRule):
            for assignment in rule.assignments:
                yield from assignment.value.reads
        if isinstance(rule, NotifyRule):
            for template in rule.to:
                yield from template.reads
    for shape in (account.mapping, account.updates):
        for assignment in shape.assignments:
            yield from assignment.value.reads
