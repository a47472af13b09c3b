"""How fast mail is read, against the standard library's compat32 decoded by hand, in one run.

The baseline does what such code does: every header decoded, addresses parsed, every leaf decoded,
text by its charset. `decoded` is our reader doing the same; `read` is all that `read()` does, which
is more: hashes of message and files, text from HTML, quotes, classes, addresses checked.

    python benchmarks/parse.py [COUNT [SEED]]
"""

from __future__ import annotations

import email
import sys
import time
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from mix import DEFAULTS, messages

from postroom.mail.contents import Contents
from postroom.mail.defects import Defects
from postroom.mail.header.fields import read_header
from postroom.mail.header.heading import build_message, read_people
from postroom.mail.limits import LIMITS
from postroom.mail.read import read
from postroom.mail.structure.mime import TreeReader

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
BATCH = 50
ATTACKS = 100.0
"""Milliseconds that a crafted message may cost."""


def compat32(raw: bytes) -> int:
    """Decode a message by hand, as one does with the standard library."""
    message = email.message_from_bytes(raw)
    size = 0
    for value in message.values():
        size += len(str(make_header(decode_header(value))))
    for name in ("from", "to", "cc", "reply-to"):
        size += len(getaddresses([str(value) for value in message.get_all(name, [])]))
    size += parsedate_to_datetime(message["date"]).year
    for part in message.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        part.get_filename()
        if part.get_content_maintype() == "text":
            size += len(content.decode(part.get_content_charset() or "ascii", "replace"))
        size += len(content)
    return size


def decoded(raw: bytes) -> int:
    """Decode a message with our reader, no more than the baseline does."""
    defects = Defects()
    header = read_header(raw, 0, len(raw), LIMITS, defects)
    people = read_people(header.headers, LIMITS, defects)
    message = build_message(
        b"", header.headers, people, Contents(), defects, mail_from=None, refused=None
    )
    root = TreeReader(LIMITS, defects).root(raw, header, len(raw))
    size = len(message.headers)
    for part in root.walk():
        if part.is_multipart:
            continue
        size += len(part.text()) if part.content_type.startswith("text/") else len(part.content())
    return size


def read_all(raw: bytes) -> int:
    """Read a message in full."""
    return read(raw).size


def measured(mails: list[bytes], works: dict[str, Callable[[bytes], int]]) -> dict[str, float]:
    """Return the seconds each way of working takes, at its best of several interleaved rounds."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        spent = dict.fromkeys(works, 0.0)
        for first in range(0, len(mails), BATCH):
            for name, work in works.items():
                started = time.process_time()
                for raw in mails[first : first + BATCH]:
                    work(raw)
                spent[name] += time.process_time() - started
        best = {name: min(best[name], spent[name]) for name in works}
    return best


def attacks() -> dict[str, bytes]:
    """Return messages made to be slow to read."""
    head = b"From: a@b.example\nSubject: x\n"
    parts = b"".join(b"--b\nContent-Type: text/plain\n\nx\n" for _ in range(100_000))
    return {
        "1 MB subject of encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 75_000 + b"\n\nx",
        "50 KB of nested comments": b"From: "
        + b"(" * 25_000
        + b")" * 25_000
        + b" a@b.example\n\nx",
        "100,000 parts": head
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + parts
        + b"--b--\n",
        "50,000 nested divs": head + b"Content-Type: text/html\n\n" + b"<div>" * 50_000 + b"x",
        "a flood of `On ... wrote:`": head + b"\n" + b"On Mon, Ann wrote:\n> x\n" * 20_000,
        "50,000 attributes": head + b"Content-Type: text/html\n\n<p " + b"a=1 " * 50_000 + b">x",
    }


def main() -> None:
    """Print both speeds and their ratio, and what crafted messages cost."""
    count, seed = (*map(int, sys.argv[1:]), *DEFAULTS[len(sys.argv) - 1 :])
    mails = list(messages(count, seed))
    print(f"{count} messages, mean {sum(map(len, mails)) / count / 1000:.1f} KB, best of {ROUNDS}")
    spent = measured(mails, {"compat32": compat32, "decoded": decoded, "read": read_all})
    for name, seconds in spent.items():
        ratio = spent["compat32"] / seconds
        print(f"{name:10} {count / seconds:8.0f}/s {1e6 * seconds / count:8.0f} us {ratio:6.1f}x")
    for name, raw in attacks().items():
        started = time.perf_counter()
        message = read(raw)
        cost = 1000 * (time.perf_counter() - started)
        verdict = "ok" if cost < ATTACKS else "TOO SLOW"
        print(f"{name:30} {cost:7.1f} ms  {verdict}  {message.refused or 'read'}")


if __name__ == "__main__":
    main()
