"""An engine on a real store, which fetches from a real Dovecot, through a proxy if need be.

Each `run` is what an engine does when it begins: a new connection, all that is there, server
actions. What was delivered is then held against everything there is.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

from tests.faults.crash_matrix import RULES
from tests.faults.lines import mail

from postroom.runtime import start
from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import Event as Told
from postroom.runtime.events import Trouble
from postroom.runtime.reading.reader import IN_PROCESS
from postroom.runtime.settings import folders
from postroom.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.runtime.engine import Engine

MOVED = ", after: {decided: {move_to: Done}}"


@dataclass
class Station:
    """An engine, its mailbox, and how many messages were delivered there."""

    user: User
    told: list[Told]
    engine: Engine = field(init=False)
    delivered: int = 0
    ahead: timedelta = timedelta(0)
    """How far the engine's clock is ahead of ours."""

    def deliver(self, count: int = 1, folder: str = "INBOX") -> None:
        """Put messages into the mailbox, each different from all before."""
        numbers = range(self.delivered, self.delivered + count)
        self.user.append([mail(number) for number in numbers], folder)
        self.delivered += count

    def run(self) -> list[str]:
        """Do what is to be done; return the codes of what went wrong."""
        before = len(self.told)
        account, receive = next(self.engine.receiving)
        Worker(self.engine, account, receive).once(Event())
        new = self.told[before:]
        return [each.found.code for each in new if isinstance(each, Trouble)]

    def judge(self) -> None:
        """Every message that was delivered is one record, one communication, one decision."""
        self.engine.publish()
        wanted = [f"Request {number:05d}" for number in range(self.delivered)]
        assert self.column("SELECT title FROM records.ticket ORDER BY title") == wanted
        count = "SELECT count(*), count(DISTINCT sha256) FROM communications"
        assert self.rows(count) == [(self.delivered, self.delivered)]
        outcomes = Counter(self.column("SELECT outcome FROM decisions"))
        assert outcomes == {"created": self.delivered}
        assert self.column("SELECT max(seq) = count(*) FROM entries") == [True]

    def boxes(self, **wanted: int) -> None:
        """Hold the folders on the server to what they must have."""
        found = {
            name: int(self.user.doveadm("mailbox", "status", "messages", name).split("=")[-1])
            for name in wanted
        }
        assert found == wanted

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask what was published."""
        return list(self.engine.store.query(query).rows)

    def column(self, query: str) -> list[Any]:
        """Return the only column of an answer."""
        return [row[0] for row in self.rows(query)]


@contextmanager
def station(
    folder: Path,
    user: User,
    ca: LocalCA,
    *,
    patch: pytest.MonkeyPatch,
    port: int = 0,
    more: str = "",
) -> Iterator[Station]:
    """Have an engine on a folder; port is that of a proxy."""
    patch.setenv("MAIL_PASSWORD", "pw")
    patch.setattr(start, "Isolated", lambda: IN_PROCESS)
    receive = (
        f"{{use: imap, host: localhost, port: {port or user.server.imaps}, username: {user.name}, "
        f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}, timeout: 1s{more}}}"
    )
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    text = RULES.format(receive=receive, outbox=folder / "outbox")
    (rules / "rules.yaml").write_text(text, "utf-8")
    told: list[Told] = []
    clock = replace(SYSTEM, now=lambda: SYSTEM.now() + made.ahead)
    made = Station(user, told)
    made.engine = start.assemble(folders(rules), tell=told.append, clock=clock)
    try:
        yield made
    finally:
        made.engine.close()
