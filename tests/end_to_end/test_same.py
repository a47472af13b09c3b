"""What counts as the same message, row by row of the table in the docs, with a real store."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk

HEADER = """\
From: Ann <ann@weaver.example>\r
To: support@kestrel.example\r
Subject: {subject}\r
Date: Mon, 2 Nov 2026 08:00:00 +0000\r
"""


def letter(subject: str, body: str = "Hello.", *more: str) -> bytes:
    fields = "".join(f"{line}\r\n" for line in more)
    return f"{fields}{HEADER.format(subject=subject)}\r\n{body}\r\n".encode()


def test_what_counts_as_the_same_message(desk: Desk) -> None:
    one = "Message-ID: <1@weaver.example>"
    mails = {
        "1 new": letter("a", "Hello.", one),
        "2 same bytes": letter("a", "Hello.", one),
        "3 same submission": letter("a", "Hello.", "Received: by another.example", one),
        "4 other content": letter("b", "Something else.", one),
        "5 no id": letter("c"),
        "6 no id, same bytes": letter("c"),
        "7 no id, another path": letter("c", "Hello.", "Received: by another.example"),
        "8 no id, other words": letter("c", "Hello again."),
    }
    account = "{use: eml, path: inbox}"
    desk.write(support=account, sales="{use: eml, path: shared}")
    for folder, names in (("inbox", [*mails]), ("shared", ["1 new"])):
        (desk.folder / folder).mkdir()
        for age, name in enumerate(reversed(names), 60):
            path = desk.folder / folder / f"{name}.eml"
            path.write_bytes(mails[name])
            os.utime(path, (time.time() - age,) * 2)
    assert desk.once().returncode == 0
    decided = "SELECT outcome FROM decisions WHERE account = 'support' ORDER BY seq"
    new, again = "created", "duplicate"
    assert [row["outcome"] for row in desk.sql(decided)] == [
        new, again, again, new, new, again, new, new,
    ]  # fmt: skip
    reused = "SELECT count(*) FROM entries WHERE kind = 'message_id_reused'"
    assert desk.one(reused) == 1
    assert desk.one("SELECT count(*) FROM decisions WHERE account = 'sales'") == 1
    assert desk.one("SELECT outcome FROM decisions WHERE account = 'sales'") == "created"

    assert desk.once().returncode == 0
    assert desk.one("SELECT count(*) FROM decisions") == len(mails) + 1
