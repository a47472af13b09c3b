"""Any thread may call, at any time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from postroom.hooks.contracts import SendOutcome
from postroom.model.batch import Batch, Received, Wanted
from postroom.model.record import RecordRef
from postroom.testing.store_rows import (
    ACCOUNT,
    NOW,
    TABLES,
    entry,
    mail,
    notice,
    place,
    raw,
    ticket,
)
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 1.5


class Office:
    """A store that several threads use at once."""

    def __init__(self, store: DuckdbStore) -> None:
        self.store = store
        self.deciding = threading.Lock()
        self.known: list[int] = []
        self.end = time.monotonic() + SECONDS

    def receive(self) -> None:
        """As the engine does: look up, decide and commit in one step."""
        with self.deciding:
            found = self.store.lookup(Wanted(ACCOUNT, sha256s=["x"], tables=["ticket"]))
            id_, number = found.next_communication, found.next_record["ticket"]
            ref = RecordRef("ticket", number)
            self.store.commit(
                Batch(
                    received=[Received(ACCOUNT, place(id_), id_)],
                    communications=[mail(id_, ref=ref)],
                    changes=[ticket(number)],
                    entries=[entry(id_)],
                    notices=[notice(id_)],
                )
            )
        self.known.append(id_)

    def send(self) -> None:
        for row in self.store.lease(NOW, 3):
            self.store.sent(row, SendOutcome("sent", raw=b"out", message_id=f"{row.id}@us"), NOW)

    def look(self) -> None:
        if self.known:
            id_ = self.known[-1]
            assert self.store.raw(id_) == raw(id_)
            assert self.store.unknown(ACCOUNT, "INBOX", "1", [place(id_).key]) == []

    def publish(self) -> None:
        """What is published is one moment, whatever is committed meanwhile."""
        self.store.publish()
        counts = self.store.query(
            "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM records.ticket), "
            "(SELECT count(*) FROM communications WHERE direction = 'in')"
        ).rows[0]
        assert len(set(counts)) == 1

    def often(self, work: Callable[[], None]) -> int:
        times = 0
        while time.monotonic() < self.end:
            work()
            times += 1
        return times


def test_threads_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    store = DuckdbStore(DuckdbSettings(), tmp_path)
    store.open(TABLES)
    office = Office(store)
    work = (office.receive, office.receive, office.send, office.look, office.publish)
    with ThreadPoolExecutor(len(work)) as pool:
        times = list(pool.map(office.often, work))
    assert all(times)
    store.close()
    count, last, sound = store.query(
        "SELECT count(*), max(seq), bool_and(leaf_holds AND follows) FROM integrity"
    ).rows[0]
    assert count == last > len(office.known)
    assert sound
    tickets = "SELECT count(*), count(DISTINCT id), max(id) FROM records.ticket"
    assert store.query(tickets).rows == [(len(office.known),) * 3]
    mails = "SELECT count(*) - count(DISTINCT id) FROM communications"
    assert store.query(mails).rows == [(0,)]
