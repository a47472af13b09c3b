"""`filters`: named lists that accounts share, and the filters of an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from postroom.rules import keys
from postroom.rules.expressions import condition
from postroom.rules.given import Given, shaped, suggestion
from postroom.rules.names import check_name
from postroom.rules.ruleset import Filter
from postroom.rules.then import tell_of, verb_of
from postroom.source.nodes import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.world import World
    from postroom.source.nodes import Entry, Node, Scalar
    from postroom.source.text import Span

_STOPS = ("discard", "bounce", "quarantine")


@dataclass
class Shared:
    """The named lists of filters."""

    lists: dict[str, tuple[Filter, ...]] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Placed:
    """A filter of an account, and the place by which the account has it."""

    filter: Filter
    span: Span
    """Of its id, or of the name behind `use`."""


def read_shared_filters(world: World, sections: Iterable[Entry]) -> Shared:
    """Return the named lists of filters."""
    shared = Shared()
    for entry in sections:
        check_name(world.findings, entry.key, what="list of filters")
        found = shaped(world.findings, entry.node, Sequence, f"`{entry.name}`")
        rules = [read_filter(world, item) for item in (found.items if found else ())]
        shared.lists[entry.name] = tuple(rule for rule in rules if rule)
        shared.keys[entry.name] = entry.key
        _note_twice(world, shared.lists[entry.name])
    return shared


def _note_twice(world: World, rules: tuple[Filter, ...]) -> None:
    seen: dict[str, Filter] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            message = f"the rule id `{rule.id}` stands in this list a second time"
            world.findings.error(
                "PR300", message, rule.span, "choose another id", (("first here", first.span),)
            )


def read_account_filters(world: World, items: tuple[Node, ...], shared: Shared) -> list[Placed]:
    """Return the filters of an account, shared lists spliced in where they are used."""
    found: list[Placed] = []
    for item in items:
        if isinstance(item, Mapping) and item.get("use") is not None:
            found += _spliced(world, item, shared)
        elif rule := read_filter(world, item):
            found.append(Placed(rule, rule.span))
    return found


def _spliced(world: World, item: Mapping, shared: Shared) -> list[Placed]:
    given = Given(world.findings, keys.USE, item, item.entries[0].key.span)
    name = given.scalar("use")
    if name is None:
        return []
    if name.value not in shared.lists:
        hint = suggestion(name.value, shared.lists, "the lists are") or "add it to `filters:`"
        message = f"there is no list of filters `{name.value}`"
        world.findings.error("PR243", message, name.span, hint)
        return []
    shared.used.add(name.value)
    return [Placed(rule, name.span) for rule in shared.lists[name.value]]


def read_filter(world: World, node: Node) -> Filter | None:
    """Return one filter rule, or None if it cannot be one."""
    given = Given.open(world.findings, keys.FILTER, node, "a filter", first_key(node))
    if given is None:
        return None
    rule_id, span = rule_id_of(world, given)
    when = condition(world, given, world.scheme())
    verb, then = verb_of(world, given, keys.FILTER_WORDS, keys.FILTER_THEN)
    reason = then.text("quarantine") if then and verb == "quarantine" else ""
    tell = tell_of(world, then, "discard") if verb == "discard" else tell_of(world, None, "")
    return Filter(
        id=rule_id,
        span=span,
        when=when,
        then=cast("Literal['discard', 'quarantine', 'bounce', 'no_answer']", verb or "no_answer"),
        reason=reason,
        tell=tell,
        shadow=given.flag("shadow"),
    )


def rule_id_of(world: World, given: Given) -> tuple[str, Span]:
    """Return a rule's id and where it stands."""
    found = given.scalar("id")
    if found is None:
        return "", given.span
    check_name(world.findings, found, what="rule")
    if found.value in RESERVED_IDS:
        message = f"`{found.value}` is what the engine itself is called in a decision"
        world.findings.error("PR036", message, found.span, "choose another id")
    return found.value, found.span


RESERVED_IDS = ("parsing", "default")
"""They stand in decisions for what no rule did."""


def first_key(node: Node) -> Span:
    """Return what stands for an item of a list: its first key, or all of it."""
    if isinstance(node, Mapping) and node.entries:
        return node.entries[0].key.span
    return node.span


def note_unreached(world: World, rules: Iterable[Filter]) -> None:
    """Warn of filters behind one that stops every message."""
    stop: Filter | None = None
    for rule in rules:
        if stop is not None:
            message = f"the rule `{rule.id}` is never reached: `{stop.id}` takes every message"
            hint = f"give `{stop.id}` a `when:`, or move it to the end"
            world.findings.warn("PR350", message, rule.span, hint, (("it is here", stop.span),))
            return
        if rule.when is None and rule.then in _STOPS and not rule.shadow:
            stop = rule
