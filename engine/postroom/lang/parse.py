"""From text to nodes, by the grammars."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeGuard, cast

from lark import Lark, UnexpectedInput
from lark import Token as Lexed

from postroom.lang import limits, nodes
from postroom.lang.building import ESCAPES, MAKERS, Part
from postroom.lang.mistakes import in_expression, in_template
from postroom.lang.tokens import Token, tokens
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import ParseTree

    from postroom.source.words import Words


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
    return tuple(_piece(cast("Lexed", token), words) for token in tree.children)


def _piece(token: Lexed, words: Words) -> Piece:
    start, end = _start(token), _end(token)
    if token.type == "HOLE":
        return Piece("hole", words.part(start + 2, end - 1), "")
    return Piece("text", words.part(start, end), "$" if token.type == "DOLLAR" else str(token))


def _parse(words: Words, start: Start) -> nodes.Node:
    if len(words.value) > limits.EXPRESSION:
        raise RuleError([_too_long(words, "expression", limits.EXPRESSION)])
    node = _built(*_read(words, start))
    if node.depth > limits.DEPTH:
        raise RuleError([_too_deep(node, words)])
    if "\\" in words.value:
        _refuse_unknown_escapes(node, words)
    return node


Start: TypeAlias = Literal["condition", "hole"]
Step: TypeAlias = tuple[str, tuple[int, ...]]
"""A rule of the grammar, and which parts it is made of: tokens by their number; what earlier steps
gave by the complement of theirs."""

_MOST_SHAPES = 4_096
_shapes: dict[tuple[str, ...], tuple[Step, ...]] = {}
"""By the kinds of all tokens of an expression. The parser never looks at what a token says, so it
makes the same steps for the same kinds; and the conditions of many rules have few shapes."""


def _read(words: Words, start: Start) -> tuple[Sequence[Token], tuple[Step, ...]]:
    """Return the tokens of an expression, and the steps that make a node of them."""
    known = tokens(words.value)
    shape = (start, *(token.kind for token in known or ()))
    if known and shape in _shapes:
        return known, _shapes[shape]
    try:
        tree = _expression_parser().parse(words.value, start)
    except UnexpectedInput as problem:
        raise RuleError([in_expression(problem, words, start)]) from None
    subtrees = list(tree.iter_subtrees())
    leaves = [_token(part) for each in subtrees for part in each.children if _is_leaf(part)]
    if not known or not set(known).issuperset(leaves):
        return leaves, _steps(subtrees, leaves)
    steps = _steps(subtrees, known)
    if len(_shapes) < _MOST_SHAPES:
        _shapes[shape] = steps
    return known, steps


def _is_leaf(part: object) -> TypeGuard[Lexed]:
    return isinstance(part, Lexed)


def _token(leaf: Lexed) -> Token:
    return Token(leaf.type, str(leaf), _start(leaf), _end(leaf))


def _steps(subtrees: Sequence[ParseTree], known: Sequence[Token]) -> tuple[Step, ...]:
    """Return how a tree is built from below."""
    numbers = {token.start: number for number, token in enumerate(known)}
    made = {id(each): ~number for number, each in enumerate(subtrees)}
    return tuple(
        (
            str(each.data),
            tuple(numbers[_start(p)] if _is_leaf(p) else made[id(p)] for p in each.children),
        )
        for each in subtrees
    )


def _built(known: Sequence[Token], steps: Sequence[Step]) -> nodes.Node:
    made: list[Part] = []
    for rule, parts in steps:
        made.append(MAKERS[rule]([known[n] if n >= 0 else made[~n] for n in parts]))
    return cast("nodes.Node", made[-1])


@cache
def _expression_parser() -> Lark:
    return _open("expression.lark", start=["condition", "hole"])


@cache
def _template_parser() -> Lark:
    return _open("template.lark", start="template")


def _open(name: str, **options: Any) -> Lark:  # noqa: ANN401 - as Lark.open does
    with as_file(shipped("grammars")) as folder:
        return Lark.open(str(folder / name), parser="lalr", maybe_placeholders=False, **options)


def _start(leaf: Lexed) -> int:
    return cast("int", leaf.start_pos)


def _end(leaf: Lexed) -> int:
    return cast("int", leaf.end_pos)


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
        if text[at + 1] not in ESCAPES:
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
