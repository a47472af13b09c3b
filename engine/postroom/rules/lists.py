"""`lists`: named lists of texts or of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.rules.given import shaped
from postroom.rules.literals import whole_number
from postroom.rules.names import check_name
from postroom.source.nodes import Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.world import World
    from postroom.source.nodes import Entry


def read_lists(world: World, sections: Iterable[Entry]) -> None:
    """Add the lists to the world."""
    for entry in sections:
        check_name(world.findings, entry.key, what="list", hyphens=False)
        found = shaped(world.findings, entry.node, Sequence, f"`{entry.name}`")
        items = found.items if found else ()
        scalars = [shaped(world.findings, i, Scalar, "an item of a list") for i in items]
        world.lists[entry.name] = _items([each for each in scalars if each])


def _items(scalars: list[Scalar]) -> tuple[Any, ...]:
    """Return whole numbers if every item is one and stands without quotes; else texts."""
    if scalars and all(_is_number(each) for each in scalars):
        return tuple(int(each.value) for each in scalars)
    return tuple(each.value for each in scalars)


def _is_number(node: Scalar) -> bool:
    digits = node.value.removeprefix("-")
    return (
        node.style == "plain"
        and whole_number(node.value) is not None
        and (digits == "0" or digits[0] != "0")
    )
