"""How many messages a second come in by each transport: from a server to records.

The mail of one mailbox on a real Dovecot is brought in by an engine, first as the Maildir that it
is on the disk, which is the baseline, then over IMAP, then over POP3. By LMTP the same mail is
handed to an engine by eight senders at a time, each of which waits for its commit. Starting an
engine and ending it is not counted.

    PYTHONPATH=. python benchmarks/transports.py [COUNT]      1,000 messages if not said
"""

from __future__ import annotations

import signal
import smtplib
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from tests.end_to_end.desk import Desk, mail
from tests.servers.authority import Authority
from tests.servers.ca import LocalCA
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.dovecot import User

COUNT, SENDERS = 1_000, 8


def desk_with(folder: Path, receive: str) -> Desk:
    """Return a rule folder with one account."""
    desk = Desk(folder, {"MAIL_PASSWORD": PASSWORD})
    desk.write(support=receive)
    return desk


def fetched(folder: Path, receive: str, count: int) -> float:
    """Return the seconds for the mail of a mailbox; a second run without news is taken off."""
    desk, took = desk_with(folder, receive), list[float]()
    for _ in range(2):
        begun = time.perf_counter()
        done = desk.once()
        took.append(time.perf_counter() - begun)
        if done.returncode or len(desk.titles()) != count:
            sys.exit(f"not all came in: {done.stderr}")
    return took[0] - took[1]


def handed_over(folder: Path, raws: Sequence[bytes]) -> float:
    """Return the seconds for mail that is handed over by LMTP."""
    (port,) = free_ports(1)
    desk = desk_with(folder, f"{{use: lmtp, port: {port}}}")
    engine = desk.start("--json")

    def send(part: Sequence[bytes]) -> None:
        with smtplib.LMTP("127.0.0.1", port, timeout=60) as connection:
            for raw in part:
                connection.sendmail("ann@weaver.example", ["support@kestrel.example"], raw)

    try:
        if engine.stdout is None or '"started"' not in engine.stdout.readline():
            sys.exit("the engine does not start")
        # it would wait for somebody to read what it tells
        Thread(target=engine.stdout.read, daemon=True).start()
        _wait_for(port)
        begun = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(send, [raws[each::SENDERS] for each in range(SENDERS)]))
        return time.perf_counter() - begun
    finally:
        engine.send_signal(signal.SIGINT)
        engine.wait(60)


def _wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)


def measure(folder: Path, user: User, ca: LocalCA, count: int) -> None:
    """Bring the same mail in by each transport, and print how fast."""
    raws = [mail(number) for number in range(count)]
    user.append(raws)
    server = f"host: localhost, username: {user.name}, ca_file: {ca.ca_file}"
    server += ", password: {env: MAIL_PASSWORD}"
    ways = {
        "files": f"{{use: maildir, path: {user.maildir}}}",
        "imap": f"{{use: imap, port: {user.server.imaps}, {server}}}",
        "pop3": f"{{use: pop3, port: {user.server.pop3s}, {server}}}",
    }
    took = {name: fetched(folder / name, receive, count) for name, receive in ways.items()}
    took["lmtp"] = handed_over(folder / "lmtp", raws)
    for name, seconds in took.items():
        print(f"{name:6} {count / seconds:6.0f} messages/s  {seconds / took['files']:.2f} x files")


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ca = LocalCA(folder)
        certificate = ca.issue()
        with Authority(certificate) as issuer:
            server = Dovecot(certificate, ca.ca_file, issuer.base)
            try:
                measure(folder, server.start().user(), ca, count)
            finally:
                server.remove()


if __name__ == "__main__":
    main()
