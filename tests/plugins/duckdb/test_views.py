from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from postroom.hooks.contracts import Receipt, SendOutcome
from postroom.hooks.entries import raw_let_go
from postroom.ledger import events
from postroom.ledger.changes import changed
from postroom.ledger.item import Item
from postroom.ledger.key_events import keys_changed
from postroom.ledger.rows import settle
from postroom.ledger.shadow import Told, shadow_decision
from postroom.model.batch import Batch, Wanted
from postroom.model.decision import (
    Clocked,
    Comparison,
    Decision,
    Fired,
    Notice,
    Provenance,
    RecordChange,
    Suppressed,
)
from postroom.model.envelope import AfterDecision, Envelope
from postroom.model.facts import Facts
from postroom.model.message import Auth, Checked, Dsn, Mailbox, Message
from postroom.model.record import LogEntry, RecordRef
from postroom.testing.store_rows import NOW, TABLES, place, raw
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore
from postroom_duckdb.views import VIEWS

if TYPE_CHECKING:
    from pathlib import Path

    from postroom_duckdb.view import View

COUNTER = itertools.count(1)
TICKET, OTHER = RecordRef("ticket", 1), RecordRef("ticket", 2)
LINE = LogEntry(NOW, "bob@partner.example", verified=False, text="any news?")


def salt() -> bytes:
    return next(COUNTER).to_bytes(16, "big")


def message(number: int, **changes: Any) -> Message:
    plain = Message(
        sha256=sha256(raw(number)).hexdigest(),
        size=len(raw(number)),
        from_=Mailbox("Ann", "Ann@Partner.example"),
        to=(Mailbox(None, "help@xyz.example"), Mailbox(None, "bob@partner.example")),
        subject="Outage",
        message_id=f"m{number}@partner.example",
        references=("a@b", "c@d"),
        submission=f"s{number}",
        auth=Auth(dmarc=Checked("pass"), aligned=True),
    )
    return replace(plain, **changes)


def item(number: int, decision: Decision, mail: Message | None = None, **facts: Any) -> Item:
    known = Facts("help", NOW, NOW, communication=number, next_record=number, **facts)
    envelope = Envelope(place(number), raw(number), 5)
    found = replace(decision, facts=known, rules="abc")
    return Item(envelope, mail or message(number), known, found, Clocked(NOW, 250))


