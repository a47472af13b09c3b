"""What is written out: texts, numbers, sizes, time spans, lists."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from postroom.lang import limits, units
from postroom.lang.calls import written_out
from postroom.lang.names import type_of_items
from postroom.lang.terms import Constant, Term
from postroom.lang.types import BOOLEAN, DECIMAL, DURATION, INTEGER, TEXT, list_of
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from postroom.lang import nodes
    from postroom.lang.context import Context


def check_items(node: nodes.Items, context: Context) -> Term | None:
    """Check `["a", "b"]`."""
    if len(node.items) > limits.LIST:
        words = f"this list has {len(node.items):,} items, more than {limits.LIST:,}"
        context.report(node, "PR109", words, "put it under `lists:` and write lists.name")
        return None
    found = [written_out(item, context) for item in node.items]
    items = [item for item in found if item is not None]
    if len(items) < len(found):
        return None
    values = tuple(item.value for item in items)
    item_type = type_of_items(values)
    if item_type is None:
        kinds = sorted({item.type.kind for item in items})
        words = f"a list holds one type, and this one mixes {' and '.join(kinds)}"
        hint = "a text stands in quotes, a number does not"
        if len(kinds) == 1:
            words, hint = f"a list cannot hold a {kinds[0]}", "it holds texts, numbers or booleans"
        context.report(node, "PR214", words, hint)
        return None
    return Constant(node, list_of(item_type), values)


def check_text(node: nodes.Text, context: Context) -> Term | None:
    """Check a text."""
    if "${" in node.value and not node.raw:
        words = "there is no `${ }` inside the text of an expression"
        context.report(node, "PR107", words, 'write the field alone: subject, not "${subject}"')
        return None
    return Constant(node, TEXT, node.value)


def check_truth(node: nodes.Truth, _: Context) -> Term:
    """Check `true` and `false`."""
    return Constant(node, BOOLEAN, node.value)


def check_number(node: nodes.Number, context: Context) -> Term | None:
    """Check `3` and `4.5`."""
    if isinstance(node.value, Decimal):
        if len(node.value.as_tuple().digits) <= limits.DIGITS:
            return Constant(node, DECIMAL, node.value)
    elif -limits.INTEGER <= node.value < limits.INTEGER:
        return Constant(node, INTEGER, node.value)
    context.report(node, "PR110", "this number is too large", "")
    return None


def check_quantity(node: nodes.Quantity, context: Context) -> Term | None:
    """Check `25MB` and `2d`."""
    span, size = units.SPANS.get(node.unit), units.SIZES.get(node.unit)
    if span is None and size is None:
        _refuse_unit(node, context)
        return None
    if "." in node.amount:
        hint = "take a smaller unit: 90m, 1500KB"
        context.report(node, "PR110", "a number with a unit is a whole number", hint)
        return None
    amount = int(node.amount[: limits.DIGITS])
    if size is not None and amount * size < limits.INTEGER:
        return Constant(node, INTEGER, amount * size)
    if span is not None and amount <= units.LONGEST / span:
        return Constant(node, DURATION, timedelta(seconds=amount * span.total_seconds()))
    hint = "a time span reaches a hundred years" if span is not None else ""
    context.report(node, "PR110", "this number is too large", hint)
    return None


def _refuse_unit(node: nodes.Quantity, context: Context) -> None:
    known = (*units.SIZES, *units.SPANS)
    meant = units.MEANT.get(node.unit.casefold())
    if meant is not None:
        hint = f"write `{node.amount}{meant}`"
    else:
        hint = did_you_mean(node.unit, known) or f"there are: {', '.join(known)}"
    context.report(node, "PR110", f"`{node.unit}` is no unit", hint)
