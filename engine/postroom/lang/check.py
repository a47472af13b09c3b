"""From nodes to terms: every name resolved, every type known, every mistake reported."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from postroom.lang import nodes, operations
from postroom.lang.calls import check_call, check_filtered, is_yes_or_no
from postroom.lang.comparisons import emptiness, equal, ordered, within_list
from postroom.lang.context import Context
from postroom.lang.demands import comparable, plain
from postroom.lang.literals import (
    check_items,
    check_number,
    check_quantity,
    check_text,
    check_truth,
)
from postroom.lang.names import check_index, check_item, check_member, check_name
from postroom.lang.searches import contains, contains_some, fits
from postroom.lang.terms import Apply, Constant, Logic, Otherwise, Term
from postroom.lang.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DURATION,
    INTEGER,
    TIMESTAMP,
    Type,
    optional,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.nodes import Node
    from postroom.lang.scheme import Scheme
    from postroom.source.words import Words


def context_for(words: Words, scheme: Scheme) -> Context:
    """Return what a check starts with."""
    return Context(words, scheme, _check)


def check_condition(node: Node, context: Context) -> Term | None:
    """Return what a `when:` means, or None if it is wrong; see the context's findings."""
    term = context.term(node)
    return term if term is not None and is_yes_or_no(term, context) else None


def _check(node: Node, context: Context) -> Term | None:
    return _CHECKS[type(node)](node, context)


def _either(node: nodes.Either, context: Context) -> Term | None:
    if any(isinstance(part, nodes.Both) for part in node.parts):
        context.report(
            node,
            "PR105",
            "`and` and `or` are mixed without brackets",
            _with_brackets(node, context),
        )
    parts = _conditions(node.parts, context)
    return None if parts is None else Logic(node, BOOLEAN, "or", parts)


def _with_brackets(node: nodes.Either, context: Context) -> str:
    """Return the hint: the author's words with brackets, if they are not too many."""
    parts = [
        f"({context.text(part)})" if isinstance(part, nodes.Both) else context.text(part)
        for part in node.parts
    ]
    most = 80
    written = " or ".join(parts)
    return f"write {written if len(written) <= most else '(a and b) or c, or a and (b or c)'}"


def _both(node: nodes.Both, context: Context) -> Term | None:
    parts = _conditions(node.parts, context)
    return None if parts is None else Logic(node, BOOLEAN, "and", parts)


def _conditions(parts: tuple[Node, ...], context: Context) -> tuple[Term, ...] | None:
    found = [context.term(part) for part in parts]
    right = [term for term in found if term is not None and is_yes_or_no(term, context)]
    return tuple(right) if len(right) == len(parts) else None


def _negation(node: nodes.Negation, context: Context) -> Term | None:
    parts = _conditions((node.of,), context)
    return None if parts is None else Logic(node, BOOLEAN, "not", parts)


def _group(node: nodes.Group, context: Context) -> Term | None:
    return context.term(node.of)


def _comparison(node: nodes.Comparison, context: Context) -> Term | None:
    sides = context.terms(node.left, node.right)
    return None if sides is None else _COMPARISONS[node.operator](node, *sides, context)


_COMPARISONS: dict[nodes.Operator, Callable[..., Term | None]] = {
    "==": equal,
    "!=": equal,
    "<": ordered,
    "<=": ordered,
    ">": ordered,
    ">=": ordered,
    "in": within_list,
    "not in": within_list,
    "contains": contains,
    "starts_with": contains,
    "ends_with": contains,
    "contains_any": contains_some,
    "contains_all": contains_some,
    "like": fits,
    "matches": fits,
}


def _fallback(node: nodes.Fallback, context: Context) -> Term | None:
    if any(isinstance(part, nodes.Sum) for part in node.parts):
        hint = "write (a ?? b) + c, or a ?? (b + c)"
        context.report(node, "PR105", "`??` is mixed with `+` or `-` without brackets", hint)
    parts = context.terms(*node.parts)
    if parts is None:
        return None
    first = parts[0].type
    for part in parts[:-1]:
        if not part.type.optional:
            words = f"`{context.text(part.node)}` is never missing, so the fallback is never used"
            hint = "a text that is not there is empty" if part.type.kind == "text" else ""
            context.report(part.node, "PR205", words, hint)
            return None
    for part in parts[1:]:
        if not _same_kind(part.type, first):
            words = f"the fallback is {part.type.described()}, and the field is {first.described()}"
            context.report(part.node, "PR203", words)
            return None
    return Otherwise(node, _joined(parts), parts)


