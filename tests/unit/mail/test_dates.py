"""Date fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.header.dates import read_date
from postroom.mail.read import read


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 20 Nov 1995 19:12:08 -0500", "1995-11-21 00:12:08"),
        ("Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-14 03:02:54"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21 15:55:06"),
        ("21 Nov 97 09:55:06 GMT", "1997-11-21 09:55:06"),
        ("Mon, 20 Nov 1995 19:12:08 -0500 (EST)", "1995-11-21 00:12:08"),
        ("Mon,20 Nov 1995 19:12:08 EST", "1995-11-21 00:12:08"),
        ("Fri Nov 21 09:55:06 1997", "1997-11-21 09:55:06"),
        ("Fri Nov 21 09:55:06 CET 1997", "1997-11-21 08:55:06"),
        ("Wed, 10-Apr-2013 08:00 CEST", "2013-04-10 06:00:00"),
        ("20 Nov 1995 19:12", "1995-11-20 19:12:00"),
        ("Mon, 31 Dec 2012 23:59:60 +0000", "2012-12-31 23:59:59"),
        ("2024-01-31T10:00:00Z", "2024-01-31 10:00:00"),
        ("2024-01-31 10:00:00 +0100", "2024-01-31 09:00:00"),
        ("1 Jan 2024", "2024-01-01 00:00:00"),
        ("Mon, 1 Jan 124 10:00:00 +0000", "2024-01-01 10:00:00"),
        ("Mon, 1 Jan 2024 10:00:00 +9999", "2023-12-31 10:01:00"),
        ("Tue, 31 Feb 2022 10:00:00 +0000", None),
        ("Mon, 29 Jul 2013 25:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
        ("99999999999 Jan 2000 1:1:1", None),
    ],
)
def test_a_date_is_the_moment_it_names(value: str, moment: str | None) -> None:
    found = read_date(value)
    assert (found.replace(tzinfo=None).isoformat(" ") if found else None) == moment
    assert found is None or found.tzinfo is UTC


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001
def test_what_is_written_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment


@given(st.text(alphabet="MonJan 0123456789:+-,()TZ\u0661", max_size=60))
def test_no_value_breaks_the_reader(value: str) -> None:
    read_date(value)


def test_a_date_that_cannot_be_read_is_noted() -> None:
    message = read(b"Date: yesterday\n\n")
    assert message.date is None
    assert [defect.code for defect in message.defects] == ["bad_date"]
