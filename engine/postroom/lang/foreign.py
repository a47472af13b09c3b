"""Functions that plugins bring, made safe to call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang import limits
from postroom.lang.fields import in_utc
from postroom.lang.functions import Parameter, Signature
from postroom.lang.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DURATION,
    INTEGER,
    TEXT,
    TIMESTAMP,
    Type,
    list_of,
    optional,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.scheme import PureFunction

TYPES: dict[str, Type] = {
    each.kind: each for each in (TEXT, INTEGER, DECIMAL, BOOLEAN, DATE, TIMESTAMP, DURATION)
}  # fmt: skip
"""What a plugin's function may take and give, by name; and `list of` these, and these with `?`."""

_NEUTRAL: dict[str, Any] = {
    "text": "", "integer": 0, "decimal": Decimal(0), "boolean": False, "list": (),
    "date": date(1970, 1, 1), "timestamp": in_utc(datetime(1970, 1, 1)),  # noqa: DTZ001
    "duration": timedelta(0),
}  # fmt: skip


def type_named(name: str) -> Type | None:
    """Return the type that a plugin names, or None if there is no such type."""
    missing = name.endswith("?")
    name = name.removesuffix("?").strip()
    if name.startswith("list of "):
        item = TYPES.get(name.removeprefix("list of "))
        return list_of(item) if item and not missing else None
    found = TYPES.get(name)
    return optional(found) if found and missing else found


def signature(function: type[PureFunction]) -> Signature | None:
    """Return how a plugin's function is called; None if it names a type that there is not."""
    parameters = tuple(map(type_named, function.parameters))
    returns = type_named(function.returns)
    if returns is None:
        return None
    wanted = []
    for number, parameter in enumerate(parameters, 1):
        if parameter is None or parameter.optional:
            return None
        wanted.append(Parameter(f"{parameter} {number}", parameter))
    call = _guarded(function(), returns)
    return Signature(function.name, tuple(wanted), lambda _: returns, lambda: call, function.help)


def _guarded(function: Callable[..., Any], returns: Type) -> Callable[..., Any]:
    neutral = None if returns.optional else _NEUTRAL[returns.kind]

    def call(*values: Any) -> Any:  # noqa: ANN401 - of the declared types
        try:
            value = function(*values)
        except Exception:  # noqa: BLE001 - a plugin's mistake must not stop the mail
            return neutral
        return value if fits(value, returns) else neutral

    return call


def fits(value: object, type_: Type) -> bool:  # noqa: PLR0911 - one return for each kind
    """Return whether a value is what its type says, and not too large."""
    match type_.kind:
        case "text":
            return isinstance(value, str) and len(value) <= limits.OUTPUT
        case "integer":
            whole = isinstance(value, int) and not isinstance(value, bool)
            return whole and -limits.INTEGER <= value < limits.INTEGER  # type: ignore[operator]
        case "decimal":
            return isinstance(value, Decimal) and value.is_finite()
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, date) and not isinstance(value, datetime)
        case "timestamp":
            return isinstance(value, datetime) and value.tzinfo is not None
        case "duration":
            return isinstance(value, timedelta)
        case "list":
            item = type_.of or TEXT
            return isinstance(value, tuple) and all(fits(each, item) for each in value)
        case _:
            return False
