"""`token_expires`: when the tokens of a table's records stop counting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.expressions import condition
from postroom.rules.given import Given
from postroom.rules.ruleset import TokenExpiry
from postroom.source.nodes import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.world import World
    from postroom.source.nodes import Entry


def read_token_expiry(world: World, sections: Iterable[Entry]) -> dict[str, TokenExpiry]:
    """Return what tables say of it, by table; wants lists, tables and contacts to be read."""
    found = {}
    for entry in sections:
        table = world.tables.get(entry.name)
        if table is None or not isinstance(entry.node, Mapping):
            continue
        for each in entry.node.entries:
            if each.name == "token_expires":
                span = each.key.span
                section = keys.TOKEN_EXPIRES
                given = Given.open(world.findings, section, each.node, "`token_expires`", span)
                after = given.duration("after") if given else None
                if given is not None and after is not None:
                    when = condition(world, given, world.scheme(table))
                    found[table.name] = TokenExpiry(after, when, span)
    return found
