"""What is wrong between the access rules of an account and the permissions of its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.identity.permissions import missing_rights
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.identity.permissions import Missing
    from postroom.rules.ruleset import Account, RuleSet


def guest_findings(rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield a warning PR358 for each thing that an account has the guest do and no group permits.

    Nothing is lost at run time: such a mail is denied, such a field stays empty, and the decision
    says why. But nobody wants either.
    """
    for account in rules.accounts.values():
        for missing in missing_rights(account, rules):
            yield _finding(account, missing, rules)


def _finding(account: Account, missing: Missing, rules: RuleSet) -> Diagnostic:
    group = rules.contacts.guest_groups[0] if rules.contacts else "guests"
    table = account.table
    if missing.what == "create":
        message = f"the guest is let in here, and no group of the guest may create a {table}"
        hint = f"add to `groups:`: `{group}: {{{table}: {{create: true}}}}`"
        return Diagnostic("PR358", message, missing.span, hint, "warning")
    message = f"mail from strangers does not set `{missing.field}`: no group of the guest may"
    hint = f"add `{missing.field}` to the `fields` of `{group}` in `{table}`"
    return Diagnostic("PR358", message, missing.span, hint, "warning")
