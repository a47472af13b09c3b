"""Invitations and the answers to them (RFC 5545, 5546, 6047)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from postroom.mail.reports.calendar_zones import Observance, read_observance, to_utc
from postroom.model.message import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.mail.structure.part import Part

_TYPES: Final = ("text/calendar", "application/ics")
_COMPONENTS: Final = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
_MOST_LINES: Final = 20_000
_LONGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Property:
    """`DTSTART;TZID=Europe/Berlin:20240115T143000`, taken apart."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Found:
    method: str = ""
    properties: dict[str, _Property] = field(default_factory=dict)
    """Of the first event or task."""
    zones: dict[str, list[Observance]] = field(default_factory=dict)


def read_calendar(root: Part) -> Calendar | None:
    """Return the first event or task that the message brings, or None.

    Times are in UTC. A time without a zone, and one whose zone the message does not describe, is
    taken as it stands; a day without a time begins at midnight.
    """
    for part in root.own():
        named = part.filename.lower().endswith(".ics")
        if part.content_type in _TYPES or (named and not part.is_multipart):
            found = _read(part.text())
            if found is not None and found.properties:
                return _calendar(found, part.params.get("method", ""))
    return None


def _calendar(found: _Found, method: str) -> Calendar:
    starts_at = _moment(found, "DTSTART")
    ends_at = _moment(found, "DTEND") or _moment(found, "DUE")
    if ends_at is None and starts_at is not None:
        ends_at = _after(starts_at, _text(found, "DURATION"))
    return Calendar(
        method=(found.method or method or "PUBLISH").upper(),
        uid=_text(found, "UID"),
        summary=_unescaped(_text(found, "SUMMARY")),
        starts_at=starts_at,
        ends_at=ends_at,
        organizer=_address(_text(found, "ORGANIZER")),
    )


def _read(text: str) -> _Found | None:
    """Read the lines of a calendar; None if it is none."""
    found = _Found()
    inside: list[str] = []
    zone = ""
    observance: dict[str, str] = {}
    for entry in _properties(text):
        if entry.name == "BEGIN":
            inside.append(entry.value.upper())
            observance = {}
            continue
        if entry.name == "END":
            ended = inside.pop() if inside else ""
            read = read_observance(observance) if ended in ("STANDARD", "DAYLIGHT") else None
            if read is not None:
                found.zones.setdefault(zone, []).append(read)
            if ended in _COMPONENTS and found.properties:
                return found
            continue
        where = inside[-1] if inside else ""
        if where == "VCALENDAR" and entry.name == "METHOD":
            found.method = entry.value.strip()
        elif where in _COMPONENTS:
            found.properties.setdefault(entry.name, entry)
        elif where == "VTIMEZONE" and entry.name == "TZID":
            zone = entry.value
        elif where in ("STANDARD", "DAYLIGHT"):
            observance.setdefault(entry.name, entry.value)
    return found if found.properties else None


def _properties(text: str) -> Iterator[_Property]:
    """Yield the properties of a calendar, long lines put together again (RFC 5545 3.1)."""
    line = ""
    for raw in [*text.replace("\r", "").split("\n", _MOST_LINES)[:_MOST_LINES], ""]:
        if raw[:1] in (" ", "\t"):
            if len(line) < _LONGEST:
                line += raw[1:]
            continue
        if line:
            yield _property(line)
        line = raw


def _property(line: str) -> _Property:
    head, value = _outside_quotes(line, ":")
    name, rest = _outside_quotes(head, ";")
    parameters: dict[str, str] = {}
    while rest:
        each, rest = _outside_quotes(rest, ";")
        key, _, setting = each.partition("=")
        parameters[key.upper()] = setting.strip('"')
    return _Property(name.strip().upper(), parameters, value)


def _outside_quotes(text: str, mark: str) -> tuple[str, str]:
    """Return what stands before and behind the first mark that is not inside quotes."""
    place = text.find(mark)
    quote = text.find('"')
    while 0 <= quote < place:
        closing = text.find('"', quote + 1)
        if closing < 0:
            break
        place = text.find(mark, closing) if closing > place else place
        quote = text.find('"', closing + 1)
    return (text, "") if place < 0 else (text[:place], text[place + 1 :])


def _text(found: _Found, name: str) -> str:
    entry = found.properties.get(name)
    return entry.value.strip() if entry else ""


def _moment(found: _Found, name: str) -> datetime | None:
    entry = found.properties.get(name)
    if entry is None:
        return None
    value = entry.value.strip()
    try:
        if len(value) == 8:  # noqa: PLR2004 - a day
            return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
        local = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone comes now
        if value.endswith("Z"):
            return local.replace(tzinfo=UTC)
        return to_utc(local, found.zones.get(entry.parameters.get("TZID", ""), ()))
    except (ValueError, OverflowError):
        return None


def _after(start: datetime, duration: str) -> datetime | None:
    """Return the end of an event by its duration: `PT1H30M`, `P1D`, `P2W`."""
    units = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}
    amounts: dict[str, int] = {}
    digits = ""
    for letter in duration.lstrip("+").removeprefix("P").replace("T", "")[:40]:
        if letter.isdecimal() and letter.isascii():
            digits += letter
        elif letter in units and digits and len(digits) < 8:  # noqa: PLR2004
            amounts[units[letter]] = int(digits)
            digits = ""
        else:
            return None
    try:
        return start + timedelta(**amounts) if amounts else None
    except OverflowError:
        return None


def _address(value: str) -> str:
    return value[7:] if value[:7].lower() == "mailto:" else value


def _unescaped(value: str) -> str:
    """Undo the escapes of a text value (RFC 5545 3.3.11)."""
    marks = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";"}
    pieces = value.split("\\\\")
    for escape, letter in marks.items():
        pieces = [piece.replace(escape, letter) for piece in pieces]
    return "\\".join(pieces)
