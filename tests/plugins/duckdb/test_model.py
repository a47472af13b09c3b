"""The store against a model of plain dicts: whatever is done to both, they say the same."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from postroom.hooks.contracts import Receipt, SendOutcome
from postroom.model.batch import Batch, Received, Wanted
from postroom.model.decision import RecordChange
from postroom.model.record import LogEntry, RecordRef
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import (
    ACCOUNT,
    NOW,
    TABLES,
    action,
    entry,
    mail,
    notice,
    place,
    raw,
    ticket,
)
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

LINE = LogEntry(NOW, "ann@partner.example", verified=True, text="a line")
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        "priority": st.none() | st.integers(-(2**63), 2**63 - 1),
        "kind": st.sampled_from(["General", "Billing", None]),
        "notes": st.lists(st.just(LINE), max_size=3).map(tuple),
    },
)


class StoreModel(RuleBasedStateMachine):
    """What the engine does to a store, in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postroom-model-"))
        self.store = self.opened()
        self.records: dict[int, dict[str, Any]] = {}
        self.revisions: dict[int, int] = {}
        self.raws: dict[int, bytes] = {}
        self.known: dict[str, int] = {}
        self.waiting: list[str] = []
        self.actions: set[int] = set()
        self.entries = 0

    def opened(self) -> DuckdbStore:
        store = DuckdbStore(DuckdbSettings(), self.folder)
        store.open(TABLES)
        return store

    def next_id(self) -> int:
        return self.store.lookup(Wanted(ACCOUNT, sha256s=["x"])).next_communication

    @rule(fields=FIELDS)
    def receive(self, fields: dict[str, Any]) -> None:
        id_, number = self.next_id(), len(self.records) + 1
        change = RecordChange("create", RecordRef("ticket", number), fields)
        self.store.commit(
            Batch(
                received=[Received(ACCOUNT, place(id_), id_)],
                communications=[mail(id_, ref=change.ref)],
                changes=[change],
                entries=[entry(id_), entry(id_)],
                notices=[notice(id_)],
                actions=[action(id_)],
            )
        )
        self.records[number] = {
            name: fields.get(name, () if name == "notes" else None)
            for name in TABLES["ticket"].fields
        }
        self.revisions[number] = 1
        self.raws[id_] = raw(id_)
        self.known[place(id_).key] = id_
        self.waiting.append(f"key {id_}")
        self.actions.add(id_)
        self.entries += 2

    @precondition(lambda self: self.records)
    @rule(data=st.data(), some=st.lists(FIELDS, min_size=1, max_size=3))
    def update(self, data: st.DataObject, some: list[dict[str, Any]]) -> None:
        number = data.draw(st.sampled_from(sorted(self.records)))
        ref, revision = RecordRef("ticket", number), self.revisions[number]
        changes = [
            RecordChange("update", ref, fields, {}, revision + step)
            for step, fields in enumerate(some, 1)
        ]
        self.store.commit(Batch(changes=changes, entries=[entry(0)]))
        for fields in some:
            self.records[number] |= fields
        self.revisions[number] += len(some)
        self.entries += 1

    @precondition(lambda self: self.records)
    @rule()
    def try_what_does_not_fit(self) -> None:
        wrong = [
            Batch(changes=[ticket(1)], entries=[entry(0)]),
            Batch(changes=[replace(ticket(1), kind="update", revision=99)], entries=[entry(0)]),
            Batch(communications=[mail(min(self.raws))], entries=[entry(0)]),
        ]
        for batch in wrong:
            try:
                self.store.commit(batch)
            except Problem as problem:
                assert problem.diagnostic.code == "PR524"  # noqa: PT017 - which is the point
            else:
                raise AssertionError(batch)

    @rule()
    def send_one(self) -> None:
        rows = self.store.lease(NOW, 1)
        assert [row.notice.key for row in rows] == self.waiting[:1]
        for row in rows:
            body = f"sent {row.id}".encode()
            self.store.sent(row, SendOutcome("sent", raw=body, message_id=f"{row.id}@us"), NOW)
            (seen,) = self.store.lookup(
                Wanted(ACCOUNT, message_ids=[f"{row.id}@us"])
            ).by_message_id[f"{row.id}@us"]
            assert seen.communication not in self.raws
            self.raws[seen.communication] = body
            self.waiting.pop(0)
            self.entries += 1

    @rule()
    def settle_all(self) -> None:
        due = self.store.due_actions(ACCOUNT, NOW, 1000)
        assert {each.communication for each in due} == self.actions
        self.store.settled([(each.id, Receipt(done=True)) for each in due], NOW)
        self.entries += len(due)
        self.actions.clear()

    @rule()
    def publish(self) -> None:
        self.store.publish()
        rows = self.store.query("SELECT id, title, revision FROM records.ticket").rows
        told = {id_: (title, revision) for id_, title, revision in rows}
        assert told == {
            number: (fields["title"], self.revisions[number])
            for number, fields in self.records.items()
        }
        count = self.store.query("SELECT count(*), coalesce(max(seq), 0) FROM entries").rows
        assert count == [(self.entries, self.entries)]

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.opened()

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        for number, fields in self.records.items():
            record = self.store.record(RecordRef("ticket", number))
            assert record is not None
            assert record.values == fields
            assert record.revision == self.revisions[number]
        assert {id_: self.store.raw(id_) for id_ in self.raws} == self.raws
        keys = [*self.known, "0"]
        assert self.store.unknown(ACCOUNT, "INBOX", "1", keys) == ["0"]
        hashes = [mail(id_).sha256 for id_ in self.known.values()]
        found = self.store.lookup(Wanted(ACCOUNT, sha256s=hashes)).by_sha256
        assert {seen.communication for seen in found.values()} == set(self.known.values())

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=8, stateful_step_count=14)
