"""Values worth a try: what a function must be given to give what is wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from postroom.lang.dates import DateFormat, date_format
from postroom.lang.terms import Apply, Constant, Current, Encoded, Folded, PartOf, Read, Term, every
from postroom.rules.proofs.samples import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAME = ("lower", "upper", "trim", "first_line")
_LONGEST = 100_000


def before(term: Term, value: Any) -> Iterator[Any]:  # noqa: ANN401 - of the term's type
    """Yield what the one field that a term reads may be, if the term is to give a value."""
    match term:
        case Read() | Current() | PartOf(of=Current()):
            yield value
        case Folded(of=of) | Encoded(of=of):
            yield from before(of, value)
        case Apply(arguments=(of, *_)):
            for each in _given(term, value):
                yield from before(of, each)
        case _:
            return


def fitting(term: Term) -> Iterator[Any]:
    """Yield what the one field may be that a comparison reads, if the comparison is to hold."""
    if isinstance(term, Apply) and term.arguments:
        written = getattr(getattr(term.function, "__self__", None), "written", None)
        if term.name == "matches" and isinstance(written, str):
            for text in samples(written):
                yield from before(term.arguments[0], text)
    for each in every(term):
        if isinstance(each, Constant):
            yield from each.value if isinstance(each.value, tuple | frozenset) else (each.value,)


def _given(term: Apply, value: Any) -> Iterator[Any]:  # noqa: ANN401 - of the term's type
    if term.name in _SAME:
        yield value
    elif term.name == "length" and isinstance(value, int):
        yield "x" * min(max(value, 0), _LONGEST)
    elif term.name == "extract" and term.written:
        if value:
            yield value
            yield from samples(term.written[0].value)
        else:
            yield ""
    elif term.name in ("join", "first", "last"):
        yield () if value is None else (value,)
    elif term.name in ("integer", "decimal"):
        yield "" if value is None else str(value)
    elif term.name == "date" and isinstance(value, date):
        written = date_format(term.written[0].value) if term.written else None
        if isinstance(written, DateFormat):
            yield written.show(value)
        yield datetime.combine(value, time(12), UTC)
