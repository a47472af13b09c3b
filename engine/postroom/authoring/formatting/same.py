"""Whether two texts say the same: the formatter's conscience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.authoring.layout import ROOT, Keys, One, of_item, of_key
from postroom.lang.parse import parse_condition
from postroom.source.diagnostic import RuleError
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from postroom.authoring.formatting.page import Page
    from postroom.authoring.layout import Shape
    from postroom.source.nodes import Node

_NUMERIC = "0123456789-+."


def says_the_same(one: Page, other: Page) -> bool:
    """Return whether both have the same keys, values, conditions and comments.

    The order of the keys of a section does not count, nor how a condition is spaced.
    """
    comments = [sorted(comment.text for comment in page.comments()) for page in (one, other)]
    return comments[0] == comments[1] and _same(one.root, other.root, ROOT)


def _same(one: Node, other: Node, shape: Shape | None) -> bool:
    match one, other:
        case Mapping(), Mapping():
            return _same_keys(one, other, shape)
        case Sequence(), Sequence():
            its, pairs = of_item(shape), zip(one.items, other.items, strict=False)
            return len(one.items) == len(other.items) and all(_same(a, b, its) for a, b in pairs)
        case Scalar(), Scalar():
            return _same_value(one, other, shape)
        case _:
            return False


def _same_keys(one: Mapping, other: Mapping, shape: Shape | None) -> bool:
    names = [entry.name for entry in one.entries]
    others = [entry.name for entry in other.entries]
    if (sorted(names) != sorted(others)) if isinstance(shape, Keys) else (names != others):
        return False
    nodes = {entry.name: entry.node for entry in other.entries}
    return all(_same(e.node, nodes[e.name], of_key(shape, names, e.name)) for e in one.entries)


def _same_value(one: Scalar, other: Scalar, shape: Shape | None) -> bool:
    if isinstance(shape, One) and shape.kind == "condition":
        return _same_condition(one, other)
    return one.value == other.value and _kind(one) == _kind(other)


def _same_condition(one: Scalar, other: Scalar) -> bool:
    try:
        return parse_condition(one.words) == parse_condition(other.words)
    except RuleError:
        return one.value == other.value


def _kind(node: Scalar) -> str:
    """Return what a value is besides its text: quotes can make a text of it."""
    if node.style != "plain":
        return "text"
    special = node.is_null or node.value.lower() in ("true", "false")
    return "special" if special or node.value[:1] in _NUMERIC else "text"
