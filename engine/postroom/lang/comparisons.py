"""`==`, `<` and their like, `in`, `is empty`: what may be compared with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from postroom.lang import operations
from postroom.lang.demands import (
    PARTS_TO_TAKE,
    about_quotes,
    comparable,
    folded,
    folded_each,
    plain,
    possible,
)
from postroom.lang.terms import Apply, Compared, Constant, Inline, Term
from postroom.lang.types import BOOLEAN, INTEGER, Type, list_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.context import Context
    from postroom.lang.nodes import Comparison, Emptiness

_ORDERED = ("integer", "decimal", "date", "timestamp", "duration")


def equal(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `a == b` and `a != b`."""
    if left.type.kind == right.type.kind == "record":
        return _same_record(node, left, right, context)
    if "list" in (left.type.kind, right.type.kind):
        _refuse_list(node, left, right, context)
        return None
    if not plain((left, right), context):
        return None
    if not comparable(left.type, right.type):
        _refuse_types(node, left.type, right.type, context)
        return None
    if left.type.kind == "text":
        return _same_text(node, left, right, context)
    return _compared(node, left, right)


def ordered(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `a < b` and its like."""
    if not plain((left, right), context):
        return None
    if left.type.kind == right.type.kind == "text":
        hint = "write `==`, `contains` or `starts_with`; length(text) gives a number"
        context.report(node, "PR203", "texts have no order", hint)
        return None
    if not comparable(left.type, right.type) or left.type.kind not in _ORDERED:
        _refuse_types(node, left.type, right.type, context)
        return None
    return _compared(node, left, right)


def within_list(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `a in b` and `a not in b`."""
    item = right.type.of if right.type.kind == "list" else None
    if item is None:
        words = f"`{node.operator}` needs a list behind it, and this is {right.type.described()}"
        hint = f"write: {context.text(node.right)} contains {context.text(node.left)}"
        context.report(node.right, "PR203", words, hint if right.type.kind == "text" else "")
        return None
    if not plain((left,), context) or not _plain_items(node, item, context):
        return None
    if not comparable(left.type, item):
        words = f"{left.type.described()} is never in {right.type.described()}"
        context.report(node, "PR203", words, about_quotes(left.type.kind, item.kind))
        return None
    if item.kind != "text":
        return _compared(node, left, right)
    if not possible(left.type, left, right, context) or not possible(item, right, left, context):
        return None
    form = left.type.form or item.form
    return _compared(node, folded(left, form), folded_each(right, form))


def emptiness(node: Emptiness, context: Context) -> Term | None:
    """Check `a is empty` and `a is not empty`."""
    of = context.term(node.of)
    if of is None:
        return None
    kind = of.type.kind if of.type.kind in ("text", "list") else ""
    if not kind and not of.type.optional:
        words = f"`{context.text(node.of)}` is {of.type.described()}, which is never empty"
        mailbox = of.type.kind == "mailbox"
        hint = f"write: {context.text(node.of)}.addr_spec is empty" if mailbox else ""
        context.report(node, "PR203", words, hint)
        return None
    return Apply(node, BOOLEAN, "is empty", _EMPTINESS[kind, node.empty], (of,))


_EMPTINESS: dict[tuple[str, bool], Callable[..., bool]] = {
    ("text", True): operations.is_blank,
    ("text", False): operations.is_not_blank,
    ("list", True): operations.is_bare,
    ("list", False): operations.is_not_bare,
    ("", True): operations.is_missing,
    ("", False): operations.is_not_missing,
}


def _compared(node: Comparison, left: Term, right: Term) -> Term:
    return Compared(node, BOOLEAN, cast("Inline", node.operator), left, right)


def _same_text(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if not possible(left.type, left, right, context):
        return None
    if not possible(right.type, right, left, context):
        return None
    form = left.type.form or right.type.form
    return _compared(node, folded(left, form), folded(right, form))


def _same_record(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.table != right.type.table:
        words = f"a {left.type.table} is never a {right.type.table}"
        context.report(node, "PR203", words)
        return None
    same = node.operator == "=="
    function = operations.same_record if same else operations.other_record
    return Apply(node, BOOLEAN, node.operator, function, (left, right))


def _plain_items(node: Comparison, item: Type, context: Context) -> bool:
    part = PARTS_TO_TAKE.get(item.kind)
    if part is None:
        return True
    words = f"`{context.text(node.right)}` is {list_of(item).described()}"
    hint = f"write: {context.text(node.left)} {node.operator} {context.text(node.right)}.{part}"
    context.report(node.right, "PR206", words, hint)
    return False


def _refuse_list(node: Comparison, left: Term, right: Term, context: Context) -> None:
    many, one = (left, right) if left.type.kind == "list" else (right, left)
    words = f"`{context.text(many.node)}` is {many.type.described()}, not one value"
    name = context.text(many.node)
    item = many.type.of or INTEGER
    if item.kind in PARTS_TO_TAKE:
        name = f"{name}.{PARTS_TO_TAKE[item.kind]}"
    negated = "not " if node.operator == "!=" else ""
    hint = f"write: {context.text(one.node)} {negated}in {name}"
    if one.type.kind == "list":
        hint = "ask for each item with `in`"
    elif isinstance(one, Constant) and one.value == "":
        hint = f"write: {name} is {negated}empty"
    context.report(node, "PR203", words, hint)


def _refuse_types(node: Comparison, left: Type, right: Type, context: Context) -> None:
    kinds = {left.kind, right.kind}
    hint = about_quotes(left.kind, right.kind)
    if kinds == {"date", "timestamp"}:
        moment = node.left if left.kind == "timestamp" else node.right
        hint = f"write: date({context.text(moment)})"
    elif "text" in kinds and kinds & {"date", "timestamp"}:
        hint = 'a date is written date("2026-01-31")'
    elif kinds == {"duration", "integer"}:
        hint = "a time span has a unit: 30s, 5m, 1h, 2d, 1w"
    words = f"{left.described()} cannot be compared with {right.described()}"
    context.report(node, "PR203", words, hint)
