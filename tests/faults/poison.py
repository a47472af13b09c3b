"""Messages that end, loop or starve whoever reads them, among many that do not.

    python -m tests.faults.poison                  a thousand messages
    python -m tests.faults.poison --count 10000    some minutes

The same mailbox is worked off twice, without and with the bad ones. Each of these must be in
quarantine afterwards, after three attempts at most; all others must be records; and the second run
must be at least half as fast as the first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.end_to_end.desk import mail
from tests.faults.crash_matrix import column, difference, say
from tests.faults.readers import READ

from postroom.runtime import start, stores
from postroom.runtime.reading.limits import ReadingLimits
from postroom.runtime.reading.reader import Isolated
from postroom.runtime.settings import folders
from postroom.runtime.supervise import run_once

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS: Final = ReadingLimits(processor=1.0, wall=4.0, memory=64 * 1024 * 1024)
DEEDS: Final = ("crash", "eat all memory", "raise an error", "loop for ever", "sleep for ever")
QUICK: Final = 3
"""So many of them end by themselves."""
RULES: Final = """\
version: 1
tables:
  contact: {fields: {email: {type: email, unique: true}}}
  ticket: {fields: {title: {type: text, max: 250}}}
contacts: {table: contact, guest: guest@kestrel.example}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    receive: {use: eml, path: ../inbox}
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: nobody, then: discard}]
    mapping: {set: {title: "${subject}"}}
"""


def limits() -> list[bytes]:
    """Return a message beyond each limit of reading; none of them may end the process."""
    head = mail(0, "Beyond").partition(b"\r\n\r\n")[0].partition(b"Content-Type")[0]
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
    )
    parts = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 60_000
    return [
        head + deep,
        head + parts,
        head + b"X-Long: " + b"a" * 3_000_000 + b"\r\n\r\nx",
        head + b"X: y\r\n" * 200_000 + b"\r\nx",
        head + b"\r\n" + b"x" * 41_000_000,
    ]


def work_off(folder: Path, count: int, bad: Sequence[bytes]) -> float:
    """Work off a folder of so many good messages, with bad ones among them; return seconds."""
    inbox, rules = folder / "inbox", folder / "rules"
    inbox.mkdir(parents=True)
    rules.mkdir()
    (rules / "rules.yaml").write_text(RULES, "utf-8")
    every = count // (len(bad) + 1)
    for number in range(count):
        (inbox / f"{number:06}.eml").write_bytes(mail(number))
    for number, raw in enumerate(bad, 1):
        (inbox / f"{number * every:06}-bad.eml").write_bytes(raw)
    for path in inbox.iterdir():
        os.utime(path, (time.time() - 60,) * 2)
    setattr(start, "Isolated", lambda: Isolated(LIMITS, function=READ))  # noqa: B010 - as above
    began = time.monotonic()
    if not run_once(start.assemble(folders(rules))):
        raise RuntimeError("the engine had trouble")
    return time.monotonic() - began


def judge(folder: Path, count: int, bad: Sequence[bytes]) -> list[str]:
    """Return what is wrong."""
    archive = stores.archive(folder / "rules/postroom-data")
    wanted = [f"Request {number:05d}" for number in range(count)]
    query = "SELECT title FROM records.ticket WHERE starts_with(title, 'Request') ORDER BY title"
    titles = column(archive, query)
    wrong = [] if titles == wanted else [f"records: {difference(titles, wanted)}"]
    held = Counter(column(archive, "SELECT reasons[1] FROM quarantined"))
    ended = sum(times for why, times in held.items() if why.startswith("it could not be read: "))
    if ended != len(bad):
        wrong.append(f"quarantined for what they did: {dict(held)}")
    decided = column(archive, "SELECT count(*) FROM decisions")
    if decided != [count + len(bad)]:
        wrong.append(f"decisions: {decided}, and there are {count + len(bad)} messages")
    tried = column(archive, "SELECT count(*) FROM entries WHERE kind = 'engine_started'")
    return wrong if tried == [1] else [*wrong, f"{tried} engines were needed"]


def main(words: list[str] | None = None) -> int:
    """Run it, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--quick", action="store_true", help="without those that only time ends")
    given = parser.parse_args(words)
    count, deeds = given.count, DEEDS[:QUICK] if given.quick else DEEDS
    bad = [*(mail(n, "Bad") + deed.encode() for n, deed in enumerate(deeds)), *limits()]
    folder = Path(tempfile.mkdtemp(prefix="poison", dir="/tmp"))
    try:
        good = work_off(folder / "good", count, [])
        mixed = work_off(folder / "mixed", count, bad)
        wrong = judge(folder / "mixed", count, bad)
    finally:
        shutil.rmtree(folder)
    say(f"{count} messages, {count / good:.0f}/s; with {len(bad)} bad ones {count / mixed:.0f}/s")
    say(f"ratio {good / mixed:.2f}")
    for each in wrong:
        say(f"RED   {each}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
