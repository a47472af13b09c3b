"""How the fields of a record are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from postroom.lang.fields import Readable, in_utc
from postroom.lang.types import (
    ADDRESS,
    BOOLEAN,
    DATE,
    DECIMAL,
    FILE,
    INTEGER,
    LOG_ENTRY,
    TEXT,
    TIMESTAMP,
    Type,
    list_of,
    optional,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.lang.scope import Scope
    from postroom.model.record import Field, FieldType, Record, Table

    FindRecord = Callable[[Scope], Record | None]


class _Kind(NamedTuple):
    base: Type
    held: type | tuple[type, ...]
    """What a record holds."""
    neutral: Any
    """What a required field reads in a record that is older than the field."""


_DAY_ZERO = date(1970, 1, 1)

_KINDS: dict[FieldType, _Kind] = {
    "text": _Kind(TEXT, str, ""),
    "log": _Kind(list_of(LOG_ENTRY), (tuple, list), ()),
    "integer": _Kind(INTEGER, int, 0),
    "decimal": _Kind(DECIMAL, (Decimal, int), Decimal(0)),
    "boolean": _Kind(BOOLEAN, bool, False),  # noqa: FBT003 - a value
    "date": _Kind(DATE, date, _DAY_ZERO),
    "timestamp": _Kind(TIMESTAMP, datetime, datetime(1970, 1, 1, tzinfo=UTC)),
    "choice": _Kind(TEXT, str, ""),
    "multi_choice": _Kind(list_of(TEXT), (tuple, list), ()),
    "email": _Kind(ADDRESS, str, ""),
    "list": _Kind(list_of(TEXT), (tuple, list), ()),
    "reference": _Kind(Type("record", optional=True), int, None),
    "files": _Kind(list_of(FILE), (tuple, list), ()),
    "serial": _Kind(INTEGER, int, 0),
}


def type_of(field: Field) -> Type:
    """Return the type that a field of a table has in an expression.

    It may be missing unless it is required, has a default, or is a list, which is empty then.
    """
    base = _KINDS[field.type].base
    if field.type == "choice":
        base = Type("text", values=field.values)
    elif field.type == "multi_choice":
        base = list_of(Type("text", values=field.values))
    elif field.type == "list" and field.of == "email":
        base = list_of(ADDRESS)
    elif field.type == "reference":
        return Type("record", optional=True, table=field.table)
    sure = base.kind == "list" or field.required or field.default is not None
    return base if sure or field.type == "serial" else optional(base)


def readers(prefix: str, table: Table, find: FindRecord, *, keep: bool) -> Iterator[Readable]:
    """Yield every field of a record as something to read, `prefix.name`."""
    for field in table.fields.values():
        words = f"`{field.name}` of the {prefix}: {field.type}"
        path = f"{prefix}.{field.name}"
        yield Readable(path, type_of(field), _reader(field, find), words, "tables", keep)


def _reader(field: Field, find: FindRecord) -> Callable[[Scope], Any]:
    kind = _KINDS[field.type]
    absent = _absent(field, kind)
    name, held = field.name, kind.held

    def read(scope: Scope) -> Any:  # noqa: ANN401 - of the field's type
        record = find(scope)
        if record is None:
            return absent
        value = record.values.get(name)
        return _plain(value, absent) if isinstance(value, held) else absent

    return read


def _absent(field: Field, kind: _Kind) -> Any:  # noqa: ANN401 - of the field's type
    if type_of(field).optional:
        return None
    return kind.neutral if field.default is None else field.default


def _plain(value: Any, absent: Any) -> Any:  # noqa: ANN401 - of the field's type
    """Return a value as the language has it: moments in UTC, lists as tuples, finite numbers."""
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return absent
    return tuple(value) if isinstance(value, list) else value
