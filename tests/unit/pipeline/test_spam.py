"""The score of a spam filter that the rule author trusts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from postroom.mail.read import read
from postroom.pipeline.spam import spam_score


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("5.2", "5.2"),
        ("-1.00", "-1.00"),
        ("5.2 / 15.00", "5.2"),
        ("Yes, score=7.1 required=5.0 tests=[A,B]", "7.1"),
        ("No, score=-0.1 required=5.0", "-0.1"),
        ("very high", None),
        ("5.2.3", None),
        ("", None),
    ],
)
def test_the_forms_of_common_filters_are_understood(written: str, score: str | None) -> None:
    message = read(f"X-Spam-Score: {written}\r\nFrom: a@b.example\r\n\r\n".encode())
    assert spam_score(message, "X-Spam-Score") == (Decimal(score) if score else None)


def test_a_score_that_the_sender_wrote_stands_below_and_does_not_count() -> None:
    raw = b"X-Spam-Score: 9\r\nReceived: x\r\nX-Spam-Score: -100\r\nFrom: a@b.example\r\n\r\n"
    assert spam_score(read(raw), "x-spam-score") == Decimal(9)


def test_without_a_trusted_field_there_is_no_score() -> None:
    assert spam_score(read(b"X-Spam-Score: 9\r\n\r\n"), "") is None
