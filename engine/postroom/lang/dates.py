"""Dates by a declared format: `DD.MM.YYYY`. Printing and reading, total and linear."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, get_args

Unit = Literal["YYYY", "MM", "M", "DD", "D", "HH", "mm", "ss"]
_UNITS: tuple[Unit, ...] = get_args(Unit)
_NAMES: dict[Unit, str] = {
    "YYYY": "year", "MM": "month", "M": "month", "DD": "day", "D": "day",
    "HH": "hour", "mm": "minute", "ss": "second",
}  # fmt: skip
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format that can be used."""

    written: str
    parts: tuple[tuple[Unit | None, str], ...]
    """Units, and what stands between them."""

    @property
    def has_day(self) -> bool:
        """Whether it says year, month and day, so that a date can be read by it."""
        return {"year", "month", "day"} <= {_NAMES[unit] for unit, _ in self.parts if unit}

    def show(self, moment: date) -> str:
        """Return a date, or a timestamp in UTC, as the format has it."""
        shown = []
        for unit, between in self.parts:
            if unit is None:
                shown.append(between)
                continue
            number = getattr(moment, _NAMES[unit], 0)
            shown.append(f"{number:0{len(unit)}d}")
        return "".join(shown)

    def read(self, text: str) -> datetime | None:
        """Return the moment, in UTC, that a text gives by this format; None if it gives none.

        A number may have fewer digits than its unit has letters.
        """
        found: dict[str, int] = {}
        rest = text.strip()
        for unit, between in self.parts:
            if unit is None:
                if not rest.startswith(between):
                    return None
                rest = rest[len(between) :]
                continue
            digits = _leading_digits(rest, 4 if unit == "YYYY" else 2)
            if not digits:
                return None
            found[_NAMES[unit]] = int(digits)
            rest = rest[len(digits) :]
        return None if rest else _moment(found)


@lru_cache(maxsize=64)
def date_format(written: str) -> DateFormat | str:
    """Return the format, or why it is none, in words for its author.

    Between the units may stand anything but letters; a T may, as in ISO 8601.
    """
    if not written.strip() or len(written) > _LONGEST:
        return "a date format reads like `YYYY-MM-DD` or `DD.MM.YYYY HH:mm`"
    parts: list[tuple[Unit | None, str]] = []
    at = 0
    while at < len(written):
        end = at + 1
        while end < len(written) and written[end] == written[at]:
            end += 1
        run = written[at:end]
        at = end
        unit = next((unit for unit in _UNITS if unit == run), None)
        if unit is None and run.isascii() and run.isalpha() and run != "T":
            return f"`{run}` means nothing in a date format: it knows {', '.join(_UNITS)}"
        parts.append((unit, "" if unit else run))
    return DateFormat(written, tuple(parts))


def iso_date(text: str) -> date | None:
    """Return the date that a text like `2026-01-31` gives, or None."""
    format_ = date_format("YYYY-MM-DD")
    found = format_.read(text) if isinstance(format_, DateFormat) else None
    return found.date() if found else None


def iso_moment(text: str) -> datetime | None:
    """Return the moment that a text gives by ISO 8601, in UTC; one without a zone is in UTC."""
    text = text.strip()
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _leading_digits(text: str, most: int) -> str:
    end = 0
    while end < min(most, len(text)) and text[end] in "0123456789":
        end += 1
    return text[:end]


def _moment(found: dict[str, int]) -> datetime | None:
    try:
        return datetime(
            found["year"], found["month"], found["day"],
            found.get("hour", 0), found.get("minute", 0), found.get("second", 0), tzinfo=UTC,
        )  # fmt: skip
    except (KeyError, ValueError):
        return None
