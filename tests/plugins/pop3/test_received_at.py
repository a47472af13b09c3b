from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom_pop3.transport import received_at

TOP = (
    b"Return-Path: <ann@weaver.example>\r\n"
    b"Received: from mx.weaver.example (mx.weaver.example [192.0.2.1])\r\n"
    b"\tby mail.kestrel.example; Mon, 2 Nov 2026 09:30:00 +0100 (CET)\r\n"
    b"Received: from forged; Tue, 1 Jan 2019 00:00:00 +0000\r\n"
    b"Subject: x\r\n\r\nReceived: by body; Tue, 1 Jan 2019 00:00:00 +0000\r\n"
)


def test_the_topmost_field_says_when_the_server_took_it_in() -> None:
    assert received_at(TOP) == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"Subject: x\r\n\r\nReceived: by body; Tue, 1 Jan 2019 00:00:00 +0000\r\n",
        b"Received: by nobody\r\n\r\n",
        b"Received: by x; yesterday\r\n\r\n",
        b"Received: by x; Mon, 2 Nov 99999 09:30:00 +0100\r\n\r\n",
        b"Received: by x; Mon, 2 Nov 2026 09:30:00\r\n\r\n",
        b"Received: by x; Mon, 2 Nov 2026 09:30:00 +99999999999\r\n\r\n",
        b"Received: by x; \xff\xfe\r\n\r\n",
    ],
)
def test_what_says_nothing_is_not_guessed_at(raw: bytes) -> None:
    assert received_at(raw) is None


def test_a_year_at_the_edge_is_no_error() -> None:
    for text in (b"Mon, 1 Jan 0001 00:00:00 +1200", b"Fri, 31 Dec 9999 23:59:59 -1200"):
        received_at(b"Received: by x; " + text + b"\r\n\r\n")
