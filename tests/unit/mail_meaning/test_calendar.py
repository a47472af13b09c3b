"""Invitations and the answers to them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.mail.read import read
from postroom.model.message import Calendar

ZONE = """\
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def invitation(event: str, *, method: str = "REQUEST", zone: str = "", rest: str = "") -> bytes:
    calendar = (
        f"BEGIN:VCALENDAR\nMETHOD:{method}\n{zone}"
        f"BEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    header = (
        "From: Ann <ann@x.example>\nSubject: Meeting\nMIME-Version: 1.0\n"
        f"Content-Type: text/calendar; charset=utf-8; method={method}{rest}\n\n"
    )
    return (header + calendar).replace("\n", "\r\n").encode()


def calendar(event: str, zone: str = "") -> Calendar:
    found = read(invitation(event, zone=zone)).calendar
    assert found is not None
    return found


def test_an_invitation_is_read() -> None:
    message = read(
        invitation(
            "UID:1@x.example\nSUMMARY:Budget\\, second part\n"
            'ORGANIZER;CN="Ann: A.":mailto:ann@x.ex\n ample\n'
            "DTSTART:20240304T091200Z\nDTEND:20240304T101200Z"
        )
    )
    assert message.class_ == "calendar"
    assert message.calendar == Calendar(
        "REQUEST",
        "1@x.example",
        "Budget, second part",
        datetime(2024, 3, 4, 9, 12, tzinfo=UTC),
        datetime(2024, 3, 4, 10, 12, tzinfo=UTC),
        "ann@x.example",
    )


@pytest.mark.parametrize(
    ("local", "hour"),
    [
        ("20240304T101200", 9),
        ("20240704T101200", 8),
        ("20241026T101200", 8),
        ("20241028T101200", 9),
    ],
)
def test_a_zone_is_taken_from_the_invitation_itself(local: str, hour: int) -> None:
    found = calendar(f"DTSTART;TZID=W. Europe Standard Time:{local}", ZONE)
    assert found.starts_at is not None
    assert (found.starts_at.hour, found.starts_at.minute) == (hour, 12)


@pytest.mark.parametrize(
    ("event", "end"),
    [
        ("DTSTART:20240304T091200Z\nDURATION:PT1H30M", datetime(2024, 3, 4, 10, 42, tzinfo=UTC)),
        (
            "DTSTART;VALUE=DATE:20240304\nDTEND;VALUE=DATE:20240305",
            datetime(2024, 3, 5, tzinfo=UTC),
        ),
        ("DTSTART:20240304T091200Z\nDURATION:nonsense", None),
        ("DTSTART:yesterday\nDTEND:today", None),
    ],
)
def test_ends_of_events(event: str, end: datetime | None) -> None:
    assert calendar(event).ends_at == end


def test_a_calendar_file_that_somebody_sends_is_an_ordinary_mail() -> None:
    raw = invitation("UID:1@x.example\nSUMMARY:Plan", method="PUBLISH")
    message = read(raw.replace(b"MIME-Version", b"Content-Disposition: attachment\r\nMIME-Version"))
    assert message.class_ == "human"
    assert message.calendar is not None


def test_what_is_no_calendar_is_none() -> None:
    header = b"From: a@x.example\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n"
    assert read(header + b"Hello").calendar is None
