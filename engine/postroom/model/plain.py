"""Any value of ours as plain JSON, without fractions: what an audit entry can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from postroom.model.envelope import Place

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON understands (RFC 7493 2.2)."""

_WITHOUT_ZONE = len("2026-11-22T09:40:46.297179")


def plain(value: object) -> Json:
    """Return the value as JSON. Total.

    Times become ISO 8601 in UTC, to the microsecond; time spans seconds; decimals, whole numbers
    beyond `LARGEST` and what has no form of its own become text; a lone surrogate becomes U+FFFD,
    for it cannot be written down.
    """
    return _FORMS.get(type(value), _other)(value)


def plain_object(value: Mapping[str, object]) -> dict[str, Json]:
    """Return a mapping as a JSON object."""
    return {well_formed(str(key)): plain(each) for key, each in value.items()}


def _plain_list(value: Iterable[object]) -> list[Json]:
    return [plain(each) for each in value]


def _number(value: int) -> Json:
    return value if -LARGEST <= value <= LARGEST else str(value)


def _seconds(value: timedelta) -> Json:
    return str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)


def _other(value: object) -> Json:
    """Return the form of a type that is not listed: of ours, or of a kind that is."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return plain_object(value)
    if isinstance(value, tuple | list):
        return _plain_list(value)
    return well_formed(str(value))


def place(value: Place) -> dict[str, Json]:
    """Return a place on a server."""
    return {
        "mailbox": well_formed(value.mailbox),
        "epoch": well_formed(value.epoch),
        "key": well_formed(value.key),
    }


def timestamp(value: datetime) -> str:
    """Return a time as `2026-11-22T09:40:46.297179Z`; one without a zone counts as UTC."""
    utc = value if value.tzinfo in (None, UTC) else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:_WITHOUT_ZONE] + "Z"


def well_formed(text: str) -> str:
    """Return the text with U+FFFD for each lone surrogate."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


_FORMS: dict[type, Callable[[Any], Json]] = {
    NoneType: lambda _: None,
    bool: bool,
    int: _number,
    str: well_formed,
    dict: plain_object,
    list: _plain_list,
    tuple: _plain_list,
    datetime: timestamp,
    date: date.isoformat,
    timedelta: _seconds,
}
"""By exact type, for the time that it saves: every value of every entry comes by here."""
