"""Tables, their fields, and the records in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

FieldType = Literal[
    "text", "log", "integer", "decimal", "boolean", "date", "timestamp",
    "choice", "multi_choice", "email", "list", "reference", "files", "serial",
]  # fmt: skip

ADD_ONLY: tuple[FieldType, ...] = ("log", "files")
"""Types of fields that only ever grow."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that a record holds, found through the message it came in."""

    sha256: str
    filename: str
    content_type: str
    size: int
    communication: int
    """The message it came in."""
    part: int
    """Which leaf of that message's MIME tree."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of an append-only field."""

    written_at: datetime
    author: str
    verified: bool
    """Whether the author was authenticated."""
    text: str


Value: TypeAlias = (
    str | int | Decimal | bool | date | datetime
    | tuple[str, ...] | tuple[FileRef, ...] | tuple[LogEntry, ...] | None
)  # fmt: skip
"""What a field holds: list and multi_choice a tuple of str, reference and serial an int."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table, as declared."""

    name: str
    type: FieldType
    required: bool = False
    unique: bool = False
    default: Value = None
    min: int | Decimal | None = None
    """Smallest number allowed."""
    max: int | Decimal | None = None
    """Largest number, or longest text in characters."""
    values: tuple[str, ...] = ()
    """What a choice or a multi_choice allows."""
    of: FieldType | None = None
    """What a list holds: text or email."""
    table: str = ""
    """What a reference points to."""


@dataclass(frozen=True, slots=True)
class Table:
    """A record type."""

    name: str
    fields: Mapping[str, Field]
    number: str = ""
    """Prefix of the number that people see: SUP gives SUP-4711. It never routes mail."""

    def number_of(self, record: int) -> str:
        """Return the number that people see."""
        return f"{self.number}-{record}" if self.number else str(record)

    def of_type(self, wanted: FieldType) -> tuple[Field, ...]:
        """Return the fields of one type, in their order; a list counts as what it holds."""
        return tuple(f for f in self.fields.values() if wanted in (f.type, f.of))


@dataclass(frozen=True, slots=True, order=True)
class RecordRef:
    """Which record: its table, and its id in it."""

    table: str
    id: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands."""

    ref: RecordRef
    values: Mapping[str, Value] = field(default_factory=dict)
    revision: int = 1
    """Counted from 1, one more with each change."""
    updated_at: datetime | None = None
    """When it was changed last; None where nobody knows."""
