"""The types of the rule language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "text", "integer", "decimal", "boolean", "date", "timestamp", "duration",
    "list", "mailbox", "attachment", "record", "file", "log_entry", "map", "nothing",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its kind, whether the value may be missing, and what a list or a record is of."""

    kind: Kind
    optional: bool = False
    of: Type | None = None
    """list: of what."""
    table: str = ""
    """record: of which table."""
    values: tuple[str, ...] = ()
    """text: the only values it can have, if they are known (choice, auth results)."""

    @property
    def required(self) -> Type:
        """The same type, not missing."""
        return replace(self, optional=False)

    def __str__(self) -> str:
        """Return the type as an author reads it."""
        word = {"record": f"{self.table or 'a'} record", "list": f"list of {self.of}"}.get(
            self.kind, self.kind
        )
        return word + ("?" if self.optional else "")


TEXT = Type("text")
INTEGER = Type("integer")
DECIMAL = Type("decimal")
BOOLEAN = Type("boolean")
DATE = Type("date")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")
MAILBOX = Type("mailbox")
ATTACHMENT = Type("attachment")
NOTHING = Type("nothing")


def list_of(item: Type) -> Type:
    """Return the type of a list of items."""
    return Type("list", of=item)
