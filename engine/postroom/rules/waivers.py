"""`waivers`: warnings that somebody looked at and accepts, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.filters import first_key
from postroom.rules.given import Given, suggestion
from postroom.rules.lints import LINTS
from postroom.rules.rules_of import rules_of
from postroom.rules.ruleset import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.rules.ruleset import Account
    from postroom.rules.world import World
    from postroom.source.nodes import Node
    from postroom.source.text import Span

NOT_NEEDED = "PR368"
WAIVABLE = tuple(sorted(lint.code for lint in LINTS if lint.waivable))
"""What `check` warns of. A mistake cannot be waived."""


def read_waivers(
    world: World,
    items: Iterable[Node],
    accounts: Mapping[str, Account],
    places: Mapping[str, Span],
) -> tuple[Waiver, ...]:
    """Return the waivers; what they name must be there."""
    found = (_waiver(world, item, accounts, places) for item in items)
    return tuple(each for each in found if each)


def _waiver(
    world: World, item: Node, accounts: Mapping[str, Account], places: Mapping[str, Span]
) -> Waiver | None:
    given = Given.open(world.findings, keys.WAIVER, item, "a waiver", first_key(item))
    if given is None:
        return None
    code, place, account = given.scalar("code"), given.scalar("place"), given.scalar("account")
    if code and code.value not in WAIVABLE:
        message = f"`{code.value}` is no warning that can be waived"
        hint = suggestion(code.value, WAIVABLE, "the warnings are")
        world.findings.error("PR035", message, code.span, hint)
    if ("rule" in given) == ("place" in given):
        message = "a waiver has either `rule` or `place`"
        both = "rule" in given
        hint = "delete one of them" if both else "add `rule:` with the id of a rule"
        world.findings.error(
            "PR044", message, given.key_span("place") if both else given.span, hint
        )
    if account and account.value not in accounts:
        hint = suggestion(account.value, accounts, "the accounts are")
        message = f"there is no account `{account.value}`"
        world.findings.error("PR245", message, account.span, hint)
    if place and place.value not in places:
        hint = suggestion(place.value, places, "there are") or "write it like `lists.holidays`"
        message = f"there is no `{place.value}` in these rules"
        world.findings.error("PR247", message, place.span, hint)
    if "reason" in given and not given.text("reason").strip():
        world.findings.error("PR033", "`reason` says nothing", given.key_span("reason"), "say why")
    return Waiver(
        code=code.value if code else "",
        span=code.span if code else given.span,
        reason=given.text("reason"),
        rules=_rules(world, given, accounts),
        place=place.value if place else "",
        account=account.value if account else "",
    )


def _rules(
    world: World, given: Given, accounts: Mapping[str, Account]
) -> tuple[tuple[str, Span], ...]:
    known = sorted({rule.id for account in accounts.values() for rule in rules_of(account)})
    found = given.texts("rule")
    for each in found:
        if each.value not in known:
            hint = suggestion(each.value, known, "the rules are")
            world.findings.error("PR246", f"there is no rule `{each.value}`", each.span, hint)
    return tuple((each.value, each.span) for each in found)