CREATED = Decision(
    "created",
    "help",
    "ticket",
    reasons=("rule `known` allows it", "second"),
    fired=(
        Fired(
            "known",
            "access",
            "h.yaml:3:5",
            "allow_as sender",
            (
                Comparison("contact.known", "h.yaml:3:9", True, (("contact.known", True),)),  # noqa: FBT003
                Comparison(
                    'subject like "out*"',
                    "h.yaml:3:30",
                    held=True,
                    operands=(("subject", 'Out "x" ~/ age'), ("size", 12)),
                ),
            ),
        ),
        Fired("big", "filters", "h.yaml:1:5", "quarantine", shadow=True),
        Fired("always", "mapping", "h.yaml:9:5", "set priority"),
    ),
    change=RecordChange("create", TICKET, {"title": "Outage", "priority": 1, "notes": ()}),
    provenance={"priority": Provenance("always", "h.yaml:9:20")},
    notices=(
        Notice(
            "k1",
            "answer",
            "notify",
            "ack",
            "ack",
            "smtp",
            ("ann@partner.example",),
            subject="Re: Outage",
            ref=TICKET,
        ),
    ),
    suppressed=(Suppressed("page", "page", "a cap is reached"),),
    after=(AfterDecision("move", "Processed"), AfterDecision("delete", delay=timedelta(days=1))),
    sender_state="aligned",
    principal="ann@partner.example",
)
UPDATED = Decision(
    "updated",
    "help",
    "ticket",
    change=RecordChange(
        "update",
        TICKET,
        {"priority": 2, "notes": (LINE,), "title": ""},
        {"priority": 1, "notes": (), "title": "Outage"},
        revision=2,
    ),
    provenance={"notes": Provenance("updates.append", "h.yaml:20:5")},
    sender_state="unknown",
)
MORE = Decision(
    "updated",
    "help",
    "ticket",
    change=RecordChange("update", TICKET, {"notes": (LINE, LINE)}, {"notes": (LINE,)}, revision=3),
    sender_state="aligned",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DuckdbStore:
    """Give a store in which one of everything has happened."""
    store = DuckdbStore(DuckdbSettings(), tmp_path_factory.mktemp("views") / "data")
    store.open(TABLES)
    store.remember_rules("abc", {"h.yaml": "version: 1\n"})
    known = events.Activation("activate", "ann", "a new mailbox", "old", tests={"passed": 3})
    activated = events.rules_activated("abc", {"h.yaml": "version: 1\n"}, NOW, known)
    refused = events.rules_refused("bad", "`tables:` cannot be changed", NOW, known)
    differs = Told("new", kind="made", outcome="created", words=("gone",), fired=("nobody",))
    shadow = shadow_decision(item(4, Decision("denied", "help")), differs, NOW, salt)
    rotated = keys_changed("key_rotated", {"key": 2}, NOW, salt, request="r1", by="ann")
    store.commit(Batch(entries=[activated, refused, shadow, rotated]))
    bounce = Dsn(present=True, action="failed", status="5.1.1", final_recipient="x@y.example")
    happened = [
        item(1, CREATED),
        item(2, UPDATED),
        item(3, MORE),
        item(4, Decision("quarantined", "help", reasons=("DMARC failed",))),
    ]
    store.commit(settle("help", happened, salt=salt, now=NOW))
    by = {"requester": Provenance("shared", "h.yaml:2:5")}
    refers = RecordChange("update", OTHER, {"requester": 1}, {"requester": None}, revision=2)
    linked = changed(refers, salt, recorded_at=NOW, account="sales", provenance=by, origin="link")
    store.commit(Batch(entries=[linked, raw_let_go("help", 77, "ab", NOW, NOW)]))
    (row,) = store.lease(NOW, 10)
    store.sent(row, SendOutcome("retry", "451 later", NOW), NOW)
    (row,) = store.lease(NOW, 10)
    store.sent(row, SendOutcome("sent", raw=b"out", message_id="o@xyz"), NOW)
    (sent,) = store.lookup(Wanted("help", message_ids=["o@xyz"])).by_message_id["o@xyz"]
    back = item(6, Decision("bounced", "help"), message(6, dsn=bounce), bounced=sent.communication)
    store.commit(settle("help", [back], salt=salt, now=NOW))
    held = item(7, Decision("quarantined", "help", reasons=("nobody can tell who sent it",)))
    store.commit(settle("help", [held], salt=salt, now=NOW))
    review = events.Review("help", 7, "discarded", "ann", "spam", "r1")
    store.commit(Batch(entries=[events.message_reviewed(review, NOW, salt)]))
    move, delete = store.due_actions("help", NOW + timedelta(days=2), 10)
    store.settled([(move.id, Receipt(done=False, detail="no folder"))], NOW)
    store.settled([(delete.id, Receipt(done=True, detail="gone"))], NOW)
    store.close()
    return store


def rows(store: DuckdbStore, sql: str) -> list[dict[str, Any]]:
    answer = store.query(sql)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_are_declared(store: DuckdbStore, view: View) -> None:
    described = store.query(f"DESCRIBE {view.name}").rows
    assert [(row[0], row[1]) for row in described] == [column[:2] for column in view.columns]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_shows_something_of_what_happened(store: DuckdbStore, view: View) -> None:
    assert store.query(f"SELECT * FROM {view.name}").rows


def test_no_view_can_be_asked_for_that_is_not_declared(store: DuckdbStore) -> None:
    shown = {row[0] for row in store.query("SHOW TABLES").rows}
    assert shown == {view.name for view in VIEWS}


def test_a_message_is_shown_with_lists_as_lists(store: DuckdbStore) -> None:
    (mail,) = rows(store, "SELECT * FROM communications WHERE id = 1")
    assert mail["recipients"] == ["help@xyz.example", "bob@partner.example"]
    assert mail["refs"] == ["a@b", "c@d"]
    assert (mail["table_name"], mail["record"], mail["outcome"]) == ("ticket", 1, "created")
    assert (mail["sender"], mail["subject"], mail["note"]) == ("ann@partner.example", "Outage", "")


def test_mail_of_ours_that_came_back_says_so(store: DuckdbStore) -> None:
    (mail,) = rows(store, "SELECT * FROM communications WHERE direction = 'out'")
    assert mail["note"] == "x@y.example failed 5.1.1"
    assert (mail["outcome"], mail["recipients"]) == ("sent", ["ann@partner.example"])


def test_a_decision_is_one_row(store: DuckdbStore) -> None:
    (found,) = rows(store, "SELECT * FROM decisions WHERE communication = 1")
    del found["seq"]
    assert found == {
        "recorded_at": datetime(2026, 1, 15, 12),  # noqa: DTZ001 - columns have no zone
        "account": "help",
        "communication": 1,
        "outcome": "created",
        "reasons": ["rule `known` allows it", "second"],
        "fired": ["known", "always"],
        "table_name": "ticket",
        "record": 1,
        "change": "create",
        "sender": "Ann@Partner.example",
        "subject": "Outage",
        "sender_state": "aligned",
        "principal": "ann@partner.example",
        "dmarc": "pass",
        "class": "human",
        "repeats": None,
        "mailbox": "INBOX",
        "epoch": "1",
        "key": "1",
        "message_id": "m1@partner.example",
        "sha256": sha256(raw(1)).hexdigest(),
        "rules": "abc",
        "microseconds": 250,
    }


def test_why_has_a_row_for_each_comparison(store: DuckdbStore) -> None:
    found = rows(store, "SELECT * FROM why WHERE communication = 1 ORDER BY step, comparison")
    short = [(r["step"], r["rule"], r["shadow"], r["comparison"], r["operands"]) for r in found]
    assert short == [
        (1, "known", False, "contact.known", ["contact.known = true"]),
        (1, "known", False, 'subject like "out*"', [r'subject = "Out \"x\" ~/ age"', "size = 12"]),
        (2, "big", True, None, []),
        (3, "always", False, None, []),
    ]
    assert {r["place"] for r in found} == {"h.yaml:3:5", "h.yaml:1:5", "h.yaml:9:5"}


def test_the_history_of_a_field_says_who_set_it_and_why(store: DuckdbStore) -> None:
    found = rows(
        store, "SELECT * FROM field_history WHERE record = 1 ORDER BY field, revision, change"
    )
    short = [
        (r["field"], r["revision"], r["change"], r["before"], r["after"], r["rule"]) for r in found
    ]
    line = '{"author":"bob@partner.example","text":"any news?","verified":false,'
    line += '"written_at":"2026-01-15T12:00:00.000000Z"}'
    assert short == [
        ("notes", 1, "set", None, "[]", None),
        ("notes", 2, "set", "[]", f"[{line}]", "updates.append"),
        ("notes", 3, "added", None, f"[{line}]", None),
        ("priority", 1, "set", None, "1", "always"),
        ("priority", 2, "set", "1", "2", None),
        ("title", 1, "set", None, "Outage", None),
        ("title", 2, "set", "Outage", "", None),
    ]


def test_a_notice_is_followed_to_its_end(store: DuckdbStore) -> None:
    found = rows(store, "SELECT * FROM notices ORDER BY seq")
    assert [(r["event"], r["attempt"], r["detail"]) for r in found] == [
        ("queued", None, None), ("retried", 1, "451 later"), ("sent", 2, None),
    ]  # fmt: skip
    assert {tuple(r["recipients"]) for r in found} == {("ann@partner.example",)}
    assert found[2]["sent"] == 5


def test_what_was_done_on_servers_is_there(store: DuckdbStore) -> None:
    found = rows(store, "SELECT * FROM server_actions ORDER BY seq")
    assert [(r["verb"], r["done"], r["detail"], r["key"]) for r in found] == [
        ("move", False, "no folder", "1"), ("delete", True, "gone", "1"),
    ]  # fmt: skip
    assert len(rows(store, "SELECT * FROM deleted_from_server")) == 1


def test_the_other_questions_have_their_answers(store: DuckdbStore) -> None:
    (suppressed,) = rows(store, "SELECT * FROM suppressed_answers")
    assert (suppressed["rule"], suppressed["reason"]) == ("page", "a cap is reached")
    aside, _ = rows(store, "SELECT * FROM quarantined ORDER BY seq")
    assert (aside["communication"], aside["reasons"]) == (4, ["DMARC failed"])
    assert [row["communication"] for row in rows(store, "SELECT * FROM review_queue")] == [4]
    (review,) = rows(store, "SELECT * FROM reviews")
    assert (review["communication"], review["act"], review["became"]) == (7, "discarded", None)
    assert (review["by"], review["reason"]) == ("ann", "spam")
    (unverified,) = rows(store, "SELECT * FROM unverified_updates")
    assert unverified["communication"] == 2
    (change,) = rows(store, "SELECT * FROM rule_changes")
    assert (change["rules"], change["tests"]) == ("abc", '{"passed":3}')
    assert list(change["files"]) == ["h.yaml"]
    assert (change["how"], change["by"], change["previous"]) == ("activate", "ann", "old")
    (shadow,) = rows(store, "SELECT * FROM shadow_decisions")
    assert (shadow["communication"], shadow["class"], shadow["was"]) == (4, "made", "denied")
    assert (shadow["fired"], shadow["words"], shadow["rules"]) == (["nobody"], ["gone"], "new")
    (not_taken,) = rows(store, "SELECT * FROM rules_refused")
    assert (not_taken["rules"], not_taken["by"]) == ("bad", "ann")
    assert not_taken["words"] == "`tables:` cannot be changed"
    assert rows(store, "SELECT * FROM rule_files") == [
        {"rules": "abc", "name": "h.yaml", "text": "version: 1\n"}
    ]
    times = rows(store, "SELECT rule, shadow, times FROM rule_statistics ORDER BY rule")
    assert [tuple(each.values()) for each in times] == [
        ("always", False, 1), ("big", True, 1), ("known", False, 1),
    ]  # fmt: skip


def test_everything_holds(store: DuckdbStore) -> None:
    sql = (
        "SELECT count(*) FILTER (leaf_holds AND follows AND columns_hold AND values_hold), count(*)"
    )
    sound, all_ = store.query(f"{sql} FROM integrity").rows[0]
    assert sound == all_ > 10


def test_an_erased_value_is_null_everywhere(store: DuckdbStore, tmp_path: Path) -> None:
    """As it will be: the rows beside the log are gone, the log is what it was."""
    copy = tmp_path / "published"
    shutil.copytree(store._folder / "published", copy)
    for path in (copy / "segments").glob("entry-*.parquet"):
        with duckdb.connect() as connection:
            nothing = 'MAP {}::MAP(VARCHAR, STRUCT(salt BLOB, "value" VARCHAR))'
            gone = f"SELECT * REPLACE ({nothing} AS private) FROM '{path}'"
            connection.execute(f"COPY ({gone}) TO '{path}' (FORMAT parquet)")
    script = (copy / "reader.sql").read_text().replace("'segments/", f"'{copy}/segments/")
    with duckdb.connect() as connection:
        connection.execute(script)

        def ask(sql: str) -> Any:
            return connection.execute(sql).fetchall()

        assert ask("SELECT DISTINCT sender, subject FROM decisions") == [(None, None)]
        assert ask("SELECT DISTINCT after FROM field_history WHERE after NOT IN ('', '[]')") == []
        assert ["subject = erased", "size = 12"] in [r[0] for r in ask("SELECT operands FROM why")]
        assert ask("SELECT bool_and(leaf_holds AND follows) FROM integrity") == [(True,)]


def test_a_communication_is_found_by_whatever_people_know_of_it(store: DuckdbStore) -> None:
    archive = store.archive(store._folder)
    for words in ("1", "m1@partner.example", "<m1@partner.example>", " 1 "):
        (kept,) = archive.find(words)
        assert (kept.id, kept.ref, kept.outcome) == (1, TICKET, "created")
    assert [kept.id for kept in archive.find("SUP-1")] == [1, 2, 3, 5]
    assert archive.find("nothing") == []
    assert archive.raw(1) == raw(1)
    with pytest.raises(KeyError):
        archive.raw(99)
    assert archive.rules("abc") == {"h.yaml": "version: 1\n"}
    with pytest.raises(KeyError):
        archive.rules("def")


def test_what_is_found_says_everything_that_happened(store: DuckdbStore) -> None:
    (kept,) = store.archive(store._folder).find("1")
    assert [body["kind"] for _, body in kept.entries] == [
        "decision", "record_created", "notice_queued", "notice_retried", "notice_sent",
        "server_action_failed", "server_deleted",
    ]  # fmt: skip
    assert kept.decision["message"]["subject"] == "Outage"
    assert kept.decision["read"]["subject"] == 'Out "x" ~/ age'
    assert kept.entries[1][1]["values"] == {"title": "Outage", "priority": 1, "notes": []}


def test_entries_are_read_in_their_order_with_personal_values(store: DuckdbStore) -> None:
    archive = DuckdbStore.archive(store._folder)
    every = list(archive.entries(["decision", "record_created", "rules_activated"]))
    assert [number for number, _ in every] == sorted(number for number, _ in every)
    assert [body["kind"] for _, body in every[:3]] == [
        "rules_activated", "decision", "record_created",
    ]  # fmt: skip
    seen = [body for _, body in every if body["kind"] == "decision"]
    assert [body["communication"] for body in seen] == [1, 2, 3, 4, 6, 7]
    assert all("@" in body["message"]["from"] for body in seen)
    second = every[1][0]
    assert next(archive.entries(["decision"], second, every[-1][0]))[1] == seen[1]
    assert list(archive.entries(["decision"], 0, second)) == [every[1]]


def test_mail_is_read_in_the_order_in_which_it_is_asked_for(store: DuckdbStore) -> None:
    archive = DuckdbStore.archive(store._folder)
    assert list(archive.mail([3, 1, 3])) == [archive.raw(3), archive.raw(1), archive.raw(3)]
    assert list(archive.mail([4711, 1])) == [None, archive.raw(1)]


def test_the_history_is_that_of_the_records_that_decisions_read(store: DuckdbStore) -> None:
    archive = DuckdbStore.archive(store._folder)
    every = list(archive.entries(["record_created", "record_updated"]))
    last = every[-1][0]
    assert list(archive.history(0, last, ["ticket"])) == every
    assert list(archive.history(0, last, ["contact"])) == list(archive.history(0, last))
