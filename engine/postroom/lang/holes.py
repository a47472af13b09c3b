"""Texts with holes: values and templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postroom.lang.check import context_for
from postroom.lang.demands import FALLBACKS, PARTS_TO_TAKE, single
from postroom.lang.encode import encode, header, room_for
from postroom.lang.generate import function
from postroom.lang.operations import shown
from postroom.lang.parse import parse_hole, parse_template
from postroom.lang.places import Html, Unsafe
from postroom.source.diagnostic import Diagnostic, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postroom.lang.context import Context
    from postroom.lang.expression import Encoding
    from postroom.lang.scheme import Scheme
    from postroom.lang.scope import Scope
    from postroom.lang.terms import Term
    from postroom.source.words import Words

SHOWABLE = frozenset({"text", "integer", "decimal", "boolean", "date", "timestamp"})
"""Kinds of values that can stand in a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """What stands between `${` and `}`, checked."""

    words: Words
    term: Term


def pieces(words: Words, scheme: Scheme, *, text: bool) -> tuple[str | Hole, ...]:
    """Cut a text at its holes and check them. Raises RuleError with what is wrong in any.

    `text` says that it will be text, whatever it holds; without, a hole that stands alone but for
    blanks may have any type.
    """
    found: list[str | Hole] = []
    findings: list[Diagnostic] = []
    cut = parse_template(words)
    alone = sum(p.kind == "hole" or bool(p.text.strip()) for p in cut) == 1 and not text
    for piece in cut:
        if piece.kind == "text":
            found.append(piece.text)
            continue
        try:
            found.append(_hole(piece.words, scheme, alone=alone))
        except RuleError as error:
            findings += error.diagnostics
    if findings:
        raise RuleError(findings)
    return _merged(found)


def _hole(words: Words, scheme: Scheme, *, alone: bool) -> Hole:
    context = context_for(words, scheme)
    term = context.term(parse_hole(words))
    if term is not None and not alone:
        _check_showable(term, context)
    if term is None or context.findings:
        raise RuleError(context.findings)
    return Hole(words, term)


def _merged(found: Sequence[str | Hole]) -> tuple[str | Hole, ...]:
    merged: list[str | Hole] = []
    for piece in found:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def _check_showable(term: Term, context: Context) -> None:
    of = term.type.of if term.type.kind == "list" and term.type.of else term.type
    if of.kind in SHOWABLE:
        if term.type.optional:
            _refuse_missing(term, context)
        return
    if of is term.type and not single(term, context):
        return
    words = context.text(term.node)
    part = PARTS_TO_TAKE.get(of.kind)
    hint = f"write ${{{words}.{part}}}, or another part of it" if part else ""
    if of.kind == "record" and words in ("record", "contact"):
        hint = "write ${record.number}" if words == "record" else "write a field of it"
    context.report(term.node, "PR217", f"{term.type.described()} cannot stand in a text", hint)


def _refuse_missing(term: Term, context: Context) -> None:
    words = context.text(term.node)
    by_format = ' | date("YYYY-MM-DD")' if term.type.kind in ("date", "timestamp") else ""
    fallback = '"unknown"' if by_format else FALLBACKS.get(term.type.kind, '""')
    hint = f"say what to write then: ${{{words}{by_format} ?? {fallback}}}"
    context.report(term.node, "PR204", f"`{words}` may be missing", hint)


def encodings(holes: Sequence[str | Hole], encoding: Encoding) -> dict[Hole, Encoding]:
    """Return how each hole is written. Raises RuleError for those at an unsafe place in HTML."""
    html = Html()
    found: dict[Hole, Encoding] = {}
    findings = []
    for piece in holes:
        if isinstance(piece, str):
            html.read(piece)
            continue
        place = html.hole() if encoding == "html" else encoding
        if isinstance(place, Unsafe):
            findings.append(Diagnostic("PR218", place.message, piece.words.span, place.hint))
        else:
            found[piece] = place
    if findings:
        raise RuleError(findings)
    return found


def renderer(holes: Sequence[str | Hole], encoding: Encoding) -> Callable[[Scope], str]:
    """Return what fills the holes; what comes of it is cut to what its place allows.

    Raises RuleError for holes at an unsafe place in HTML.
    """
    found = encodings(holes, encoding)
    parts: list[str | tuple[Callable[[Scope], Any], Encoding]] = [
        piece if isinstance(piece, str) else (function(piece.term), found[piece]) for piece in holes
    ]

    def render(scope: Scope) -> str:
        written = []
        room = room_for(encoding)
        for part in parts:
            if isinstance(part, str):
                text = part[:room]
            else:
                value, place = part
                text = encode(shown(value(scope)), place, room)
            written.append(text)
            room -= len(text)
        text = "".join(written)
        return header(text).strip()[: room_for("header")] if encoding == "header" else text

    return render
