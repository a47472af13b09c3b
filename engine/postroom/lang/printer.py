"""From nodes back to text. Parsing what is printed gives an equal tree."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang import nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def printed(node: nodes.Node) -> str:
    """Return an expression in the one spelling that the formatter gives it."""
    return _PRINTERS[type(node)](node)


def _joined(parts: Iterable[nodes.Node], between: str) -> str:
    return between.join(map(printed, parts))


def _filtered(node: nodes.Filtered) -> str:
    text = _joined((node.of, *node.filters), " | ")
    return f"{text} ?? {printed(node.otherwise)}" if node.otherwise is not None else text


def _filter(node: nodes.Filter) -> str:
    return f"{node.name}({_joined(node.arguments, ', ')})" if node.arguments else node.name


def _text(node: nodes.Text) -> str:
    if not node.raw:
        return f'"{node.value.translate(_ESCAPES)}"'
    bare = node.value.replace('\\"', "")
    return f"r'{node.value}'" if '"' in bare else f'r"{node.value}"'


def _number(node: nodes.Number) -> str:
    return f"{node.value:f}" if isinstance(node.value, Decimal) else str(node.value)


_PRINTERS: dict[type[nodes.Node], Callable[[Any], str]] = {
    nodes.Either: lambda n: _joined(n.parts, " or "),
    nodes.Both: lambda n: _joined(n.parts, " and "),
    nodes.Negation: lambda n: f"not {printed(n.of)}",
    nodes.Group: lambda n: f"({printed(n.of)})",
    nodes.Comparison: lambda n: f"{printed(n.left)} {n.operator} {printed(n.right)}",
    nodes.Emptiness: lambda n: f"{printed(n.of)} is {'' if n.empty else 'not '}empty",
    nodes.Fallback: lambda n: _joined(n.parts, " ?? "),
    nodes.Sum: lambda n: f"{printed(n.left)} {n.sign} {printed(n.right)}",
    nodes.Name: lambda n: n.name,
    nodes.Member: lambda n: f"{printed(n.of)}.{n.name}",
    nodes.Index: lambda n: f"{printed(n.of)}[{printed(n.key)}]",
    nodes.Item: lambda n: f".{n.name}",
    nodes.Call: lambda n: f"{n.name}({_joined(n.arguments, ', ')})",
    nodes.Filter: _filter,
    nodes.Filtered: _filtered,
    nodes.Items: lambda n: f"[{_joined(n.items, ', ')}]",
    nodes.Text: _text,
    nodes.Number: _number,
    nodes.Quantity: lambda n: f"{n.amount}{n.unit}",
    nodes.Truth: lambda n: "true" if n.value else "false",
}
