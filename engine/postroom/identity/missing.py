"""What an account does that no permission of its groups allows: found without any mail.

Permissions add up, and nothing takes one away. So what somebody in every group may not do, nobody
may; and what the guest's declared groups do not permit, no stranger may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from postroom.identity.permissions import Principal, Rights, carries_words
from postroom.model.record import ADD_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.ruleset import AccessRule, Account, Assignment, RuleSet, Shape
    from postroom.source.text import Span


@dataclass(frozen=True, slots=True)
class Missing:
    """A right that is lacking for what an account does."""

    what: Literal["create", "field", "answer", "label"]
    """To create; to set a field of a new record, one from an answer, one by a block."""
    field: str
    span: Span
    """The access rule that lets somebody in, or the assignment to the field."""


def missing_rights(account: Account, rules: RuleSet) -> Iterator[Missing]:
    """Yield what the guest may not do although the account's rules have the guest do it."""
    entrance = next((r for r in account.create if r.principal == "guest"), None)
    if entrance is None or rules.contacts is None:
        return
    guest = Principal("the guest", rules.contacts.guest, None, rules.contacts.guest_groups)
    yield from _of_new(entrance, account, Rights.of(guest, account.table, rules))


def never_permitted(account: Account, rules: RuleSet) -> Iterator[Missing]:
    """Yield what nobody may do, in whatever groups, although the account's rules have it done."""
    everybody = Principal("whoever is in all groups", "", None, tuple(rules.groups))
    rights = Rights.of(everybody, account.table, rules)
    entrance = next((r for r in account.create if _lets_contacts_in(r)), None)
    if entrance is not None:
        yield from _of_new(entrance, account, rights)
    if any(r.then == "allow_as" for r in account.update):
        yield from _of_answers(account, rules, rights)
    if account.parsing is not None:
        labels = (name for each in account.parsing.languages.values() for name in each.values())
        for name in dict.fromkeys(labels):
            if rights.why_never_write(name) is not None:
                yield Missing("label", name, account.parsing.span)


def _lets_contacts_in(rule: AccessRule) -> bool:
    return rule.then == "allow_as" and rule.principal != "guest"


def _of_new(entrance: AccessRule, account: Account, rights: Rights) -> Iterator[Missing]:
    if rights.why_not_create() is not None:
        yield Missing("create", "", entrance.span)
        return
    for assignment in _assignments(account.mapping):
        if rights.why_not_write(assignment.field, None) is not None:
            yield Missing("field", assignment.field, assignment.span)


def _of_answers(account: Account, rules: RuleSet, rights: Rights) -> Iterator[Missing]:
    """Yield what no answer can set; adding to a record needs no more than its token."""
    fields = rules.tables[account.table].fields
    strict = all(r.needs_permission for r in account.update if r.then == "allow_as")
    for assignment in _assignments(account.updates):
        adds = assignment.append or fields[assignment.field].type in ADD_ONLY
        if (strict or not adds) and rights.why_never_write(assignment.field) is not None:
            yield Missing("answer", assignment.field, assignment.span)


def _assignments(shape: Shape) -> Iterator[Assignment]:
    """Yield the assignments that put the sender's words into a field."""
    every = (*shape.assignments, *(a for rule in shape.rules for a in rule.assignments))
    return (each for each in every if carries_words(each.value))
