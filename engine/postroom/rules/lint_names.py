"""Names that nothing uses, and addresses that several accounts have: noted while rules are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.filters import Shared
    from postroom.rules.ruleset import Account
    from postroom.rules.world import World
    from postroom.source.nodes import Entry


def note_unused(
    world: World, lists: Iterable[Entry], templates: Iterable[Entry], shared: Shared
) -> None:
    """Warn of lists, templates and lists of filters that nothing names.

    Says nothing while there are errors: what names them may be what is wrong.
    """
    if world.findings.failed:
        return
    for entry in lists:
        if entry.name not in world.lists_read:
            hint = f"read it as `lists.{entry.name}`, or delete it"
            world.findings.warn(
                "PR351", f"the list `{entry.name}` is not used", entry.key.span, hint
            )
    for entry in templates:
        if entry.name not in world.template_uses:
            message = f"the template `{entry.name}` is not used"
            world.findings.warn("PR352", message, entry.key.span, "delete it, or name it in a rule")
    for name, key in shared.keys.items():
        if name not in shared.used:
            message = f"the list of filters `{name}` is not used"
            hint = f"add `- use: {name}` to the filters of an account, or delete it"
            world.findings.warn("PR353", message, key.span, hint)


def note_shared_addresses(world: World, accounts: Iterable[Account]) -> None:
    """Note an address that several active accounts have, unless they agree on what follows."""
    seen: dict[str, Account] = {}
    for account in accounts:
        if not account.active or not account.address:
            continue
        first = seen.setdefault(account.address.casefold(), account)
        if first is account or account.shared == first.shared != "":
            continue
        related = ((f"`{first.name}` is here", first.span),)
        both = f"the accounts `{first.name}` and `{account.name}`"
        if account.shared and first.shared:
            message = f"{both} have the same address and say different things of it"
            hint = "write `shared: each` in both, or `shared: first`"
            world.findings.error("PR553", message, account.span, hint, related)
        else:
            message = f"{both} have the same address"
            hint = "say in both what follows: `shared: each`, or `shared: first`"
            world.findings.warn("PR355", message, account.span, hint, related)
