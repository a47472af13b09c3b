"""Time zones as an invitation itself describes them (RFC 5545 3.6.5).

Nothing is looked up: an invitation brings the rules of its zone along, under a name of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DAYS: Final = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


@dataclass(frozen=True, slots=True)
class Observance:
    """From when on a zone has an offset; every year anew if it says so."""

    begins: datetime
    """Local time, without a zone."""
    offset: timedelta
    month: int = 0
    """In which month it begins each year; 0: once."""
    week: int = 0
    """Which of the days of the week in that month: 1 the first, -1 the last."""
    day: int = 0
    """0 is Monday."""

    def begin_before(self, moment: datetime) -> datetime | None:
        """Return its last beginning up to a local time, or None."""
        if not self.month:
            return self.begins if self.begins <= moment else None
        for year in (moment.year, moment.year - 1):
            begin = self._begin_in(year)
            if begin is not None and self.begins.year <= year and begin <= moment:
                return begin
        return None

    def _begin_in(self, year: int) -> datetime | None:
        if not 1 < year < 9999:  # noqa: PLR2004 - what datetime can hold
            return None
        if self.week > 0:
            first = self.begins.replace(year=year, month=self.month, day=1)
            days = (self.day - first.weekday()) % 7 + 7 * (self.week - 1)
            return first + timedelta(days=days)
        next_month = (year + (self.month == 12), self.month % 12 + 1)  # noqa: PLR2004
        last = self.begins.replace(year=next_month[0], month=next_month[1], day=1)
        last -= timedelta(days=1)
        return last - timedelta(days=(last.weekday() - self.day) % 7 - 7 * (self.week + 1))


def read_observance(fields: Mapping[str, str]) -> Observance | None:
    """Return the observance that the fields of STANDARD or DAYLIGHT describe, or None."""
    try:
        begins = datetime.strptime(fields.get("DTSTART", "")[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
        offset = _offset(fields.get("TZOFFSETTO", ""))
        rule = dict(
            part.split("=", 1) for part in fields.get("RRULE", "").split(";") if "=" in part
        )
        if rule.get("FREQ") != "YEARLY" or "BYDAY" not in rule:
            return Observance(begins, offset)
        day = rule["BYDAY"].split(",")[0]
        month = int(rule.get("BYMONTH", str(begins.month)).split(",")[0])
        week = int(day[:-2] or rule.get("BYSETPOS", "1"))
        if not 1 <= month <= 12 or not 1 <= abs(week) <= 5:  # noqa: PLR2004
            return Observance(begins, offset)
        return Observance(begins, offset, month, week, _DAYS[day[-2:].upper()])
    except (ValueError, KeyError):
        return None


def to_utc(local: datetime, zone: Sequence[Observance]) -> datetime:
    """Return a local time of a zone in UTC; one whose zone is unknown is taken for UTC."""
    latest: tuple[datetime, timedelta] | None = None
    for observance in zone:
        begin = observance.begin_before(local)
        if begin is not None and (latest is None or begin > latest[0]):
            latest = (begin, observance.offset)
    offset = latest[1] if latest else (zone[0].offset if zone else timedelta())
    return (local - offset).replace(tzinfo=UTC)


def _offset(value: str) -> timedelta:
    """Return `+0130` as a span. Raises ValueError."""
    sign, digits = value[:1], value[1:]
    if sign not in ("+", "-") or len(digits) not in (4, 6) or not digits.isdecimal():
        raise ValueError(value)
    span = timedelta(
        hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:] or "0")
    )
    return -span if sign == "-" else span