def _same_kind(one: Type, other: Type) -> bool:
    return comparable(one, other) and one.table == other.table


def _joined(parts: tuple[Term, ...]) -> Type:
    """Return the type of the first value that is not missing."""
    first, last = parts[0].type, parts[-1].type
    if _kinds(parts) == {"integer", "decimal"}:
        first = DECIMAL
    values = [_values(part) for part in parts]
    known = tuple(dict.fromkeys(chain.from_iterable(values))) if all(values) else ()
    joined = Type(first.kind, of=first.of, table=first.table, values=known, form=first.form)
    return optional(joined) if last.optional else joined


def _values(part: Term) -> tuple[str, ...]:
    if isinstance(part, Constant) and isinstance(part.value, str):
        return (part.value,)
    return part.type.values


def _sum(node: nodes.Sum, context: Context) -> Term | None:
    sides = context.terms(node.left, node.right)
    if sides is None or not plain(sides, context):
        return None
    left, right = sides
    found = _SUMS.get((left.type.kind, node.sign, right.type.kind))
    if found is None:
        what = "add" if node.sign == "+" else "subtract"
        words = f"cannot {what} {left.type.described()} and {right.type.described()}"
        hint = "to put texts together use a value: ${a} ${b}" if "text" in _kinds(sides) else ""
        if {"integer"} < _kinds(sides):
            hint = hint or "a time span has a unit: 30s, 5m, 1h, 2d, 1w"
        context.report(node, "PR203", words, hint)
        return None
    type_, function = found
    return Apply(node, type_, node.sign, function, (left, right))


def _kinds(terms: tuple[Term, ...]) -> set[str]:
    return {term.type.kind for term in terms}


def _add(a: Any, b: Any) -> Any:  # noqa: ANN401 - two whole numbers
    return a + b


def _subtract(a: Any, b: Any) -> Any:  # noqa: ANN401 - numbers, or moments
    return a - b


_SUMS: dict[tuple[str, str, str], tuple[Type, Callable[..., Any]]] = {
    ("integer", "+", "integer"): (INTEGER, _add),
    ("integer", "-", "integer"): (INTEGER, _subtract),
    ("timestamp", "-", "timestamp"): (DURATION, _subtract),
    ("date", "-", "date"): (DURATION, _subtract),
    ("duration", "+", "timestamp"): (TIMESTAMP, lambda a, b: operations.later(b, a)),
    ("duration", "+", "date"): (DATE, lambda a, b: operations.later(b, a)),
    **{
        (kind.kind, sign, "duration"): (kind, function)
        for kind in (TIMESTAMP, DATE, DURATION)
        for sign, function in (("+", operations.later), ("-", operations.earlier))
    },
    **{
        (left, sign, right): (DECIMAL, function)
        for left, right in (("decimal", "decimal"), ("decimal", "integer"), ("integer", "decimal"))
        for sign, function in (
            ("+", operations.decimal_sum), ("-", operations.decimal_difference),
        )
    },
}  # fmt: skip
"""What comes of `a + b` and `a - b`, by their kinds."""


_CHECKS: dict[type[Node], Callable[[Any, Context], Term | None]] = {
    nodes.Either: _either,
    nodes.Both: _both,
    nodes.Negation: _negation,
    nodes.Group: _group,
    nodes.Comparison: _comparison,
    nodes.Emptiness: emptiness,
    nodes.Fallback: _fallback,
    nodes.Sum: _sum,
    nodes.Name: check_name,
    nodes.Member: check_member,
    nodes.Index: check_index,
    nodes.Item: check_item,
    nodes.Call: check_call,
    nodes.Filtered: check_filtered,
    nodes.Items: check_items,
    nodes.Text: check_text,
    nodes.Number: check_number,
    nodes.Quantity: check_quantity,
    nodes.Truth: check_truth,
}
