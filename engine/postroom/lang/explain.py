"""Which comparisons decided a condition, in the author's words, with what they read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang import limits
from postroom.lang.evaluate import Walk
from postroom.lang.operations import number, shown
from postroom.lang.terms import Current, Logic, PartOf, Quantified, Read, Term, every
from postroom.model.decision import Comparison
from postroom.model.message import Attachment, Mailbox
from postroom.model.record import FileRef, LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.lang.scope import Scope
    from postroom.source.words import Words


def explainer(term: Term, words: Words) -> Callable[[Scope], tuple[Comparison, ...]]:
    """Return what explains a condition."""

    def explain(scope: Scope) -> tuple[Comparison, ...]:
        walk = Walk(scope)
        return tuple(_comparison(atom, held, walk, words) for atom, held in _deciding(term, walk))

    return explain


def _deciding(term: Term, walk: Walk) -> Iterator[tuple[Term, bool]]:
    """Yield the comparisons without which the result could be another."""
    if not isinstance(term, Logic):
        yield term, bool(walk.value(term))
        return
    if term.word == "not":
        yield from _deciding(term.parts[0], walk)
        return
    settles = term.word == "or"  # the result of one part that settles the matter
    for part in term.parts:
        if bool(walk.value(part)) == settles:
            yield from _deciding(part, walk)
            return
    for part in term.parts:
        yield from _deciding(part, walk)


def _comparison(atom: Term, held: bool, walk: Walk, words: Words) -> Comparison:  # noqa: FBT001
    node = atom.node
    text = " ".join(words.value[node.start : node.end].split())
    place = words.span_of(node.start, node.end).place
    return Comparison(text, place, held, tuple(_operands(atom, walk).items()))


def _operands(atom: Term, walk: Walk) -> dict[str, Any]:
    found = {
        term.path: plain(walk.value(term))
        for term in sorted(every(atom), key=lambda term: term.node.start)
        if isinstance(term, Read)
    }
    if isinstance(atom, Quantified):
        found.update(_witness(atom, walk))
    return found


def _witness(atom: Quantified, walk: Walk) -> dict[str, Any]:
    """Return what the test read of the first item that settled the matter, if one did."""
    wanted = atom.word != "all"
    for item in walk.value(atom.of):
        if walk.test(atom, item) == wanted:
            inside = Walk(walk.scope, item, in_test=True)
            return {
                f".{term.name}" if isinstance(term, PartOf) else ".": plain(inside.value(term))
                for term in every(atom.test)
                if isinstance(term, PartOf) or (isinstance(term, Current) and not _has_parts(item))
            }
    return {}


def _has_parts(item: object) -> bool:
    return isinstance(item, Mailbox | Attachment | FileRef | LogEntry)


def plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - of any type; one return for each
    """Return a value as plain JSON has it, cut to what can be recorded."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return _cut(value)
        case Decimal():
            return number(value)
        case date():
            return shown(value)
        case timedelta():
            return f"{value.total_seconds():g}s"
        case Mailbox(display_name=name, addr_spec=address):
            return _cut(f"{name} <{address}>" if name else address)
        case Attachment(filename=name) | FileRef(filename=name):
            return _cut(name)
        case LogEntry(text=text):
            return _cut(text)
        case tuple() | list():
            items = [plain(item) for item in value[: limits.SHOWN_ITEMS]]
            more = len(value) - len(items)
            return [*items, f"and {more} more"] if more else items
        case _:
            return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= limits.SHOWN else text[: limits.SHOWN - 1] + "…"
