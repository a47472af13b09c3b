"""What an expression is asked about: one message, what was looked up, and the record at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.model.facts import Facts
    from postroom.model.message import Message
    from postroom.model.record import Record, Table


@dataclass(slots=True)
class Scope:
    """One message under one account, while it is decided.

    `record` may be set on the way; for another message, or other facts, make a new scope.
    """

    message: Message
    """With `auth` filled in for the account, and `subject` with its prefixes cut."""
    facts: Facts
    record: Record | None = None
    """The record an update is for; in notify and templates, the record as it will be."""
    record_table: Table | None = None
    contact_table: Table | None = None
    folded: dict[str, str] = field(default_factory=dict, repr=False)
    """Texts already folded for comparing (NFKC, casefold), by path and way of folding."""
    encoded: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Texts already in UTF-8 for matching, by path."""
