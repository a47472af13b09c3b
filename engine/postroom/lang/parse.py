"""From text to nodes, by the grammars."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import as_file
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

from lark import Lark, Token, Transformer, UnexpectedInput

from postroom.lang import limits, nodes
from postroom.lang.mistakes import in_expression, in_template
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.source.words import Words

_N = TypeVar("_N", bound=nodes.Node)
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}


def parse_condition(words: Words) -> nodes.Node:
    """Return the tree of a `when:`. Raises RuleError."""
    return _parse(words, "condition")


def parse_hole(words: Words) -> nodes.Node:
    """Return the tree of what stands between `${` and `}`. Raises RuleError."""
    return _parse(words, "hole")


class Piece(NamedTuple):
    """A stretch of a template: literal text, or what stands in a hole."""

    kind: Literal["text", "hole"]
    words: Words
    text: str
    """text: the text that it stands for."""


def parse_template(words: Words) -> tuple[Piece, ...]:
    """Cut a text at its holes. Raises RuleError."""
    if len(words.value) > limits.TEMPLATE:
        raise RuleError([_too_long(words, "text", limits.TEMPLATE)])
    if "$" not in words.value:
        return (Piece("text", words, words.value),) if words.value else ()
    try:
        tree = _template_parser().parse(words.value)
    except UnexpectedInput as problem:
        raise RuleError([in_template(problem, words)]) from None
    return tuple(_piece(cast("Token", token), words) for token in tree.children)


def _piece(token: Token, words: Words) -> Piece:
    start, end = _start(token), _end(token)
    if token.type == "HOLE":
        return Piece("hole", words.part(start + 2, end - 1), "")
    return Piece("text", words.part(start, end), "$" if token.type == "DOLLAR" else str(token))


def _parse(words: Words, start: Literal["condition", "hole"]) -> nodes.Node:
    if len(words.value) > limits.EXPRESSION:
        raise RuleError([_too_long(words, "expression", limits.EXPRESSION)])
    try:
        # With a transformer the parser gives what that makes of the start rule, not a Tree.
        node = cast("nodes.Node", cast("object", _expression_parser().parse(words.value, start)))
    except UnexpectedInput as problem:
        raise RuleError([in_expression(problem, words, start)]) from None
    if node.depth > limits.DEPTH:
        raise RuleError([_too_deep(node, words)])
    if "\\" in words.value:
        _refuse_unknown_escapes(node, words)
    return node


@cache
def _expression_parser() -> Lark:
    return _open("expression.lark", start=["condition", "hole"], transformer=_ToNodes())


@cache
def _template_parser() -> Lark:
    return _open("template.lark", start="template")


def _open(name: str, **options: Any) -> Lark:  # noqa: ANN401 - as Lark.open does
    with as_file(shipped("grammars")) as folder:
        return Lark.open(str(folder / name), parser="lalr", maybe_placeholders=False, **options)


def _start(part: Token | nodes.Node) -> int:
    return cast("int", part.start_pos) if isinstance(part, Token) else part.start


def _end(part: Token | nodes.Node) -> int:
    return cast("int", part.end_pos) if isinstance(part, Token) else part.end


_Parts = list[Token | nodes.Node]


class _ToNodes(Transformer[Token, nodes.Node]):
    """Makes a node of each rule as the parser gets to its end; there is no tree in between."""

    def _make(self, kind: type[_N], parts: _Parts, *values: object) -> _N:
        below = _below(parts)
        depth = 1 + max((node.depth for node in below), default=0)
        return kind(_start(parts[0]), _end(parts[-1]), depth, *values)

    def condition(self, parts: list[nodes.Node]) -> nodes.Node:
        return parts[0]

    hole = condition

    def either(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Either, parts, _below(parts))

    def both(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Both, parts, _below(parts))

    def fallback(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Fallback, parts, _below(parts))

    def negation(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Negation, parts, parts[1])

    def group(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Group, parts, parts[1])

    def operator(self, parts: list[Token]) -> Token:
        return Token.new_borrow_pos("OPERATOR", " ".join(parts), parts[0])

    def comparison(self, parts: _Parts) -> nodes.Node:
        left, operator, right = parts
        return self._make(nodes.Comparison, parts, left, str(operator), right)

    def is_empty(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Emptiness, parts, parts[0], True)  # noqa: FBT003 - a value

    def is_not_empty(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Emptiness, parts, parts[0], False)  # noqa: FBT003 - a value

    def sum(self, parts: _Parts) -> nodes.Node:
        left, sign, right = parts
        return self._make(nodes.Sum, parts, left, str(sign), right)

    def name(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Name, parts, str(parts[0]))

    def member(self, parts: _Parts) -> nodes.Node:
        of, _dot, name = parts
        return self._make(nodes.Member, parts, of, str(name), _start(name))

    def index(self, parts: _Parts) -> nodes.Node:
        of, _bracket, key, _end_bracket = parts
        return self._make(nodes.Index, parts, of, self.string([key]))

    def item(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Item, parts, "")

    def item_member(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Item, parts, str(parts[1]))

    def call(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Call, parts, str(parts[0]), _below(parts))

    def filter(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Filter, parts, str(parts[0]), _below(parts))

    def filtered(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Filtered, parts, parts[0], tuple(parts[1:]), None)

    def filtered_or(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Filtered, parts, parts[0], tuple(parts[1:-1]), parts[-1])

    def items(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Items, parts, _below(parts))

    def string(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Text, parts, _unescaped(str(parts[0])[1:-1]))

    def raw(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Text, parts, str(parts[0])[2:-1], True)  # noqa: FBT003 - a value

    def number(self, parts: _Parts) -> nodes.Node:
        written = "".join(cast("list[Token]", parts))
        value = Decimal(written) if "." in written else int(written)
        return self._make(nodes.Number, parts, value)

    def quantity(self, parts: _Parts) -> nodes.Node:
        written = str(parts[0])
        amount = written.rstrip(_LETTERS)
        return self._make(nodes.Quantity, parts, amount, written[len(amount) :])

    def truth(self, parts: _Parts) -> nodes.Node:
        return self._make(nodes.Truth, parts, str(parts[0]) == "true")


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _below(parts: Sequence[Token | nodes.Node]) -> tuple[nodes.Node, ...]:
    return tuple(part for part in parts if isinstance(part, nodes.Node))


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written
    letters = iter(written)
    read = []
    for letter in letters:
        if letter == "\\":
            escaped = next(letters)
            read.append(_ESCAPES.get(escaped, "\\" + escaped))
        else:
            read.append(letter)
    return "".join(read)


def _refuse_unknown_escapes(root: nodes.Node, words: Words) -> None:
    findings = [
        Diagnostic(
            "PR110",
            f"`{words.value[at : at + 2]}` means nothing in a text",
            words.span_of(at, at + 2),
            'a pattern is written r"...", with an r before it; a backslash is written `\\\\`',
        )
        for node in nodes.walk(root)
        if isinstance(node, nodes.Text) and not node.raw
        for at in _unknown_escapes(words.value, node)
    ]
    if findings:
        raise RuleError(findings)


def _unknown_escapes(text: str, node: nodes.Text) -> list[int]:
    found = []
    at = text.find("\\", node.start, node.end)
    while at != -1:
        if text[at + 1] not in _ESCAPES:
            found.append(at)
        at = text.find("\\", at + 2, node.end)
    return found


def _too_long(words: Words, what: str, most: int) -> Diagnostic:
    return Diagnostic(
        "PR109",
        f"this {what} has {len(words.value):,} characters, more than {most:,}",
        words.span_of(most, len(words.value)),
        "put long lists of words under `lists:` and use `lists.name`",
    )


def _too_deep(node: nodes.Node, words: Words) -> Diagnostic:
    while node.depth > 1 and node.depth > limits.DEPTH // 2:
        node = max(node.children, key=lambda below: below.depth)
    return Diagnostic(
        "PR109",
        f"brackets and operators are more than {limits.DEPTH} deep here",
        words.span_of(node.start, node.end),
        "cut the condition into several rules",
    )
