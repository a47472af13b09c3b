"""`mapping` and `updates`: how a message becomes a record, and what an answer changes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from postroom.rules import keys
from postroom.rules.expressions import condition, value
from postroom.rules.filters import first_key, rule_id_of
from postroom.rules.given import Given
from postroom.rules.ruleset import Assignment, Shape, ShapeRule

if TYPE_CHECKING:
    from postroom.lang.scheme import Scheme
    from postroom.model.record import Field, Table
    from postroom.rules.world import World
    from postroom.source.nodes import Entry, Node

_GROWING = ("log", "files", "list", "multi_choice")
"""Types of fields that can be appended to."""


def read_mapping(world: World, account: Given, table: Table) -> Shape:
    """Return what `mapping` says."""
    given = Given.open(
        world.findings, keys.MAPPING, account.keys("mapping"), "`mapping`",
        account.key_span("mapping"),
    )  # fmt: skip
    return _shape(world, given, table, world.scheme()) if given else Shape()


def read_updates(world: World, account: Given, table: Table) -> Shape:
    """Return what `updates` says; it may read the record as it stands."""
    given = Given.open(
        world.findings, keys.UPDATES, account.keys("updates"), "`updates`",
        account.key_span("updates"),
    )  # fmt: skip
    return _shape(world, given, table, world.scheme(table)) if given else Shape()


def _shape(world: World, given: Given, table: Table, scheme: Scheme) -> Shape:
    quoted = given.choice("quoted_text") if given.section is keys.UPDATES else ""
    rules = (_rule(world, item, table, scheme) for item in given.items("rules"))
    return Shape(
        assignments=_assignments(world, given, table, scheme),
        rules=tuple(rule for rule in rules if rule),
        quoted_text=cast("Literal['keep', 'remove']", quoted or "remove"),
        span=given.span,
    )


def _rule(world: World, node: Node, table: Table, scheme: Scheme) -> ShapeRule | None:
    given = Given.open(world.findings, keys.SHAPE_RULE, node, "a rule", first_key(node))
    if given is None:
        return None
    rule_id, span = rule_id_of(world, given)
    if "set" not in given and "append" not in given:
        message = f"the rule `{rule_id}` sets nothing"
        world.findings.error("PR031", message, given.span, "add `set: {field: value}`")
    when = condition(world, given, scheme)
    return ShapeRule(rule_id, span, when, _assignments(world, given, table, scheme))


def _assignments(
    world: World, given: Given, table: Table, scheme: Scheme
) -> tuple[Assignment, ...]:
    found = []
    for name in ("set", "append"):
        mapping = given.keys(name)
        for entry in mapping.entries if mapping else ():
            field = world.field(table, entry.key)
            if field is None or not _can(world, field, entry, append=name == "append"):
                continue
            compiled = value(world, entry.node, scheme, field)
            found.append(Assignment(field.name, compiled, entry.key.span, append=name == "append"))
    return tuple(found)


def _can(world: World, field: Field, entry: Entry, *, append: bool) -> bool:
    """Return whether a field can be set, or appended to; note it if not."""
    error, span = world.findings.error, entry.key.span
    if field.type == "serial":
        error("PR254", f"`{field.name}` is a serial: the store counts it", span, "delete the line")
    elif field.type == "log" and not append:
        message = f"`{field.name}` is a log: it is only ever added to"
        error("PR256", message, span, "put it under `append:`, not under `set:`")
    elif append and field.type not in _GROWING:
        message = f"`{field.name}` holds one value, to which nothing can be appended"
        error("PR257", message, span, "put it under `set:`")
    else:
        return True
    return False
