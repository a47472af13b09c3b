"""Conditions, values and templates of a rule file, with YAML's traps around them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postroom.lang.coerce import assignable, coerce
from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.lang.expression import Condition, Value
from postroom.lang.types import NOTHING, list_of
from postroom.rules.given import shaped
from postroom.rules.tables import taken_by
from postroom.source.diagnostic import RuleError
from postroom.source.nodes import Mapping, Scalar, Sequence, described
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postroom.lang.expression import Encoding, Template
    from postroom.lang.scheme import Scheme
    from postroom.lang.scope import Scope
    from postroom.model.record import Field
    from postroom.rules.findings import Related
    from postroom.rules.given import Given
    from postroom.rules.world import World
    from postroom.source.nodes import Node

_BLOCK = "put the condition into a block: `when: |`, and go on in the next line, indented"
_CUT = ("PR102", "PR104")
"""The expression stops too early; a text is not closed."""
_CLOSED = "PR213"
"""A field that cannot be read here."""
_MANY = ("list", "multi_choice", "files", "log")


def condition(world: World, given: Given, scheme: Scheme) -> Condition | None:
    """Return a section's compiled `when:`; None if it has none.

    Where something is wrong with it, a condition that never holds stands in for it.
    """
    if "when" not in given:
        return None
    node = given.node("when")
    return _condition(world, node, scheme) or Condition(
        given.key_span("when"), lambda _: False, lambda _: ()
    )


def _condition(world: World, node: Node | None, scheme: Scheme) -> Condition | None:
    if isinstance(node, Sequence | Mapping):
        message = f"a condition is one line of text, and this is {described(node)}"
        world.findings.error("PR032", message, node.span, _BLOCK)
        return None
    if node is None:
        return None
    try:
        found = compile_condition(node.words, scheme)
    except RuleError as error:
        comment = comment_behind(node)
        if comment and any(f.code in _CUT for f in error.diagnostics):
            message = "` #` starts a comment, which cuts the condition short"
            world.findings.error("PR020", message, comment, _BLOCK)
        else:
            world.findings.take(error.diagnostics)
        return None
    world.findings.take(found.warnings)
    _note_reads(world, found.reads)
    return found


def template(
    world: World,
    node: Node | None,
    scheme: Scheme,
    encoding: Encoding,
    what: str,
    related: Related = (),
) -> Template | None:
    """Return a compiled text with holes, or None if something is wrong with it.

    `related` goes with what is found about names: the place that uses the text.
    """
    found = shaped(world.findings, node, Scalar, what)
    if found is None:
        return None
    note_cut_text(world, found)
    try:
        compiled = compile_template(found.words, scheme, encoding)
    except RuleError as error:
        world.findings.take(
            replace(f, related=(*f.related, *related)) if f.code == _CLOSED else f
            for f in error.diagnostics
        )
        return None
    _note_reads(world, compiled.reads)
    return compiled


def value(world: World, node: Node, scheme: Scheme, field: Field) -> Value:
    """Return a compiled value that fits the field.

    Where something is wrong with it, a value that is always missing stands in for it.
    """
    found = _value(world, node, scheme, field)
    return found or Value(node.span, NOTHING, lambda _: None)


def _value(world: World, node: Node, scheme: Scheme, field: Field) -> Value | None:
    if isinstance(node, Sequence) and field.type in _MANY:
        return _several(world, node, scheme, field)
    found = shaped(world.findings, node, Scalar, f"`{field.name}`")
    compiled = _compiled(world, found, scheme) if found else None
    if compiled is None:
        return None
    return _fitting(world, compiled, field)


def _compiled(world: World, node: Scalar, scheme: Scheme) -> Value | None:
    note_cut_text(world, node)
    try:
        found = compile_value(node.words, scheme)
    except RuleError as error:
        world.findings.take(error.diagnostics)
        return None
    _note_reads(world, found.reads)
    return found


def _several(world: World, node: Sequence, scheme: Scheme, field: Field) -> Value | None:
    """Return the value of a list that is written out, each item a value of its own."""
    items = [shaped(world.findings, item, Scalar, "an item of a list") for item in node.items]
    values = [_compiled(world, item, scheme) for item in items if item]
    good = [each for each in values if each is not None]
    if len(good) < len(node.items):
        return None
    if not good:
        hint = "write its items, or delete the key"
        world.findings.error("PR033", f"`{field.name}` is an empty list", node.span, hint)
        return None
    joined = replace(
        good[0],
        span=node.span,
        type=list_of(good[0].type.required),
        of=_all_of([each.of for each in good]),
        constant=_constants(good),
        reads=frozenset().union(*(each.reads for each in good)),
        windows=frozenset().union(*(each.windows for each in good)),
        made_from=tuple(replace(r, listed=True) for each in good for r in each.made_from),
    )
    if joined.constant is not None:
        return _fitting(world, joined, field)
    fits = [_assignable(world, replace(v, type=list_of(v.type.required)), field) for v in good]
    return joined if all(fits) else None


def _all_of(parts: list[Callable[[Scope], Any]]) -> Callable[[Scope], Any]:
    return lambda scope: tuple(part(scope) for part in parts)


def _constants(values: Iterable[Value]) -> tuple[Any, ...] | None:
    found = tuple(each.constant for each in values)
    return None if None in found else found


def _fitting(world: World, found: Value, field: Field) -> Value | None:
    """Return the value as its field takes it."""
    if found.constant is None:
        return found if _assignable(world, found, field) else None
    if field.type == "log":
        return found
    held, problem = coerce(field, found.constant)
    if problem is not None:
        message = f"`{field.name}` does not take this: {problem}"
        world.findings.error("PR250", message, found.span, taken_by(field))
        return None
    return replace(found, constant=held, of=lambda _: held)


def _assignable(world: World, found: Value, field: Field) -> bool:
    problem = assignable(found.type, field)
    if problem is None:
        return True
    world.findings.error("PR251", problem, found.span, taken_by(field))
    return False


def comment_behind(node: Scalar) -> Span | None:
    """Return the comment that ends a plain value, if one stands on the same line."""
    if node.style != "plain":
        return None
    text, at = node.span.source.text, node.span.end
    stop = text.find("\n", at)
    rest = text[at : len(text) if stop < 0 else stop]
    bare = rest.lstrip(" \t")
    if bare == rest or not bare.startswith("#"):
        return None
    start = at + len(rest) - len(bare)
    return Span(node.span.source, start, at + len(rest.rstrip()))


def note_cut_text(world: World, node: Scalar) -> None:
    """Warn of a comment that looks like the rest of a text: `Ticket #5`."""
    comment = comment_behind(node)
    if comment is None or comment.text[1:2] in ("", " ", "#", "-", "=", "!"):
        return
    message = f"`{comment.text}` is a comment, not part of the text"
    world.findings.warn(
        "PR357", message, comment, "put the text into quotes, or a space behind `#`"
    )


def _note_reads(world: World, reads: Iterable[str]) -> None:
    """Remember which lists an expression reads."""
    lists = (path.removeprefix("lists.") for path in reads if path.startswith("lists."))
    world.lists_read.update(lists)
