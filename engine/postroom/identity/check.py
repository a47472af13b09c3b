"""What is wrong between the rules of an account and the permissions of its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.identity.missing import missing_rights, never_permitted
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.identity.missing import Missing
    from postroom.rules.ruleset import Account, RuleSet


def permission_findings(rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield what the accounts do and no group permits.

    A warning PR358 for each thing that the guest may not do: nothing is lost at run time, such a
    mail is denied, such a field stays empty, and the decision says why. An error for what nobody
    may do: PR307 create a record, PR308 set a field, PR309 set one by a block.
    """
    for account in rules.accounts.values():
        never = list(never_permitted(account, rules))
        yield from (_never(account, missing, rules) for missing in never)
        said = {missing.span for missing in never}
        for missing in missing_rights(account, rules):
            if missing.span not in said:
                yield _guest(account, missing, rules)


def _never(account: Account, missing: Missing, rules: RuleSet) -> Diagnostic:
    table, field, group = account.table, missing.field, next(iter(rules.groups))
    may = "create" if missing.what == "field" else "edit"
    add = f"add `{field}` to the `fields` of a group that may {may} a {table}"
    if missing.what == "create":
        message = f"contacts are let in here, and no group may create a {table}"
        hint = f"add to `groups:`: `{group}: {{{table}: {{create: true}}}}`"
        return Diagnostic("PR307", message, missing.span, hint)
    if missing.what == "label":
        message = f"a label stands for `{field}`, and no group may edit that field"
        return Diagnostic("PR309", message, missing.span, f"{add}, or delete the label")
    who = "a new message" if missing.what == "field" else "an answer"
    message = f"{who} never sets `{field}`: no group may"
    return Diagnostic("PR308", message, missing.span, f"{add}, or delete the line")


def _guest(account: Account, missing: Missing, rules: RuleSet) -> Diagnostic:
    group = rules.contacts.guest_groups[0] if rules.contacts else "guests"
    table = account.table
    if missing.what == "create":
        message = f"the guest is let in here, and no group of the guest may create a {table}"
        hint = f"add to `groups:`: `{group}: {{{table}: {{create: true}}}}`"
        return Diagnostic("PR358", message, missing.span, hint, "warning")
    message = f"mail from strangers does not set `{missing.field}`: no group of the guest may"
    hint = f"add `{missing.field}` to the `fields` of `{group}` in `{table}`"
    return Diagnostic("PR358", message, missing.span, hint, "warning")
