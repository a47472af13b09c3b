"""Values of records as columns hold them: times in UTC without a zone, list entries as structs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from postroom.model.plain import well_formed
from postroom.model.record import FileRef, LogEntry

if TYPE_CHECKING:
    from postroom.model.record import Field, FieldType, Value

LOG = "STRUCT(written_at TIMESTAMP, author VARCHAR, verified BOOLEAN, text VARCHAR)[]"
FILES = (
    "STRUCT(sha256 VARCHAR, filename VARCHAR, content_type VARCHAR, size BIGINT, "
    "communication BIGINT, part INTEGER)[]"
)
TYPES: dict[FieldType, str] = {
    "text": "VARCHAR",
    "log": LOG,
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 9)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "choice": "VARCHAR",
    "multi_choice": "VARCHAR[]",
    "email": "VARCHAR",
    "list": "VARCHAR[]",
    "reference": "BIGINT",
    "files": FILES,
    "serial": "BIGINT",
}
"""The column of each type of field."""


def naive(moment: datetime | None) -> datetime | None:
    """Return a time as a column holds it: UTC, without saying so."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime | None) -> Any:  # noqa: ANN401 - the caller knows whether it is None
    """Return a time from a column, as UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)


LISTS: tuple[FieldType, ...] = ("log", "list", "multi_choice", "files")
"""Types of fields that hold several values; where there are none, an empty list."""


LONGEST = 4_000_000
"""Characters of a text. The database reads 2,048 texts at a time into memory."""


def too_long(value: Value) -> bool:
    """Whether a value holds more text than a record should; the message has all of it."""
    if isinstance(value, str):
        return len(value) > LONGEST
    return isinstance(value, tuple) and sum(map(_length, value)) > LONGEST


def _length(item: str | FileRef | LogEntry) -> int:
    if isinstance(item, LogEntry):
        return len(item.text)
    return len(item) if isinstance(item, str) else 0


def to_column(field: Field, value: Value) -> Any:  # noqa: ANN401 - whatever the column takes
    """Return a value as its column takes it."""
    if value is None and field.type in LISTS:
        return []
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, datetime):
        return naive(value)
    if isinstance(value, tuple):
        return [_item(each) for each in value]
    return value


def _item(item: str | FileRef | LogEntry) -> Any:  # noqa: ANN401
    if isinstance(item, LogEntry):
        return {
            "written_at": naive(item.written_at),
            "author": well_formed(item.author),
            "verified": item.verified,
            "text": well_formed(item.text),
        }
    if isinstance(item, FileRef):
        return {
            "sha256": item.sha256,
            "filename": well_formed(item.filename),
            "content_type": well_formed(item.content_type),
            "size": item.size,
            "communication": item.communication,
            "part": item.part,
        }
    return well_formed(item)


def from_column(field: Field, value: Any) -> Value:  # noqa: ANN401
    """Return a value as records hold it. A list that was never set is an empty one."""
    if field.type == "log":
        return tuple(_log_entry(each) for each in value or ())
    if field.type == "files":
        return tuple(FileRef(**each) for each in value or ())
    if field.type in ("list", "multi_choice"):
        return tuple(value or ())
    if field.type == "timestamp":
        return cast("Value", aware(value))
    return cast("Value", value)


def _log_entry(entry: dict[str, Any]) -> LogEntry:
    return LogEntry(aware(entry["written_at"]), entry["author"], entry["verified"], entry["text"])
