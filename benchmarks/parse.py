"""How fast mail is read, against the standard library's compat32 decoded by hand, in one run.

The baseline and `decoded` do the same: every field of the header decoded, addresses and date
parsed, each text decoded by its charset, each file decoded, with its name, type, size and hash, and
the message's own hash. `read` is all that postroom does with a message, which compat32 does not:
text from HTML, what is new and what is quoted, signatures, forwards, bounces, classes with their
reasons. Each is measured where we stand and as the engine has it done: in processes of their own
(`isolated`), which read side by side, confined, and hand messages back over a socket. Limits are
always on.

    python benchmarks/parse.py [COUNT [SEED]]       takes Linux: it counts other processes' time
"""

from __future__ import annotations

import email
import gc
import hashlib
import sys
import time
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from meter import processor_time
from mix import DEFAULTS, messages

from postroom.mail.contents import Contents
from postroom.mail.defects import Defects
from postroom.mail.header.fields import read_header
from postroom.mail.header.heading import build_message, read_people
from postroom.mail.limits import LIMITS
from postroom.mail.read import read
from postroom.mail.structure.attachments import read_attachment
from postroom.mail.structure.mime import TreeReader
from postroom.mail.structure.prepare import prepared
from postroom.mail.text.body import sort_parts
from postroom.model.message import Body
from postroom.runtime.reading.reader import READ, Isolated

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message as EmailMessage

    from postroom.model.message import Message

ROUNDS = 5
BATCH = 500
ATTACKS = 100.0
"""Milliseconds of processor time that a crafted message may cost."""


class Read(NamedTuple):
    """What the baseline makes of a message."""

    sha256: str
    headers: list[tuple[str, str]]
    people: list[tuple[str, str]]
    year: int
    texts: list[str]
    files: list[tuple[str, str, int, str]]
    """Name, type, size, hash."""


def compat32(raw: bytes) -> Read:
    """Decode a message by hand, as one does with the standard library."""
    message = email.message_from_bytes(raw)
    texts: list[str] = []
    files: list[tuple[str, str, int, str]] = []
    for part in message.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        name = part.get_filename() or ""
        if part.get_content_maintype() == "text" and not name:
            texts.append(content.decode(part.get_content_charset() or "ascii", "replace"))
            continue
        digest = hashlib.sha256(content).hexdigest()
        files.append((name, part.get_content_type(), len(content), digest))
    return Read(
        hashlib.sha256(raw).hexdigest(),
        [(name, str(make_header(decode_header(value)))) for name, value in message.items()],
        getaddresses([str(value) for value in _people(message)]),
        parsedate_to_datetime(message["date"]).year,
        texts,
        files,
    )


def _people(message: EmailMessage) -> list[str]:
    names = ("from", "sender", "reply-to", "to", "cc")
    return [value for name in names for value in message.get_all(name, [])]


def decoded(raw: bytes, mail_from: str | None = None) -> Message:
    """Decode a message with our reader, no more than the baseline does."""
    defects = Defects()
    source, start = prepared(raw, defects)
    header = read_header(source, start, len(source), LIMITS, defects)
    people = read_people(header.headers, LIMITS, defects)
    leaves = sort_parts(TreeReader(LIMITS, defects).root(source, header, len(source)))
    html = [leaves.text_of(part) for part in leaves.html if part.content_type == "text/html"]
    text = [leaves.text_of(part) for part in leaves.text if part.content_type == "text/plain"]
    files = tuple([read_attachment(part, LIMITS) for part in leaves.files])
    contents = Contents(Body("\n".join(text), "\n".join(html)), files)
    return build_message(
        raw, header.headers, people, contents, defects, mail_from=mail_from, refused=None
    )


def one_by_one(work: Callable[[bytes], object]) -> Callable[[list[bytes]], object]:
    """Return what does the work on each message of a batch."""
    return lambda mails: [work(raw) for raw in mails]


def elsewhere(reader: Isolated) -> Callable[[list[bytes]], object]:
    """Return what has a batch read in other processes."""
    return lambda mails: reader.read([(raw, None) for raw in mails])


class Cost(NamedTuple):
    """Seconds."""

    wall: float
    processor: float
    """Of all processes."""


def measured(
    mails: list[bytes], works: dict[str, Callable[[list[bytes]], object]]
) -> dict[str, Cost]:
    """Return what each way of working takes, at its best of several interleaved rounds."""
    best = dict.fromkeys(works, Cost(float("inf"), float("inf")))
    for _ in range(ROUNDS):
        spent = dict.fromkeys(works, Cost(0.0, 0.0))
        for first in range(0, len(mails), BATCH):
            batch = mails[first : first + BATCH]
            for name, work in works.items():
                wall, processor = time.perf_counter(), processor_time()
                work(batch)
                wall, processor = time.perf_counter() - wall, processor_time() - processor
                before = spent[name]
                spent[name] = Cost(before.wall + wall, before.processor + processor)
        best = {
            name: Cost(*(min(pair) for pair in zip(best[name], spent[name], strict=True)))
            for name in works
        }
    return best


def compare(mails: list[bytes]) -> None:
    """Print what each way costs, and its ratio to the baseline."""
    isolated = {name: Isolated(function=name) for name in ("parse:decoded", READ)}
    ways = {
        "compat32": one_by_one(compat32),
        "decoded": one_by_one(decoded),
        "decoded, isolated": elsewhere(isolated["parse:decoded"]),
        "read": one_by_one(read),
        "read, isolated": elsewhere(isolated[READ]),
    }
    for work in ways.values():
        work(mails[:BATCH])
    gc.freeze()
    spent = measured(mails, ways)
    for reader in isolated.values():
        reader.close()
    base = spent["compat32"]
    for name, (wall, processor) in spent.items():
        print(
            f"{name:18} {len(mails) / wall:7.0f}/s {base.wall / wall:5.1f}x"
            f" {1e6 * processor / len(mails):8.0f} us of processor time"
            f" {base.processor / processor:5.1f}x"
        )


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
    compare(mails)
    for name, raw in attacks().items():
        started = time.process_time()
        message = read(raw)
        cost = 1000 * (time.process_time() - started)
        verdict = "ok" if cost < ATTACKS else "TOO SLOW"
        print(f"{name:30} {cost:7.1f} ms  {verdict}  {message.refused or 'read'}")


if __name__ == "__main__":
    main()
