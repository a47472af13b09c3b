"""How a node is made of the parts of a rule of expression.lark: one function for each rule."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from postroom.lang import nodes
from postroom.lang.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_N = TypeVar("_N", bound=nodes.Node)
Part: TypeAlias = Token | nodes.Node

ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _make(kind: type[_N], parts: Sequence[Part], *values: object) -> _N:
    depth = 1 + max((part.depth for part in parts if isinstance(part, nodes.Node)), default=0)
    return kind(parts[0].start, parts[-1].end, depth, *values)


def _below(parts: Sequence[Part]) -> tuple[nodes.Node, ...]:
    return tuple(part for part in parts if isinstance(part, nodes.Node))


def _text(part: Part) -> str:
    return cast("Token", part).text


def _all(parts: Sequence[Part]) -> Part:
    return parts[0]


def _either(parts: Sequence[Part]) -> Part:
    return _make(nodes.Either, parts, _below(parts))


def _both(parts: Sequence[Part]) -> Part:
    return _make(nodes.Both, parts, _below(parts))


def _fallback(parts: Sequence[Part]) -> Part:
    return _make(nodes.Fallback, parts, _below(parts))


def _negation(parts: Sequence[Part]) -> Part:
    return _make(nodes.Negation, parts, parts[1])


def _group(parts: Sequence[Part]) -> Part:
    return _make(nodes.Group, parts, parts[1])


def _operator(parts: Sequence[Part]) -> Part:
    return Token("operator", " ".join(map(_text, parts)), parts[0].start, parts[-1].end)


def _comparison(parts: Sequence[Part]) -> Part:
    left, operator, right = parts
    return _make(nodes.Comparison, parts, left, _text(operator), right)


def _is_empty(parts: Sequence[Part]) -> Part:
    return _make(nodes.Emptiness, parts, parts[0], True)  # noqa: FBT003 - a value


def _is_not_empty(parts: Sequence[Part]) -> Part:
    return _make(nodes.Emptiness, parts, parts[0], False)  # noqa: FBT003 - a value


def _sum(parts: Sequence[Part]) -> Part:
    left, sign, right = parts
    return _make(nodes.Sum, parts, left, _text(sign), right)


def _name(parts: Sequence[Part]) -> Part:
    return _make(nodes.Name, parts, _text(parts[0]))


def _member(parts: Sequence[Part]) -> Part:
    of, _dot, name = parts
    return _make(nodes.Member, parts, of, _text(name), name.start)


def _index(parts: Sequence[Part]) -> Part:
    of, _bracket, key, _end_bracket = parts
    return _make(nodes.Index, parts, of, _string([key]))


def _item(parts: Sequence[Part]) -> Part:
    return _make(nodes.Item, parts, "")


def _item_member(parts: Sequence[Part]) -> Part:
    return _make(nodes.Item, parts, _text(parts[1]))


def _call(parts: Sequence[Part]) -> Part:
    return _make(nodes.Call, parts, _text(parts[0]), _below(parts))


def _filter(parts: Sequence[Part]) -> Part:
    return _make(nodes.Filter, parts, _text(parts[0]), _below(parts))


def _filtered(parts: Sequence[Part]) -> Part:
    return _make(nodes.Filtered, parts, parts[0], tuple(parts[1:]), None)


def _filtered_or(parts: Sequence[Part]) -> Part:
    return _make(nodes.Filtered, parts, parts[0], tuple(parts[1:-1]), parts[-1])


def _items(parts: Sequence[Part]) -> Part:
    return _make(nodes.Items, parts, _below(parts))


def _string(parts: Sequence[Part]) -> Part:
    return _make(nodes.Text, parts, _unescaped(_text(parts[0])[1:-1]))


def _raw(parts: Sequence[Part]) -> Part:
    return _make(nodes.Text, parts, _text(parts[0])[2:-1], True)  # noqa: FBT003 - a value


def _number(parts: Sequence[Part]) -> Part:
    written = "".join(map(_text, parts))
    value = Decimal(written) if "." in written else int(written)
    return _make(nodes.Number, parts, value)


def _quantity(parts: Sequence[Part]) -> Part:
    written = _text(parts[0])
    amount = written.rstrip(_LETTERS)
    return _make(nodes.Quantity, parts, amount, written[len(amount) :])


def _truth(parts: Sequence[Part]) -> Part:
    return _make(nodes.Truth, parts, _text(parts[0]) == "true")


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written
    letters = iter(written)
    read = []
    for letter in letters:
        if letter == "\\":
            escaped = next(letters)
            read.append(ESCAPES.get(escaped, "\\" + escaped))
        else:
            read.append(letter)
    return "".join(read)


MAKERS: Mapping[str, Callable[[Sequence[Part]], Part]] = {
    "condition": _all,
    "hole": _all,
    "either": _either,
    "both": _both,
    "fallback": _fallback,
    "negation": _negation,
    "group": _group,
    "operator": _operator,
    "comparison": _comparison,
    "is_empty": _is_empty,
    "is_not_empty": _is_not_empty,
    "sum": _sum,
    "name": _name,
    "member": _member,
    "index": _index,
    "item": _item,
    "item_member": _item_member,
    "call": _call,
    "filter": _filter,
    "filtered": _filtered,
    "filtered_or": _filtered_or,
    "items": _items,
    "string": _string,
    "raw": _raw,
    "number": _number,
    "quantity": _quantity,
    "truth": _truth,
}
"""By the names of the rules."""
