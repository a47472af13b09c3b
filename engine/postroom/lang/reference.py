"""The tables of the language reference, made from the declarations.

`python -m postroom.lang.reference` reads the page and writes it with its tables made anew; a test
holds docs/reference/language.md to it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from postroom.lang import limits
from postroom.lang.fields import FIELDS, PARTS
from postroom.lang.functions import FILTERS, FUNCTIONS, QUANTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postroom.lang.functions import Signature
    from postroom.lang.types import Type

_NAMES = {"log_entry": "entry of a log"}


def filled_in(page: str) -> str:
    """Return the page with every table between `<!-- name -->` and `<!-- end -->` made anew."""
    for name, rows in _tables().items():
        start, end = f"<!-- {name} -->\n", "<!-- end -->"
        before, found, after = page.partition(start)
        if found:
            _, _, rest = after.partition(end)
            page = f"{before}{start}{chr(10).join(rows)}\n{end}{rest}"
    return page


def _tables() -> dict[str, list[str]]:
    return {
        "fields": [*_head("field", "type", "what it is", "from"), *_fields()],
        "parts": [*_head("of", "part", "type", "what it is"), *_parts()],
        "functions": [*_head("function", "gives", "what it does"), *_functions()],
        "filters": [*_head("filter", "takes", "what it does"), *_filters()],
        "limits": [*_head("what", "at most"), *_limits()],
    }


def _head(*columns: str) -> tuple[str, str]:
    return _row(*columns), _row(*("---" for _ in columns))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _fields() -> Iterator[str]:
    for field in FIELDS:
        yield _row(f"`{field.path}`", _typed(field.type), field.help, field.source)


def _typed(type_: Type) -> str:
    known = (type_.of or type_).values
    return f"{type_}: {', '.join(known)}" if known else str(type_).replace("_", " ")


def _parts() -> Iterator[str]:
    for kind, parts in PARTS.items():
        for part in parts:
            yield _row(_NAMES.get(kind, kind), f"`.{part.name}`", _typed(part.type), part.help)


def _functions() -> Iterator[str]:
    for word, about in QUANTIFIERS.items():
        gives = "integer" if word == "count" else "boolean"
        yield _row(f"`{word}(list, test)`", gives, about)
    for signature in _all(FUNCTIONS):
        gives = str(signature.returns([p.type for p in signature.parameters]))
        if signature.name in ("first", "last"):
            gives = "an item, or nothing"
        yield _row(f"`{signature}`", gives, signature.help)


def _filters() -> Iterator[str]:
    for signature in _all(FILTERS):
        taken, *rest = signature.parameters
        name = signature.name
        call = f"{name}({', '.join(p.name for p in rest)})" if rest else name
        yield _row(f"`{call}`", str(taken.type), signature.help)


def _all(declared: Mapping[str, Iterable[Signature]]) -> Iterator[Signature]:
    for signatures in declared.values():
        yield from signatures


def _limits() -> Iterator[str]:
    yield _row("an expression", f"{limits.EXPRESSION:,} characters")
    yield _row("brackets, calls and operators inside one another", str(limits.DEPTH))
    yield _row("a list that is written out", f"{limits.LIST:,} items")
    yield _row("a pattern", f"{limits.PATTERN} bytes, {limits.PATTERN_PROGRAM:,} instructions")
    yield _row("a text with holes, as written", f"{limits.TEMPLATE:,} characters")
    yield _row("what comes of it", f"{limits.OUTPUT:,} characters")
    yield _row("what comes of it in a header field", f"{limits.HEADER} characters")
    yield _row("a whole number", "64 bits, with a sign")
    yield _row("a decimal number", f"{limits.DIGITS} digits")


if __name__ == "__main__":
    sys.stdout.write(filled_in(sys.stdin.read()))
