"""`receive` and `send`: where an account's mail comes from, and how it goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from postroom.model.envelope import AfterDecision
from postroom.rules import keys
from postroom.rules.given import Given, listed, suggestion
from postroom.rules.ruleset import Receive, Send
from postroom.rules.settings import hide_all, hide_secrets, read_settings
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Named

    from postroom.rules.findings import Findings
    from postroom.rules.world import World
    from postroom.source.nodes import Entry, Node
    from postroom.source.text import Span

_SHORTEST_POLL = timedelta(seconds=1)
_KEEP = AfterDecision()


def read_receive(world: World, account: Given) -> Receive | None:
    """Return what `receive` says, or None if there is none or it cannot be used."""
    given = _opened(world.findings, account, "receive", keys.RECEIVE)
    if given is None:
        return None
    use, settings = _plugin(world.findings, given, world.kinds.receive, "transport")
    if use in world.kinds.receivers:
        _check_pushed(world.findings, given, use)
    poll_every = given.duration("poll_every", least=_SHORTEST_POLL)
    full_sweep_every = given.duration("full_sweep_every", least=_SHORTEST_POLL)
    return Receive(
        use=use,
        settings=settings,
        poll_every=poll_every or _SHORTEST_POLL,
        full_sweep_every=full_sweep_every or _SHORTEST_POLL,
        after=_after(world.findings, given),
        span=account.key_span("receive"),
    )


def _check_pushed(findings: Findings, given: Given, use: str) -> None:
    """Note keys about a mailbox, for mail that lies in none."""
    for name in ("poll_every", "full_sweep_every", "after"):
        if name in given:
            message = f"`{name}` says nothing to `{use}`, to which mail is handed over"
            findings.error("PR540", message, given.key_span(name), "delete it")


def read_send(world: World, account: Given, address: str) -> Send | None:
    """Return what `send` says, or None if there is none or it cannot be used."""
    given = _opened(world.findings, account, "send", keys.SEND)
    if given is None:
        return None
    use, settings = _plugin(world.findings, given, world.kinds.notifiers, "notifier")
    sender = given.address("from") or address
    return Send(use, settings, sender, account.key_span("send"))


def plugin_settings(
    findings: Findings,
    kinds: Named[str, type],
    kind: str,
    use: Scalar,
    others: Iterable[Entry],
    span: Span,
) -> Any:  # noqa: ANN401 - the class is the plugin's own
    """Return the settings of the plugin that `use` names, or None if something is wrong."""
    if use.value not in kinds:
        hint = suggestion(use.value, kinds, f"the {kind}s are") or "install the plugin"
        findings.error("PR400", f"there is no {kind} `{use.value}`", use.span, hint)
        for entry in others:
            hide_all(findings, entry.node)
        return None
    what = f"the {kind} `{use.value}`"
    return read_settings(findings, kinds[use.value], others, what=what, span=span)


def _opened(findings: Findings, account: Given, name: str, section: keys.Section) -> Given | None:
    mapping = account.keys(name)
    if mapping is None:
        return None
    hide_secrets(findings, mapping.entries)
    return Given(findings, section, mapping, account.key_span(name))


def _plugin(
    findings: Findings, given: Given, kinds: Named[str, type], kind: str
) -> tuple[str, Any]:
    use = given.scalar("use")
    if use is None:
        return "", None
    return use.value, plugin_settings(findings, kinds, kind, use, given.others, use.span)


def _after(findings: Findings, receive: Given) -> dict[str, AfterDecision]:
    mapping = receive.keys("after")
    if mapping is None:
        return {}
    after = Given(findings, keys.AFTER, mapping, receive.key_span("after"))
    found = {}
    for name in keys.AFTER.names:
        if name in after:
            found[name] = _action(findings, after.node(name), after.key_span(name))
    return found


def _action(findings: Findings, node: Node | None, span: Span) -> AfterDecision:
    if isinstance(node, Scalar):
        if node.value not in keys.AFTER_WORDS:
            hint = "write `keep`, `{flag: X}`, `{move_to: X}` or `{delete_after: 2d}`"
            findings.error("PR035", f"`{node.value}` is nothing to do on a server", node.span, hint)
        return _KEEP
    given = Given.open(findings, keys.AFTER_DO, node, f"`{span.text}`", span)
    if given is None or not isinstance(node, Mapping):
        return _KEEP
    named = [entry for entry in node.entries if entry.name in keys.AFTER_DO.names]
    if len(named) != 1:
        if named or not node.entries:
            message = f"exactly one of {listed(keys.AFTER_DO.names)} can be done"
            findings.error("PR044", message, span, "keep one")
        return _KEEP
    if named[0].name == "flag":
        return AfterDecision("flag", given.text("flag"))
    if named[0].name == "move_to":
        return AfterDecision("move", given.text("move_to"))
    return AfterDecision("delete", "", given.duration("delete_after"))
