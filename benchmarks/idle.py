"""From a message that reaches a real Dovecot to its committed record, while the engine waits.

An engine holds a connection in IDLE. Messages come one by one, each when the one before it is
decided, handed over as a mail server does. Measured is from the server's `250` to the line with
which the engine says that the message is durable.

    python benchmarks/idle.py [COUNT]      200; takes Linux and Dovecot
"""

from __future__ import annotations

import smtplib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.end_to_end.desk import Desk, mail  # noqa: E402 - the tests' servers lie in the root
from tests.end_to_end.test_imap import receive  # noqa: E402
from tests.servers.ca import LocalCA  # noqa: E402
from tests.servers.dovecot import PASSWORD, Dovecot  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 200
PAUSE = 0.05
"""Seconds in which the engine goes back to waiting."""


def main() -> None:
    """Measure, and say."""
    count = int(sys.argv[1]) if sys.argv[1:] else COUNT
    with tempfile.TemporaryDirectory() as folder:
        ca = LocalCA(Path(folder))
        server = Dovecot(ca.issue(), ca.ca_file, "http://127.0.0.1:9").start()
        try:
            user = server.user()
            user.append([b"Subject: the first\r\n\r\nIt makes the mailbox.\r\n"])
            desk = Desk(Path(folder) / "rules", {"MAIL_PASSWORD": PASSWORD})
            desk.write(support=receive(user, ca))
            took = measured(desk, server.lmtp, user.name, count)
        finally:
            server.remove()
    took.sort()
    median, most = statistics.median(took), took[int(len(took) * 0.99)]
    print(f"{count} messages: median {median * 1000:.0f} ms, p99 {most * 1000:.0f} ms")


def measured(desk: Desk, lmtp: int, name: str, count: int) -> list[float]:
    """Return the seconds that each message took."""
    process = desk.start("--json")
    took = []
    try:
        if process.stdout is None:
            raise RuntimeError("nothing is to be heard of the engine")
        wait_for = iter(process.stdout)
        _until(wait_for, "caught_up")
        for number in range(count):
            time.sleep(PAUSE)
            with smtplib.LMTP("127.0.0.1", lmtp, timeout=30) as connection:
                connection.sendmail("sender@example.test", [name], mail(number))
                began = time.monotonic()
            _until(wait_for, "committed")
            took.append(time.monotonic() - began)
            _until(wait_for, "caught_up")
    finally:
        process.terminate()
        process.communicate(timeout=60)
    return took


def _until(lines: Iterator[str], event: str) -> None:
    for line in lines:
        if f'"{event}"' in line:
            return
    raise RuntimeError(f"the engine ended before {event}")


if __name__ == "__main__":
    main()
