"""Names and texts inside SQL. Values are bound wherever SQL lets them be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def name(identifier: str) -> str:
    """Return an identifier in quotes: a table may be called `select`."""
    return '"' + identifier.replace('"', '""') + '"'


def names(identifiers: Iterable[str]) -> str:
    """Return identifiers in quotes, with commas between them."""
    return ", ".join(name(each) for each in identifiers)


def literal(text: str) -> str:
    """Return a text in quotes, where SQL takes no parameter: in COPY, SET and views."""
    return "'" + text.replace("'", "''") + "'"
