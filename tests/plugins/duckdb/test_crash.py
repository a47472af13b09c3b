"""What `kill -9` leaves behind, wherever it strikes."""

from __future__ import annotations

import multiprocessing
import random
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postroom.hooks.contracts import SendOutcome
from postroom.model.batch import Cursor, Received, Wanted
from postroom.model.record import RecordRef
from postroom.testing.store_rows import (
    ACCOUNT,
    NOW,
    TABLES,
    action,
    mail,
    notice,
    place,
    raw,
    whole,
)
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.model.batch import Batch

ROUNDS = 10
SMALL = DuckdbSettings(checkpoint_at=300_000, pack_size=200_000)  # type: ignore[arg-type]
"""So that files are begun and the log is worked in often."""


def opened(folder: Path) -> DuckdbStore:
    store = DuckdbStore(SMALL, folder)
    store.open(TABLES)
    return store


def batch(store: DuckdbStore, first: int, size: int) -> Batch:
    """Return messages whose tickets have these numbers; their own ids come from the store."""
    found = store.lookup(Wanted(ACCOUNT, sha256s=[str(n) for n in range(size)]))
    numbers = range(first, first + size)
    mails = [
        mail(id_, raw=raw(n), subject=f"message {n}", ref=RecordRef("ticket", n))
        for id_, n in enumerate(numbers, found.next_communication)
    ]
    return replace(
        whole(*numbers),
        received=[
            Received(ACCOUNT, place(n), each.id) for n, each in zip(numbers, mails, strict=True)
        ],
        communications=mails,
        notices=[notice(n, n) for n in numbers],
        actions=[action(n) for n in numbers],
        cursors=[Cursor(ACCOUNT, "INBOX", "1", str(numbers[-1]))],
    )


def engine(folder: Path, first: int, seed: int, done: Any) -> None:
    """Commit, send and publish until killed; tell of each commit after it returned."""
    chance = random.Random(seed)
    store = opened(folder)
    while True:
        size = chance.choice((1, 2, 7, 30))
        store.commit(batch(store, first, size))
        first += size
        done.send(first - 1)
        for row in store.lease(NOW, 2):
            store.sent(row, SendOutcome("sent", raw=b"out", message_id=f"o{row.id}@xyz"), NOW)
        if chance.random() < 0.3:
            store.publish()


def test_after_kill_9_every_commit_is_there_whole_and_nothing_else(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    known = 0
    for seed in range(ROUNDS):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=engine, args=(tmp_path, known + 1, seed, theirs))
        process.start()
        theirs.close()
        told = known
        while told == known:  # it is up
            told = ours.recv()
        time.sleep(random.Random(seed).uniform(0.0, 0.4))
        process.kill()
        process.join()
        with suppress(EOFError):
            while True:
                told = ours.recv()
        ours.close()
        known = check(tmp_path, told)


def check(folder: Path, told: int) -> int:
    """Open what is left; return up to which message everything is there, at least those told."""
    store = opened(folder)
    try:
        store.publish()
        last = int(store.cursor(ACCOUNT, "INBOX", "1"))
        assert last >= told
        keys = [place(number).key for number in range(1, last + 31)]
        assert store.unknown(ACCOUNT, "INBOX", "1", keys) == keys[last:]
        incoming = "SELECT count(*), max(id) FROM records.ticket"
        assert store.query(incoming).rows == [(last, last)]
        seqs = store.query("SELECT count(*), min(seq), max(seq) FROM entries").rows[0]
        assert seqs[0] == seqs[2]
        assert seqs[1] == 1
        wrong = "SELECT count(*) FROM integrity WHERE NOT (leaf_holds AND follows AND columns_hold)"
        assert store.query(wrong).rows == [(0,)]
        assert len(store.due_actions(ACCOUNT, NOW, 10**6)) == last
        mails = store.query("SELECT id, direction, subject FROM communications").rows
        assert len({row[0] for row in mails}) == len(mails)
        for id_, direction, subject in mails:
            number = int(subject.rpartition(" ")[2])
            assert store.raw(id_) == (raw(number) if direction == "in" else b"out")
        assert sum(row[1] == "in" for row in mails) == last
        assert store.record(RecordRef("ticket", last)) is not None
        return last
    finally:
        store.close()
