"""A record while it is being filled in: each value coerced, each with where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.lang.coerce import DATE_FORMAT, coerce
from postroom.model.decision import Provenance
from postroom.model.message import Attachment
from postroom.model.plain import well_formed
from postroom.model.record import FileRef, LogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from postroom.model.record import Field, Record, Table, Value

ADDED_TO = ("log", "files", "list", "multi_choice", "text")
"""Types that can take more beside what they hold."""
_DEFAULT = Provenance("default", "")


@dataclass(frozen=True, slots=True)
class Author:
    """Whose message it is, as the entries of a log say it."""

    address: str
    verified: bool
    communication: int
    written_at: datetime


@dataclass(slots=True)
class Sheet:
    """The values of one record, and what this message did to them."""

    table: Table
    author: Author
    record: Record | None = None
    """The record as it stood; None: it is a new one."""
    values: dict[str, Value] = field(default_factory=dict)
    """Those that this message sets."""
    provenance: dict[str, Provenance] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def now(self, name: str) -> Value:
        """Return what a field holds at this moment."""
        return self.values.get(name, self.before(name))

    def before(self, name: str) -> Value:
        """Return what a field held before the message."""
        return self.record.values.get(name) if self.record else None

    def put(
        self,
        name: str,
        value: object,
        by: Provenance,
        *,
        add: bool = False,
        date_format: str = DATE_FORMAT,
    ) -> str | None:
        """Set a field, or add to it; return why the value is refused, None if it is not.

        A missing value, a blank text or an empty list sets nothing.
        """
        kind = self.table.fields[name]
        if value is None or value == () or (isinstance(value, str) and not value.strip()):
            return None
        taken, why = self._taken(kind, value, date_format)
        if why is not None:
            return why
        if add or kind.type in ("log", "files"):
            taken, why = self._together(kind, taken)
            if why is not None:
                return why
        self._set(name, taken, by)
        return None

    def clear(self, name: str, by: Provenance) -> str | None:
        """Empty a field; return why that is refused, None if it is not."""
        if self.table.fields[name].required:
            return "it is required"
        self._set(name, None, by)
        return None

    def restore(self, name: str) -> None:
        """Leave a field of a known record as it was before the message."""
        if self.record is not None:
            self.values.pop(name, None)
            self.provenance.pop(name, None)

    def complete(self, next_id: int) -> None:
        """Give every field of a new record a value: its default, or what stands for nothing."""
        for name, kind in self.table.fields.items():
            if self.values.get(name) is None:
                self.values[name] = _default(kind, next_id)
                if self.values[name] not in (None, ()):
                    self.provenance[name] = _DEFAULT

    def changed(self) -> Mapping[str, Value]:
        """Return the values that differ from what the record held."""
        if self.record is None:
            return self.values
        return {name: value for name, value in self.values.items() if value != self.before(name)}

    def _set(self, name: str, value: Value, by: Provenance) -> None:
        self.values[name] = value
        self.provenance[name] = by

    def _taken(self, kind: Field, value: object, date_format: str) -> tuple[Value, str | None]:
        if kind.type == "serial":
            return None, "it is counted, not set"
        if kind.type == "files":
            return self._files(value)
        if kind.type != "log":
            return coerce(kind, _clean(value), date_format)
        text, why = coerce(replace(kind, type="text"), _clean(value))
        return ((), why) if why else ((self._entry(str(text)),), None)

    def _entry(self, text: str) -> LogEntry:
        return LogEntry(self.author.written_at, self.author.address, self.author.verified, text)

    def _files(self, value: object) -> tuple[Value, str | None]:
        items = value if isinstance(value, tuple) else (value,)
        files = tuple(
            FileRef(
                sha256=item.sha256,
                filename=item.filename,
                content_type=item.detected_type,
                size=item.size,
                communication=self.author.communication,
                part=item.part,
            )
            for item in items
            if isinstance(item, Attachment)
        )
        return (files, None) if len(files) == len(items) else (None, "it takes attachments")

    def _together(self, kind: Field, more: Value) -> tuple[Value, str | None]:
        """Return what is there and what is new as one value."""
        there = self.now(kind.name)
        if isinstance(there, tuple) and isinstance(more, tuple):
            known = {_identity(item) for item in there}
            return (*there, *(item for item in more if _identity(item) not in known)), None
        if isinstance(there, str) and isinstance(more, str) and kind.type == "text":
            return coerce(kind, f"{there}\n{more}")
        return more, None


def _clean(value: object) -> object:
    """Return a text without the blanks around it, and with nothing that cannot be stored."""
    if not isinstance(value, str):
        return value
    return well_formed(value.strip()).replace("\0", "\ufffd")


def _identity(item: object) -> object:
    """Return what makes two items of a field the same: for a file its content, not its message."""
    return (item.sha256, item.filename) if isinstance(item, FileRef) else item


def _default(kind: Field, next_id: int) -> Value:
    if kind.type == "serial":
        return next_id
    if kind.default is not None:
        return kind.default
    return () if kind.type in ("log", "files", "list", "multi_choice") else None
