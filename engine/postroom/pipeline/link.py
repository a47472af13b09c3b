"""What several accounts with one address make of the same message: whose it is, and who refers.

Each account decides for itself and commits for itself. So whichever is second makes the link: an
account that comes after its primary fills in its own reference, and a primary that comes after
others fills in theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical
from postroom.model.decision import Link, Provenance, RecordChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.model.record import RecordRef
    from postroom.pipeline.context import Context
    from postroom.pipeline.sheet import Sheet
    from postroom.rules.ruleset import Account, RuleSet

BY = "shared"
"""What stands for a rule where a reference was filled in."""


def asked_about(account: Account, rules: RuleSet) -> tuple[str, ...]:
    """Return the accounts whose records of the same messages matter to this one."""
    if account.link is not None:
        return (account.link.primary,)
    others = _sharing(account, rules)
    if account.shared == "first":
        return tuple(each.name for each in others)
    linked = (each for each in others if each.link and each.link.primary == account.name)
    return tuple(each.name for each in linked)


def kept_by_others(account: Account, rules: RuleSet) -> Mapping[str, str]:
    """Return the tables that other accounts with the address feed, each with such an account.

    One that is switched off feeds none: what was left to it, nobody would take. One without
    `receive` may be fed by `postroom deliver`, so it counts.
    """
    if not account.shared:
        return {}
    others = [each for each in _sharing(account, rules) if each.table != account.table]
    return {each.table: each.name for each in reversed(others) if each.active}


def refer(context: Context, sheet: Sheet) -> None:
    """Fill in the reference to the primary's record, unless the record refers to one already."""
    link, primary = context.account.link, context.facts.primary
    if link is None or primary is None or sheet.now(link.field) is not None:
        return
    if sheet.table.fields[link.field].table == primary.table:
        sheet.put(link.field, primary.id, Provenance(BY, link.span.place))


def referred_to(context: Context, change: RecordChange) -> Iterator[Link]:
    """Yield the records that others made of the message before, as they refer to this one."""
    for name, record in context.facts.linking:
        account = context.rules.accounts.get(name)
        if account is None or account.link is None:
            continue
        field = account.link.field
        written = RecordChange(
            "update",
            record.ref,
            {field: change.ref.id},
            before={field: None},
            revision=record.revision + 1,
        )
        yield Link(name, written, {field: Provenance(BY, account.link.span.place)})


def told_of_primary(context: Context) -> Iterator[str]:
    """Yield in words what the primary made of the message."""
    link, primary = context.account.link, context.facts.primary
    if link and primary:
        which = called(primary, context.rules)
        yield f"the account {link.primary} made {which} of the same message"


def called(ref: RecordRef, rules: RuleSet) -> str:
    """Return what people call a record: its number, or its table and id."""
    table = rules.tables.get(ref.table)
    return table.number_of(ref.id) if table and table.number else f"{ref.table} {ref.id}"


def who_answers(context: Context) -> str:
    """Return the account that writes to the sender in the place of this one; "" if none does."""
    link = context.account.link
    if link is None:
        return ""
    primary = context.rules.accounts.get(link.primary)
    is_there = primary is not None and primary.active
    return link.primary if is_there or context.facts.primary is not None else ""


def _sharing(account: Account, rules: RuleSet) -> list[Account]:
    address = canonical(account.address)
    others = (each for each in rules.accounts.values() if each.name != account.name)
    return [each for each in others if canonical(each.address) == address]
