"""Every function and filter, declared once: the checker, the docs and completion read this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from postroom.lang import operations
from postroom.lang.dates import DateFormat, date_format, iso_date
from postroom.lang.patterns import Pattern, pattern
from postroom.lang.text import below_domain, fold_domain, utf8
from postroom.lang.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOMAIN,
    DURATION,
    INTEGER,
    TEXT,
    TIMESTAMP,
    Type,
    list_of,
    optional,
)
from postroom.lang.values import read_decimal, read_integer
from postroom.model.facts import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postroom.lang.scope import Scope
    from postroom.model.facts import Direction

ANY_LIST = Type("list")
"""A list of anything."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function wants to be given."""

    name: str
    type: Type
    written: bool = False
    """Whether it must be written out, so that it can be checked when rules are loaded."""


class Refusal(Exception):  # noqa: N818 - it is one
    """A value that is written out is not what the function can use."""

    def __init__(self, code: str, message: str, hint: str | None, index: int) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.index = index
        """Which of the arguments."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A function for one list of parameters. Some names have several."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: Callable[[Sequence[Type]], Type]
    """From the types that are given."""
    prepare: Callable[..., Callable[..., Any]]
    """From the values that are written out: the function of the rest. Raises Refusal."""
    help: str
    of_scope: bool = False
    """Whether what `prepare` gives is asked about the scope, not about values."""
    counts: Direction | None = None
    """Whose messages it counts."""

    def __str__(self) -> str:
        """Return the call as an author reads it."""
        return f"{self.name}({', '.join(p.name for p in self.parameters)})"


def _gives(type_: Type) -> Callable[[Sequence[Type]], Type]:
    return lambda _: type_


def _always(function: Callable[..., Any]) -> Callable[..., Callable[..., Any]]:
    return lambda: function


def _item(given: Sequence[Type]) -> Type:
    return optional(given[0].of or TEXT)


def _extract(written: str) -> Callable[[str], str]:
    found = _pattern(written, 1)
    return lambda text: found.extract(utf8(text))


def _pattern(written: str, index: int) -> Pattern:
    found = pattern(written)
    if isinstance(found, Pattern):
        return found
    raise Refusal("PR208", found.message, found.hint, index)


def _in_domain(wanted: str | tuple[str, ...]) -> Callable[[str], bool]:
    names = (wanted,) if isinstance(wanted, str) else wanted
    for name in names:
        if "@" in name or "*" in name or not name.strip(". "):
            raise Refusal("PR207", f"`{name}` is not a domain", 'write it as "partner.example"', 1)
    folded = frozenset(fold_domain(name.strip(". ")) for name in names)
    return lambda domain: below_domain(fold_domain(domain), folded)


def _join(separator: str) -> Callable[[Sequence[str]], str]:
    return separator.join


def _date_written(written: str) -> Callable[[], date]:
    found = iso_date(written)
    if found is None:
        raise Refusal("PR207", f"`{written}` is not a date", 'write it as "2026-01-31"', 0)
    return lambda: found


def _format(written: str, index: int) -> DateFormat:
    found = date_format(written)
    if isinstance(found, DateFormat):
        return found
    raise Refusal("PR207", found, 'write it as "DD.MM.YYYY"', index)


def _date_read(written: str) -> Callable[[str], date | None]:
    format_ = _format(written, 1)
    if not format_.has_day:
        raise Refusal(
            "PR207", "year, month and day are needed to read a date", 'such as "DD.MM.YYYY"', 1
        )

    def read(text: str) -> date | None:
        found = format_.read(text)
        return found.date() if found else None

    return read


def _date_shown(written: str) -> Callable[[date], str]:
    return _format(written, 1).show


def _headers_all(name: str) -> Callable[[Scope], tuple[str, ...]]:
    return lambda scope: scope.message.headers_all(name)


def _limit(most: int) -> Callable[[str], str]:
    if most < 1:
        raise Refusal("PR207", "at least one character must be left", "write: limit(80)", 1)
    return lambda text: text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _first_line(text: str) -> str:
    for line in text.splitlines():
        if line.strip():
            return line.strip()
    return ""


def _count(direction: Direction) -> Callable[[timedelta], Callable[[Scope], int]]:
    def prepare(span: timedelta) -> Callable[[Scope], int]:
        if span <= timedelta(0):
            raise Refusal("PR207", "the time span is empty", "write: 1h", 0)
        window = Window(direction, span)
        return lambda scope: scope.facts.counts.get(window, 0)

    return prepare


_TEXT = Parameter("text", TEXT)
_LIST = Parameter("list", ANY_LIST)
_TEXTS = Parameter("texts", list_of(TEXT))

_DECLARED: tuple[Signature, ...] = (
    Signature(
        "extract", (_TEXT, Parameter("pattern", TEXT, written=True)), _gives(TEXT), _extract,
        'what the first group of a pattern took, or all of it; "" if it does not fit',
    ),
    Signature(
        "in_domain", (Parameter("domain", DOMAIN), Parameter("wanted", TEXT, written=True)),
        _gives(BOOLEAN), _in_domain, "whether a domain is the wanted one or lies below it",
    ),
    Signature(
        "in_domain",
        (Parameter("domain", DOMAIN), Parameter("list", list_of(TEXT), written=True)),
        _gives(BOOLEAN), _in_domain, "the same for any domain of a list",
    ),
    Signature(
        "exact", (Parameter("a", TEXT), Parameter("b", TEXT)), _gives(BOOLEAN),
        _always(lambda a, b: a == b), "whether two texts are the same, letter by letter",
    ),
    Signature("lower", (_TEXT,), lambda given: given[0], _always(str.lower), "in small letters"),
    Signature("upper", (_TEXT,), _gives(TEXT), _always(str.upper), "in capital letters"),
    Signature("trim", (_TEXT,), lambda given: given[0], _always(str.strip),
              "without blanks at both ends"),
    Signature("length", (_TEXT,), _gives(INTEGER), _always(len), "how many characters"),
    Signature("length", (_LIST,), _gives(INTEGER), _always(len), "how many items"),
    Signature("join", (_TEXTS, Parameter("separator", TEXT, written=True)), _gives(TEXT), _join,
              "the items with something between them"),
    Signature("first", (_LIST,), _item, _always(lambda items: items[0] if items else None),
              "the first item, missing if there is none"),
    Signature("last", (_LIST,), _item, _always(lambda items: items[-1] if items else None),
              "the last item, missing if there is none"),
    Signature("date", (Parameter("timestamp", TIMESTAMP),), _gives(DATE),
              _always(operations.day), "the day of a timestamp, in UTC"),
    Signature("date", (Parameter('"2026-01-31"', TEXT, written=True),), _gives(DATE),
              _date_written, "a date that is written out"),
    Signature("date", (_TEXT, Parameter("format", TEXT, written=True)), _gives(optional(DATE)),
              _date_read, 'the date that a text gives: date(text, "DD.MM.YYYY")'),
    Signature("integer", (_TEXT,), _gives(optional(INTEGER)), _always(read_integer),
              "the number that a text gives, missing if it gives none"),
    Signature("decimal", (_TEXT,), _gives(optional(DECIMAL)), _always(read_decimal),
              "the number that a text gives, missing if it gives none"),
    Signature("headers_all", (Parameter("name", TEXT, written=True),), _gives(list_of(TEXT)),
              _headers_all, "every header field of that name", of_scope=True),
    Signature("count_from_sender", (Parameter("span", DURATION, written=True),),
              _gives(INTEGER), _count("from"),
              "how many messages From's address sent before this one, in a time span",
              of_scope=True, counts="from"),
    Signature("count_to_sender", (Parameter("span", DURATION, written=True),),
              _gives(INTEGER), _count("to"),
              "how many messages we sent to From's address, in a time span",
              of_scope=True, counts="to"),
)  # fmt: skip

_DECLARED_FILTERS: tuple[Signature, ...] = (
    Signature("upper", (_TEXT,), _gives(TEXT), _always(str.upper), "in capital letters"),
    Signature("lower", (_TEXT,), _gives(TEXT), _always(str.lower), "in small letters"),
    Signature("trim", (_TEXT,), _gives(TEXT), _always(str.strip), "without blanks at both ends"),
    Signature("first_line", (_TEXT,), _gives(TEXT), _always(_first_line),
              "the first line that is not blank"),
    Signature("limit", (_TEXT, Parameter("most", INTEGER, written=True)), _gives(TEXT), _limit,
              "at most so many characters, the last one being … where something was cut"),
    Signature("date", (Parameter("timestamp", TIMESTAMP),
                       Parameter("format", TEXT, written=True)), _gives(TEXT), _date_shown,
              "a timestamp by a format"),
    Signature("date", (Parameter("date", DATE), Parameter("format", TEXT, written=True)),
              _gives(TEXT), _date_shown, "a date by a format"),
    Signature("join", (_TEXTS, Parameter("separator", TEXT, written=True)), _gives(TEXT), _join,
              "the items with something between them"),
)  # fmt: skip


def _by_name(declared: Sequence[Signature]) -> Mapping[str, tuple[Signature, ...]]:
    names = dict.fromkeys(each.name for each in declared)
    return {name: tuple(each for each in declared if each.name == name) for name in names}


FUNCTIONS: Mapping[str, tuple[Signature, ...]] = _by_name(_DECLARED)
FILTERS: Mapping[str, tuple[Signature, ...]] = _by_name(_DECLARED_FILTERS)

QUANTIFIERS: Mapping[str, str] = {
    "any": "whether the test holds for at least one item",
    "all": "whether it holds for every item; yes for a list without items",
    "none": "whether it holds for no item",
    "count": "for how many items it holds",
}
"""Functions of a list and a test, in which `.name` reads the item at hand."""
