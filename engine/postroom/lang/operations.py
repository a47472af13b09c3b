"""What expressions do with values while mail is decided. Total: none of it raises."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from postroom.lang import limits

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T", date, timedelta)

_EXACT = Context(prec=limits.DIGITS, traps=[])
_LARGEST: dict[type, Any] = {
    datetime: datetime.max.replace(tzinfo=UTC),
    date: date.max,
    timedelta: timedelta.max,
}
_SMALLEST: dict[type, Any] = {
    datetime: datetime.min.replace(tzinfo=UTC),
    date: date.min,
    timedelta: timedelta.min,
}


def later(moment: _T, span: timedelta) -> _T:
    """Return a moment, a day or a time span plus a time span; the last there is if it is past."""
    try:
        return moment + span
    except OverflowError:
        end: _T = (_LARGEST if span > timedelta(0) else _SMALLEST)[type(moment)]
        return end


def earlier(moment: _T, span: timedelta) -> _T:
    """Return a moment, a day or a time span minus a time span."""
    try:
        return moment - span
    except OverflowError:
        end: _T = (_SMALLEST if span > timedelta(0) else _LARGEST)[type(moment)]
        return end


def decimal_sum(a: Decimal | int, b: Decimal | int) -> Decimal:
    """Return a + b, to as many digits as a record holds."""
    return _finite(_EXACT.add(Decimal(a), Decimal(b)))


def decimal_difference(a: Decimal | int, b: Decimal | int) -> Decimal:
    """Return a - b, to as many digits as a record holds."""
    return _finite(_EXACT.subtract(Decimal(a), Decimal(b)))


def _finite(number: Decimal) -> Decimal:
    return number if number.is_finite() else Decimal(0)


def first_there(*values: object) -> object:
    """Return the first value that is not missing; None if all are."""
    return next((value for value in values if value is not None), None)


def is_blank(text: str | None) -> bool:
    """Return whether a text is missing or has nothing but blanks."""
    return not text or text.isspace()


def is_not_blank(text: str | None) -> bool:
    """Return whether a text has something besides blanks."""
    return bool(text) and not (text or "").isspace()


def is_not_bare(items: Sequence[object] | None) -> bool:
    """Return whether a list has items."""
    return bool(items)


def is_not_missing(value: object) -> bool:
    """Return whether there is a value."""
    return value is not None


def is_missing(value: object) -> bool:
    """Return whether there is no value."""
    return value is None


def is_bare(items: Sequence[object] | None) -> bool:
    """Return whether a list has no items."""
    return not items


def same_record(a: int | None, b: int | None) -> bool:
    """Return whether both are there and the same."""
    return a is not None and a == b


def other_record(a: int | None, b: int | None) -> bool:
    """Return whether one is missing, or they are different."""
    return not same_record(a, b)


def contains_any(text: str, wanted: tuple[str, ...]) -> bool:
    """Return whether any of the wanted texts stands in a text; all folded."""
    return any(each in text for each in wanted)


def contains_all(text: str, wanted: tuple[str, ...]) -> bool:
    """Return whether all of the wanted texts stand in a text; all folded."""
    return all(each in text for each in wanted)


def day(moment: date) -> date:
    """Return the day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def shown(value: Any) -> str:  # noqa: ANN401, PLR0911 - of any type; one return for each
    """Return a value as text for people."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return number(value)
        case datetime():
            return f"{value.isoformat(' ', 'minutes')[:16]} UTC"
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(map(shown, value))
        case None:
            return ""
        case _:
            return str(value)


def number(value: Decimal) -> str:
    """Return a decimal number in digits; with an exponent where that would be a long row."""
    value = _finite(_EXACT.plus(value))
    if abs(value.adjusted()) > limits.DIGITS:
        return str(value)
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
