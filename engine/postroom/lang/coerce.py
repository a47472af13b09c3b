"""Whether a value can go into a field of a record, and how it becomes one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang import limits
from postroom.lang.dates import DateFormat, date_format, iso_date, iso_moment
from postroom.lang.demands import PARTS_TO_TAKE
from postroom.lang.fields import in_utc
from postroom.lang.holes import SHOWABLE
from postroom.lang.operations import number, shown
from postroom.lang.text import fold
from postroom.lang.values import read_address, read_boolean, read_decimal, read_integer
from postroom.model.record import Field, FileRef, LogEntry
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postroom.lang.types import Type
    from postroom.model.message import Attachment
    from postroom.model.record import FieldType, Value

DATE_FORMAT = "YYYY-MM-DD"

_TAKES: dict[FieldType, frozenset[str]] = {
    "text": SHOWABLE,
    "log": SHOWABLE,
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"decimal", "integer"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date", "timestamp"}),
    "timestamp": frozenset({"timestamp", "date"}),
    "choice": frozenset({"text"}),
    "multi_choice": frozenset({"text"}),
    "email": frozenset({"text"}),
    "list": frozenset({"text"}),
    "reference": frozenset({"record"}),
    "files": frozenset({"attachment", "file"}),
    "serial": frozenset(),
}
"""Kinds of values that a field takes; of the items, where it takes a list."""

_LISTS = frozenset({"multi_choice", "list", "files"})
_ITEM = Field("item", "text")


def assignable(value: Type, field: Field) -> str | None:
    """Return why a value of this type can never go into the field; None if it can."""
    if field.type == "serial":
        return f"`{field.name}` is counted by the engine and cannot be set"
    items = value.of if value.kind == "list" and value.of is not None else None
    kind = items.kind if items is not None else value.kind
    as_text = field.type in ("text", "log")
    fits = kind in _TAKES[field.type] and (as_text or items is None or field.type in _LISTS)
    if not fits:
        part = PARTS_TO_TAKE.get(kind) if "text" in _TAKES[field.type] else None
        hint = f"; take a part of it, such as `.{part}`" if part else ""
        return f"{value.described()} cannot go into `{field.name}`, {_described(field)}{hint}"
    if field.type == "files" and items is None:
        return f"`{field.name}` takes a list of files"
    if value.kind == "record" and value.table != field.table:
        return f"{value.described()} cannot go into `{field.name}`, {_described(field)}"
    if value.optional and field.required and field.default is None:
        return f"this may be missing, and `{field.name}` is required: give a fallback with `??`"
    return _never_listed((items or value).values, field)


def _never_listed(values: tuple[str, ...], field: Field) -> str | None:
    """Say so if the value is sometimes one that a choice does not list."""
    if field.type not in ("choice", "multi_choice"):
        return None
    listed = {fold(each) for each in field.values}
    for value in values:
        if fold(value) not in listed:
            return f'this can be "{value}", which `{field.name}` does not list'
    return None


def _described(field: Field) -> str:
    if field.type == "reference":
        return f"which refers to a {field.table}"
    if field.type == "list":
        return f"which is a list of {field.of or 'text'}"
    return f"which is {field.type}"


def coerce(field: Field, value: object, date_format: str = DATE_FORMAT) -> tuple[Value, str | None]:
    """Return the value as the field holds it, and None; or None, and why it is refused.

    Takes what YAML or an expression gives, and text for every type: `yes`, `31.01.2026` by the
    declared format, a choice in any case of letters, items between commas. Nothing, and text that
    is empty, clears the field. The text of a log stays text: who appends it makes the entry.
    Total; it does not look anything up.
    """
    if isinstance(value, list):
        value = tuple(value)
    if value is None or value == () or (isinstance(value, str) and not value.strip()):
        return _nothing(field)
    try:
        held = _READERS[field.type](field, value, date_format)
    except _Refused as refused:
        return None, str(refused)
    return _nothing(field) if held == () else (held, None)


def file_refs(attachments: Iterable[Attachment], communication: int) -> tuple[FileRef, ...]:
    """Return attachments as a record holds them; `communication` is the message they came in."""
    return tuple(
        FileRef(a.sha256, a.filename, a.detected_type, a.size, communication, a.part)
        for a in attachments
    )


class _Refused(Exception):  # noqa: N818 - it is the word for it
    """Says why."""


def _nothing(field: Field) -> tuple[Value, str | None]:
    if field.type == "text" and not field.required:
        return "", None
    if field.type in (*_LISTS, "log") and not field.required:
        return (), None
    return None, "a value is needed" if field.required else None


def _text(field: Field, value: object, _: str) -> str:
    items = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(item, str | bool | int | Decimal | date) for item in items):
        raise _Refused("it is not text")
    text = shown(value)
    if field.max is not None and len(text) > field.max:
        raise _Refused(f"it has {len(text)} characters, more than {field.max}")
    return text


def _integer(field: Field, value: object, _: str) -> int:
    if isinstance(value, str):
        read = read_integer(value)
        if read is None:
            raise _Refused(f'"{_cut(value)}" is not a whole number')
        value = read
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < limits.DIGITS:
        value = int(value) if value == value.to_integral_value() else value
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Refused("it is not a whole number")
    if not -limits.INTEGER <= value < limits.INTEGER:
        raise _Refused("the number is too large")
    _check_range(field, value)
    return value


def _decimal(field: Field, value: object, _: str) -> Decimal:
    if isinstance(value, str):
        read = read_decimal(value)
        if read is None:
            raise _Refused(f'"{_cut(value)}" is not a number')
        value = read
    if isinstance(value, float):  # as YAML gives it
        value = Decimal(repr(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _Refused("it is not a number")
    found = Decimal(value)
    if not found.is_finite() or len(found.as_tuple().digits) > limits.DIGITS:
        raise _Refused("the number is too large")
    if found.adjusted() >= limits.DIGITS - limits.DECIMALS:
        raise _Refused("the number is too large")
    if _digits_behind_the_point(found) > limits.DECIMALS:
        raise _Refused(f"it has more than {limits.DECIMALS} digits after the point")
    _check_range(field, found)
    return found


def _digits_behind_the_point(value: Decimal) -> int:
    """Return how many it needs; zeros at the end are none."""
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _check_range(field: Field, value: int | Decimal) -> None:
    if field.min is not None and value < field.min:
        raise _Refused(f"{_number(value)} is less than {_number(field.min)}")
    if field.max is not None and value > field.max:
        raise _Refused(f"{_number(value)} is more than {_number(field.max)}")


def _number(value: int | Decimal) -> str:
    return number(value) if isinstance(value, Decimal) else str(value)


def _boolean(_: Field, value: object, __: str) -> bool:
    read = read_boolean(value) if isinstance(value, str) else value
    if not isinstance(read, bool):
        raise _Refused(f'"{_cut(shown(value))}" is neither yes nor no')
    return read


def _date(_: Field, value: object, format_: str) -> date:
    if isinstance(value, datetime):
        return in_utc(value).date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise _Refused("it is not a date")
    moment = _by_format(value, format_)
    found = moment.date() if moment else iso_date(value)
    if found is None:
        raise _Refused(f'"{_cut(value)}" is not a date by {format_}')
    return found


def _timestamp(_: Field, value: object, format_: str) -> datetime:
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if not isinstance(value, str):
        raise _Refused("it is not a timestamp")
    found = _by_format(value, format_) or iso_moment(value)
    if found is None:
        raise _Refused(f'"{_cut(value)}" is not a timestamp')
    return found


def _by_format(text: str, format_: str) -> datetime | None:
    found = date_format(format_)
    return found.read(text) if isinstance(found, DateFormat) else None


def _choice(field: Field, value: object, _: str) -> str:
    if not isinstance(value, str | int):
        raise _Refused("it is not a choice")
    wanted = fold(str(value).strip())
    for listed in field.values:
        if fold(listed) == wanted:
            return listed
    meant = did_you_mean(str(value), field.values)
    words = f'"{_cut(str(value))}" is not listed'
    raise _Refused(f"{words}: {meant or 'there are ' + ', '.join(field.values)}")


def _items(value: object) -> tuple[object, ...]:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value if isinstance(value, tuple) else (value,)


def _multi_choice(field: Field, value: object, format_: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_choice(field, item, format_) for item in _items(value)))


def _email(_: Field, value: object, __: str) -> str:
    found = read_address(value) if isinstance(value, str) else None
    if found is None:
        raise _Refused(f'"{_cut(shown(value))}" is not an address')
    return found


def _list(field: Field, value: object, format_: str) -> tuple[str, ...]:
    if field.of == "email":
        return tuple(_email(field, item, format_) for item in _items(value))
    found = tuple(_text(_ITEM, item, format_) for item in _items(value))
    if field.max is not None and any(len(item) > field.max for item in found):
        raise _Refused(f"an item has more than {field.max} characters")
    return found


def _reference(_: Field, value: object, __: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _Refused("a record cannot be named by text")
    return value


def _files(_: Field, value: object, __: str) -> tuple[FileRef, ...]:
    items = value if isinstance(value, tuple) else ()
    found = tuple(item for item in items if isinstance(item, FileRef))
    if not items or len(found) != len(items):
        raise _Refused("files cannot be named by text")
    return found


def _log(field: Field, value: object, format_: str) -> Any:  # noqa: ANN401 - text or entries
    if isinstance(value, tuple) and all(isinstance(item, LogEntry) for item in value):
        return value
    return _text(field, value, format_)


def _serial(_: Field, __: object, ___: str) -> Any:  # noqa: ANN401 - never
    raise _Refused("the engine counts it")


def _cut(text: str) -> str:
    most = 60
    return text if len(text) <= most else text[: most - 1] + "…"


_READERS: dict[FieldType, Callable[[Field, object, str], Value]] = {
    "text": _text,
    "log": _log,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "choice": _choice,
    "multi_choice": _multi_choice,
    "email": _email,
    "list": _list,
    "reference": _reference,
    "files": _files,
    "serial": _serial,
}
