"""`receive` and `send`: where an account's mail comes from, and how it goes out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from postroom.mail.quotes.marker import MARKER, is_marker
from postroom.model.envelope import AfterDecision
from postroom.rules import keys
from postroom.rules.given import Given, listed, suggestion
from postroom.rules.literals import size
from postroom.rules.ruleset import Receive, Send
from postroom.rules.settings import hide_all, hide_secrets, read_settings
from postroom.rules.sign_ins import sign_in_of
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.envelope import ActionVerb
    from postroom.rules.findings import Findings
    from postroom.rules.world import World
    from postroom.source.nodes import Entry, Node
    from postroom.source.text import Span

_SHORTEST_POLL = timedelta(seconds=1)
_SMALLEST = 1_000
"""Bytes: room for saying that something was left out."""
_KEEP = AfterDecision()
_WORDS: dict[ActionVerb, str] = {
    "keep": "keep", "flag": "{flag: X}", "move": "{move_to: X}", "delete": "{delete_after: 2d}",
}  # fmt: skip


def read_receive(world: World, account: Given, name: str) -> Receive | None:
    """Return what `receive` says, or None if there is none or it cannot be used."""
    given = _opened(world.findings, account, "receive", keys.RECEIVE)
    if given is None:
        return None
    use, settings = _plugin(world, given, "transport", name)
    if use in world.kinds.receivers:
        _check_pushed(world.findings, given, use)
    poll_every = given.duration("poll_every", least=_SHORTEST_POLL)
    full_sweep_every = given.duration("full_sweep_every", least=_SHORTEST_POLL)
    return Receive(
        use=use,
        settings=settings,
        poll_every=poll_every or _SHORTEST_POLL,
        full_sweep_every=full_sweep_every or _SHORTEST_POLL,
        after=_after(world.findings, given, use, _verbs(world, use)),
        span=account.key_span("receive"),
        trace=given.flag("trace"),
        start_at=_day(world.findings, given, "start_at"),
        import_before=_day(world.findings, given, "import_before"),
    )


def _day(findings: Findings, given: Given, name: str) -> datetime | None:
    """Return when a day begins, in UTC."""
    found = given.scalar(name)
    if found is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(found.value), time(), UTC)
    except ValueError:
        message, hint = f"`{name}` must be a day", f"write `{name}: 2026-11-01`"
        findings.error("PR552", message, found.span, hint)
        return None


def _check_pushed(findings: Findings, given: Given, use: str) -> None:
    """Note keys about a mailbox, for mail that lies in none."""
    for name in ("poll_every", "full_sweep_every", "after", "start_at", "import_before", "trace"):
        if name in given:
            message = f"`{name}` says nothing to `{use}`, to which mail is handed over"
            findings.error("PR540", message, given.key_span(name), "delete it")


def read_send(world: World, account: Given, name: str, address: str) -> Send | None:
    """Return what `send` says, or None if there is none or it cannot be used."""
    given = _opened(world.findings, account, "send", keys.SEND)
    if given is None:
        return None
    use, settings = _plugin(world, given, "notifier", f"{name}-send")
    sender = given.address("from") or address
    return Send(
        use,
        settings,
        sender,
        account.key_span("send"),
        plus_addresses=given.flag("plus_addresses"),
        reply_marker=_reply_marker(world.findings, given),
        max_body=_size(world.findings, given, "max_body"),
        max_attachments=_size(world.findings, given, "max_attachments"),
    )


def _reply_marker(findings: Findings, given: Given) -> str:
    """Return the line above which answers are written, which must be one that we know again."""
    text = given.text("reply_marker").strip()
    if text == "none":
        return ""
    if not text or "\n" in text or not is_marker(text):
        hint = f"begin it with dashes, and say `above this line` in a language: `{MARKER}`"
        message = "an answer would not be cut at this line"
        findings.error("PR258", message, given.key_span("reply_marker"), hint)
    return text


def _size(findings: Findings, given: Given, name: str) -> int:
    found = size(given.text(name))
    if found is None or found < _SMALLEST:
        message = f"`{name}` is a size of at least 1KB"
        findings.error("PR259", message, given.key_span(name), f"write `{name}: 5MB`")
        return _SMALLEST
    return int(found)


def plugin_settings(
    world: World,
    kind: Literal["transport", "notifier", "authenticator", "scanner"],
    use: Scalar,
    others: Iterable[Entry],
    name: str,
) -> Any:  # noqa: ANN401 - the class is the plugin's own
    """Return the settings of the plugin that `use` names, or None if something is wrong.

    `name` is for a sign-in that stands in them: its tokens are kept under it.
    """
    findings = world.findings
    kinds = {
        "transport": world.kinds.receive,
        "notifier": world.kinds.notifiers,
        "authenticator": world.kinds.authenticators,
        "scanner": world.kinds.scanners,
    }[kind]
    if use.value not in kinds:
        hint = suggestion(use.value, kinds, f"the {kind}s are") or "install the plugin"
        findings.error("PR400", f"there is no {kind} `{use.value}`", use.span, hint)
        for entry in others:
            hide_all(findings, entry.node)
        return None
    what = f"the {kind} `{use.value}`"
    return read_settings(
        findings,
        kinds[use.value],
        others,
        what=what,
        span=use.span,
        sign_in=lambda entry: sign_in_of(world, entry, name),
    )


def _opened(findings: Findings, account: Given, name: str, section: keys.Section) -> Given | None:
    mapping = account.keys(name)
    if mapping is None:
        return None
    hide_secrets(findings, mapping.entries)
    return Given(findings, section, mapping, account.key_span(name))


def _plugin(
    world: World, given: Given, kind: Literal["transport", "notifier"], name: str
) -> tuple[str, Any]:
    use = given.scalar("use")
    if use is None:
        return "", None
    return use.value, plugin_settings(world, kind, use, given.others, name)


def _verbs(world: World, use: str) -> tuple[ActionVerb, ...]:
    """Return what can be done where the mail lies: everything, if the settings do not say."""
    found: tuple[ActionVerb, ...] = getattr(world.kinds.receive.get(use), "verbs", tuple(_WORDS))
    return found


def _after(
    findings: Findings, receive: Given, use: str, verbs: tuple[ActionVerb, ...]
) -> dict[str, AfterDecision]:
    """Return what is to become of messages on their server, which must be possible there."""
    mapping = receive.keys("after")
    if mapping is None:
        return {}
    after = Given(findings, keys.AFTER, mapping, receive.key_span("after"))
    found = {}
    for name in keys.AFTER.names:
        if name in after:
            found[name] = _action(findings, after.node(name), after.key_span(name))
            if found[name].verb not in verbs:
                message = f"`{use}` cannot {found[name].verb} a message"
                hint = f"it can {listed(_WORDS[each] for each in verbs)}"
                findings.error("PR590", message, after.key_span(name), hint)
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
