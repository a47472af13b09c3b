"""Small mistakes that a person could make in a condition, each as the words it would become."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postroom.lang.nodes import (
    Both,
    Call,
    Comparison,
    Either,
    Emptiness,
    Group,
    Items,
    Member,
    Name,
    Negation,
    Node,
    Number,
    Operator,
    Quantity,
    Text,
    Truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS: dict[Operator, tuple[Operator, ...]] = {
    "==": ("!=",), "!=": ("==",), "in": ("not in",), "not in": ("in",),
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "contains_any": ("contains_all",), "contains_all": ("contains_any",),
    "starts_with": ("ends_with",), "ends_with": ("starts_with",),
}  # fmt: skip
"""What stands there by mistake instead of an operator; of the others, the opposite is taken."""
_QUANTIFIERS = {"any": "all", "all": "any", "none": "any"}


class Rewritten(NamedTuple):
    """A stretch of a condition that is written anew."""

    start: int
    end: int
    text: str


def rewrites(text: str, node: Node) -> Iterator[Rewritten]:
    """Yield every small mistake in a condition; not all of them make sense to the checker."""
    if isinstance(node, Name | Member | Call) and not _is_quantified(node):
        yield Rewritten(node.start, node.end, f"not {text[node.start : node.end]}")
    yield from _within(text, node)


def _within(text: str, node: Node) -> Iterator[Rewritten]:
    match node:
        case Both(parts=parts) | Either(parts=parts):
            yield from _joined(text, node, parts)
        case Negation(of=of):
            yield Rewritten(node.start, node.end, text[of.start : of.end])
        case Comparison():
            yield from _compared(text, node)
        case Emptiness(of=of, empty=empty):
            yield Rewritten(of.end, node.end, " is not empty" if empty else " is empty")
        case Call(name=name) if name in _QUANTIFIERS:
            yield Rewritten(node.start, node.start + len(name), _QUANTIFIERS[name])
        case _:
            yield from _literal(text, node)
    conditions = _conditions(node)
    for child in node.children:
        yield from (rewrites if child in conditions else _within)(text, child)


def _is_quantified(node: Node) -> bool:
    return isinstance(node, Call) and node.name in _QUANTIFIERS


def _conditions(node: Node) -> tuple[Node, ...]:
    """Return which parts of a node are conditions of their own."""
    match node:
        case Both(parts=parts) | Either(parts=parts):
            return parts
        case Group(of=of):
            return (of,)
        case _:
            return ()


def _joined(text: str, node: Both | Either, parts: tuple[Node, ...]) -> Iterator[Rewritten]:
    words = [text[part.start : part.end] for part in parts]
    other = " or " if isinstance(node, Both) else " and "
    yield Rewritten(node.start, node.end, other.join(words))
    same = " and " if isinstance(node, Both) else " or "
    for left_out in range(len(words)):
        kept = same.join(words[:left_out] + words[left_out + 1 :])
        yield Rewritten(node.start, node.end, kept)


def _compared(text: str, node: Comparison) -> Iterator[Rewritten]:
    others = _OTHERS.get(node.operator)
    if others is None:
        yield Rewritten(node.start, node.end, f"not {text[node.start : node.end]}")
    for other in others or ():
        yield Rewritten(node.left.end, node.right.start, f" {other} ")


def _literal(text: str, node: Node) -> Iterator[Rewritten]:
    match node:
        case Text():
            written = text[node.start : node.end]
            yield Rewritten(node.start, node.end, f"{written[:-1]}x{written[-1]}")
        case Number(value=value):
            yield Rewritten(node.start, node.end, str(value + 1))
        case Quantity(amount=amount, unit=unit) if amount.isdecimal():
            yield Rewritten(node.start, node.end, f"{int(amount) + 1}{unit}")
        case Truth(value=value):
            yield Rewritten(node.start, node.end, "false" if value else "true")
        case Items(items=items) if len(items) > 1:
            words = [text[item.start : item.end] for item in items]
            for left_out in range(len(words)):
                kept = ", ".join(words[:left_out] + words[left_out + 1 :])
                yield Rewritten(node.start, node.end, f"[{kept}]")
        case _:
            return
