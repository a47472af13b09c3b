"""Any value of ours as plain JSON, without fractions: what an audit entry can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON understands (RFC 7493 2.2)."""


def plain(value: object) -> Json:
    """Return the value as JSON. Total.

    Times become ISO 8601 in UTC, to the microsecond; time spans seconds; decimals, whole numbers
    beyond `LARGEST` and what has no form of its own become text; a lone surrogate becomes U+FFFD,
    for it cannot be written down.
    """
    if isinstance(value, str):
        return well_formed(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return plain_object(value)
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return _scalar(value)


def plain_object(value: Mapping[str, object]) -> dict[str, Json]:
    """Return a mapping as a JSON object."""
    return {well_formed(str(key)): plain(each) for key, each in value.items()}


def _scalar(value: object) -> Json:
    match value:
        case int():
            return value if -LARGEST <= value <= LARGEST else str(value)
        case datetime():
            return timestamp(value)
        case date():
            return value.isoformat()
        case timedelta():
            return str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)
        case _ if is_dataclass(value):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return well_formed(str(value))


def timestamp(value: datetime) -> str:
    """Return a time as `2026-11-22T09:40:46.297179Z`; one without a zone counts as UTC."""
    utc = value.astimezone(UTC) if value.tzinfo else value
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def well_formed(text: str) -> str:
    """Return the text with U+FFFD for each lone surrogate."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
