"""What many mailboxes cost that nothing comes into: processor time and memory of one engine.

A real Dovecot has a mailbox with one message for each account. The engine reads them all, then
waits: with a connection each that the server tells over (IDLE), or with `poll` by looking once a
minute. After a while in which all is settled the costs of some minutes are taken.

    PYTHONPATH=. python benchmarks/idle_accounts.py [ACCOUNTS [SECONDS [idle|poll]]]

takes Linux and Dovecot. 200 accounts and 300 seconds if not said; the costs are a sum over the
seconds, so that fewer seconds give the same figures by the minute, with more noise.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

from meter import resident
from tests.end_to_end.desk import Desk, mail
from tests.servers.authority import Authority
from tests.servers.ca import LocalCA
from tests.servers.dovecot import PASSWORD, Dovecot

ACCOUNTS, SECONDS = 200, 300
SETTLING = 20.0
"""Seconds between the last message and the measurement."""
PATIENCE = 180.0
MORE = "service imap {\n  process_limit = 2000\n}\nmail_max_userip_connections = 50\n"


def ticks(process: int) -> int:
    """Return the processor time of a process so far, in hundredths of a second."""
    stat = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    return sum(map(int, stat.rpartition(")")[2].split()[11:13]))


def family(process: int) -> list[int]:
    """Return a process and those that it has started."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    return [process, *(int(each) for path in children for each in path.read_text("ascii").split())]


def measure(server: Dovecot, ca: LocalCA, folder: Path, accounts: int, seconds: float) -> None:
    """Start an engine with so many accounts and print what it costs while it waits."""
    desk = Desk(folder / "rules", {"MAIL_PASSWORD": PASSWORD})
    users = {f"a{number}": server.user() for number in range(accounts)}
    for number, user in enumerate(users.values()):
        user.deliver([mail(number)])
    push = "false" if "poll" in sys.argv else "true"
    desk.write(**{
        name: f"{{use: imap, host: localhost, port: {server.imaps}, username: {user.name}, "
        f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}, push: {push}}}"
        for name, user in users.items()
    })  # fmt: skip
    engine = desk.start("--json")
    try:
        assert engine.stdout is not None  # noqa: S101 - it was asked for
        begun, done = time.monotonic(), 0
        while done < accounts and time.monotonic() < begun + PATIENCE:
            done += '"committed"' in engine.stdout.readline()
        print(f"{accounts} mailboxes read after {time.monotonic() - begun:.0f} s")
        time.sleep(SETTLING)
        members = family(engine.pid)
        before = sum(map(ticks, members))
        time.sleep(seconds)
        spent = (sum(map(ticks, members)) - before) / 100
        memory = sum(map(resident, members))
        threads = len(list(Path(f"/proc/{engine.pid}/task").iterdir()))
    finally:
        engine.send_signal(signal.SIGINT)
        engine.communicate(timeout=60)
    part = 100 * spent / seconds
    print(
        f"{seconds:g} s of waiting: {spent:.2f} s of processor time, {part:.2f} % of one; "
        f"{memory:.0f} MB in {len(members)} processes; {threads} threads"
    )


def main() -> None:
    """Measure and print."""
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    accounts, seconds = [*numbers, *(ACCOUNTS, SECONDS)[len(numbers) :]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ca = LocalCA(folder)
        certificate = ca.issue()
        with Authority(certificate) as issuer:
            server = Dovecot(certificate, ca.ca_file, issuer.base)
            with (server.folder / "dovecot.conf").open("a", encoding="utf-8") as config:
                config.write(MORE)
            try:
                measure(server.start(), ca, folder, accounts, seconds)
            finally:
                server.remove()


if __name__ == "__main__":
    main()
