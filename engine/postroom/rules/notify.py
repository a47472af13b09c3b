"""`notify`: who is told when something became of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.rules import keys
from postroom.rules.expressions import condition, template
from postroom.rules.filters import first_key, rule_id_of
from postroom.rules.given import Given, checked_address, listed
from postroom.rules.mailbox import plugin_settings
from postroom.rules.ruleset import NotifyRule
from postroom.rules.settings import hide_secrets
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from postroom.lang.expression import Template
    from postroom.lang.scheme import Scheme
    from postroom.model.record import Table
    from postroom.rules.ruleset import Send
    from postroom.rules.world import World
    from postroom.source.nodes import Node

_WITH_RECORD = ("created", "updated")
"""Outcomes after which there is a record to speak of."""


def read_notify(
    world: World, account: Given, table: Table, send: Send | None
) -> tuple[NotifyRule, ...]:
    """Return the notify rules of an account."""
    rules = (_rule(world, item, table, send) for item in account.items("notify"))
    return tuple(rule for rule in rules if rule)


def _rule(world: World, node: Node, table: Table, send: Send | None) -> NotifyRule | None:
    given = Given.open(world.findings, keys.NOTIFY, node, "a notify rule", first_key(node))
    if given is None or not isinstance(node, Mapping):
        return None
    hide_secrets(world.findings, node.entries)
    rule_id, span = rule_id_of(world, given)
    after = given.choices("after")
    with_record = all(outcome in _WITH_RECORD for outcome in after)
    scheme = world.scheme(table if with_record else None)
    use, settings = _notifier(world, given, send)
    unverified = given.flag("allow_unverified")
    if unverified:
        message = "senders who are not authenticated get an answer, forged ones too"
        hint = "delete `allow_unverified` unless strangers must be answered"
        world.findings.warn("PR354", message, given.key_span("allow_unverified"), hint)
    return NotifyRule(
        id=rule_id,
        span=span,
        after=after,
        when=condition(world, given, scheme),
        use=use,
        to=_recipients(world, given, scheme),
        template=world.template(
            given.scalar("template"), table=table.name, with_record=with_record
        ),
        settings=settings,
        allow_unverified=unverified,
    )


def _notifier(world: World, given: Given, send: Send | None) -> tuple[str, Any]:
    """Return which notifier a rule uses, and its settings where it brings its own."""
    use = given.scalar("use")
    if use is None:
        _check_own(world, given, send)
        return "", None
    if send is not None and send.use == use.value and not given.others:
        return use.value, None
    name = f"{given.text('id')}-notify"
    settings = plugin_settings(world, "notifier", use, given.others, name)
    return use.value, settings


def _check_own(world: World, given: Given, send: Send | None) -> None:
    """Note what a rule lacks, or has too much, that uses the account's own notifier."""
    for entry in given.others:
        message = f"unknown key `{entry.name}`"
        hint = f"the keys are {listed(given.section.names)}; add `use:` for those of a notifier"
        world.findings.error("PR030", message, entry.key.span, hint)
    if send is None:
        message = "there is nothing to send this with"
        hint = "add `send:` to the account, or `use:` to the rule"
        world.findings.error("PR304", message, given.span, hint)
    if "to" not in given:
        hint = 'add `to: "${from.addr_spec}"` to answer the sender, or an address'
        world.findings.error("PR306", "the rule does not say to whom", given.span, hint)


def _recipients(world: World, given: Given, scheme: Scheme) -> tuple[Template, ...]:
    node = given.node("to")
    items = node.items if isinstance(node, Sequence) else (node,)
    found = []
    for item in items:
        if isinstance(item, Scalar) and "$" not in item.value:
            checked_address(world.findings, item)
        compiled = template(world, item, scheme, "header", "`to`")
        if compiled:
            found.append(compiled)
    return tuple(found)
