from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from postroom.ledger.item import Item, Link
from postroom.ledger.rows import settle
from postroom.model.batch import Batch, Cursor, Entry
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
from postroom.model.envelope import AfterDecision, Envelope, Place
from postroom.model.facts import Facts, TokenFact, Window
from postroom.model.message import Auth, Checked, Dsn, Mailbox, Message
from postroom.model.record import LogEntry, Record, RecordRef
from postroom.model.sealing import canonical, commitment, revealed, seal

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
DECIDED = NOW + timedelta(seconds=2)
TICKET = RecordRef("ticket", 41)
PLACE = Place("INBOX", "1700", "9")
MESSAGE = Message(
    sha256="a" * 64,
    size=5,
    from_=Mailbox("Ann", "Ann@Partner.Example"),
    to=(Mailbox(None, "Help@XYZ.example"),),
    cc=(Mailbox(None, "help@xyz.example"), Mailbox(None, "bob@münchen.example")),
    subject="Outage in Berlin",
    message_id="m1@partner.example",
    in_reply_to=("q@xyz.example",),
    references=("p@xyz.example", "q@xyz.example"),
    submission="5" * 64,
    auth=Auth(dmarc=Checked("pass"), aligned=True, evidence="mx.xyz.example; dmarc=pass"),
)


def held(text: str, place: str, **operands: object) -> Comparison:
    names = ((name.replace("__", "."), value) for name, value in operands.items())
    return Comparison(text, place, held=True, operands=tuple(names))


FACTS = Facts(
    account="help",
    received_at=NOW,
    now=DECIDED,
    communication=17,
    next_record=41,
    contact=Record(RecordRef("contact", 3), {"email": "ann@partner.example"}, 2),
    counts={Window("from", timedelta(hours=1)): 4},
)
CREATED = Decision(
    "created",
    "help",
    "ticket",
    reasons=("ann@partner.example is a customer",),
    fired=(
        Fired(
            "known",
            "access",
            "help.yaml:3:5",
            "allow_as sender",
            (held("contact.known", "help.yaml:3:9", contact__known=True),),
        ),
        Fired(
            "outage",
            "mapping",
            "help.yaml:9:5",
            "set priority",
            (
                held(
                    'subject matches r"outage"',
                    "help.yaml:9:20",
                    subject="Outage in Berlin",
                    auth__dmarc__result="pass",
                ),
                held('subject contains "outage"', "help.yaml:9:60", subject="Outage in Berlin"),
            ),
        ),
    ),
    change=RecordChange("create", TICKET, {"title": "Outage", "priority": 1, "due": None}),
    provenance={"priority": Provenance("outage", "help.yaml:9:70")},
    suppressed=(Suppressed("ack", "ack", "a cap is reached"),),
    after=(AfterDecision("move", "Processed"), AfterDecision("delete", delay=timedelta(days=2))),
    sender_state="aligned",
    principal="ann@partner.example",
    facts=FACTS,
    rules="r" * 64,
)


def item(decision: Decision = CREATED, message: Message = MESSAGE, **facts: Any) -> Item:
    known = replace(FACTS, **facts)
    envelope = Envelope(PLACE, b"hello", 5)
    clocked = Clocked(DECIDED, 250)
    return Item(envelope, message, known, replace(decision, facts=known), clocked)


def settled(*items: Item, **more: Any) -> Batch:
    counter = itertools.count()
    return settle(
        "help", items, salt=lambda: next(counter).to_bytes(16, "big"), now=DECIDED, **more
    )


def shown(entry: Entry) -> Any:
    """Return the body with its personal values in their places."""
    return revealed(entry.body, [(place, json.loads(value)) for place, _, value in entry.private])


def entry_of(batch: Batch, kind: str) -> Entry:
    (found,) = [each for each in batch.entries if each.kind == kind]
    return found


def test_a_message_becomes_a_communication() -> None:
    (row,) = settled(item()).communications
    assert (row.id, row.account, row.direction) == (17, "help", "in")
    assert row.raw == b"hello"
    assert row.sender == "ann@partner.example"
    assert row.recipients == ("help@xyz.example", "bob@xn--mnchen-3ya.example")
    assert row.references == ("q@xyz.example", "p@xyz.example")
    assert (row.received_at, row.decided_at) == (NOW, DECIDED)
    assert (row.outcome, row.ref, row.verified) == ("created", TICKET, True)


def test_an_unverified_sender_makes_no_participants() -> None:
    (row,) = settled(item(replace(CREATED, sender_state="known"))).communications
    assert not row.verified


def test_a_message_without_message_id_is_known_by_its_bytes_alone() -> None:
    (row,) = settled(item(message=replace(MESSAGE, message_id=""))).communications
    assert row.submission == ""


def test_repeated_bytes_are_the_message_that_they_repeat() -> None:
    repeated = Decision("duplicate", "help", after=(AfterDecision("flag", "\\Seen"),))
    batch = settled(item(repeated, duplicate_of=5, duplicate_by="bytes"))
    assert batch.communications == []
    assert [each.communication for each in batch.received] == [5]
    assert [each.communication for each in batch.actions] == [5]
    assert entry_of(batch, "decision").body["communication"] == 5
    assert entry_of(batch, "decision").body["repeats"] == 5


def test_a_repeated_submission_is_a_communication_of_its_own() -> None:
    batch = settled(item(Decision("duplicate", "help"), duplicate_of=5, duplicate_by="submission"))
    assert [each.id for each in batch.communications] == [17]


def test_actions_are_due_from_the_decision_on() -> None:
    move, delete = settled(item()).actions
    assert (move.verb, move.target, move.due_at) == ("move", "Processed", DECIDED)
    assert (delete.verb, delete.due_at) == ("delete", DECIDED + timedelta(days=2))
    assert (move.place, move.sha256, move.communication) == (PLACE, "a" * 64, 17)


def test_keeping_a_message_is_no_action() -> None:
    assert settled(item(replace(CREATED, after=(AfterDecision(),)))).actions == []


def test_a_notice_waits_from_the_decision_on() -> None:
    notice = Notice("k1", "answer", "notify", "ack", "ack", "smtp", ("ann@partner.example",))
    batch = settled(item(replace(CREATED, notices=(notice,))))
    (row,) = batch.notices
    assert (row.id, row.account, row.communication, row.due_at) == (0, "help", 17, DECIDED)
    assert shown(entry_of(batch, "notice_queued"))["to"] == ["ann@partner.example"]


def test_a_link_is_a_place_and_an_entry_and_nothing_else() -> None:
    place = Place("INBOX", "1800", "1")
    batch = settled(
        links=[Link(place, 5, "b" * 64)], cursors=[Cursor("help", "INBOX", "1800", "1")]
    )
    assert [(each.place, each.communication) for each in batch.renumbered] == [(place, 5)]
    assert [each.kind for each in batch.entries] == ["message_linked"]
    assert batch.communications == []
    assert [each.key for each in batch.cursors] == ["1"]


def test_a_decision_says_everything_about_itself() -> None:
    body = shown(entry_of(settled(item()), "decision"))
    assert body["rules"] == "r" * 64
    assert body["outcome"] == "created"
    assert body["microseconds"] == 250
    assert body["reasons"] == ["ann@partner.example is a customer"]
    assert body["message"]["from"] == "Ann@Partner.Example"
    assert body["message"]["place"] == {"mailbox": "INBOX", "epoch": "1700", "key": "9"}
    assert body["facts"]["contact"] == {"table": "contact", "id": 3, "revision": 2}
    assert body["facts"]["counts"] == {"from 3600s": 4}
    assert body["effects"]["record"]["id"] == 41
    assert body["effects"]["suppressed"] == [
        {"rule": "ack", "template": "ack", "reason": "a cap is reached"}
    ]
    assert body["effects"]["server"][1] == {"verb": "delete", "target": "", "delay": "172800"}


def test_every_rule_that_fired_says_where_it_is_and_what_it_read() -> None:
    body = shown(entry_of(settled(item()), "decision"))
    outage = body["fired"][1]
    assert (outage["id"], outage["place"]) == ("outage", "help.yaml:9:5")
    assert outage["because"][0]["read"] == ["subject", "auth.dmarc.result"]
    assert body["read"] == {
        "contact.known": True,
        "subject": "Outage in Berlin",
        "auth.dmarc.result": "pass",
    }


def test_a_field_that_changed_meanwhile_is_kept_twice() -> None:
    fired = tuple(
        Fired("n", "notify", "f:1:1", "", (held("x", "f:1:1", record__title=v),))
        for v in ("old", "new", "old")
    )
    body = shown(entry_of(settled(item(replace(CREATED, fired=fired))), "decision"))
    assert [rule["because"][0]["read"] for rule in body["fired"]] == [
        ["record.title"], ["record.title#2"], ["record.title"],
    ]  # fmt: skip
    assert body["read"] == {"record.title": "old", "record.title#2": "new"}


def test_a_long_text_that_a_rule_read_is_cut() -> None:
    long = held("body.text", "f:1:1", body__text="x" * 10_000)
    fired = (Fired("n", "filters", "f:1:1", "", (long,)),)
    body = shown(entry_of(settled(item(replace(CREATED, fired=fired))), "decision"))
    assert body["read"]["body.text"] == "x" * 500 + "… (10000 characters)"


def test_nothing_about_a_person_stands_in_a_body() -> None:
    notice = Notice("k1", "answer", "notify", "ack", "ack", "smtp", ("ann@partner.example",))
    found = item(
        replace(CREATED, notices=(notice,), refused_values=(("due", "`Ann` is no date"),)),
        message_id_reused=True,
    )
    for entry in settled(found).entries:
        text, _ = seal(entry.kind, entry.body)
        for word in ("ann", "berlin", "partner.example", "@"):
            assert word not in text.lower(), (entry.kind, text)


def test_commitments_fit_the_values_beside_them() -> None:
    for entry in settled(item()).entries:
        for place, salt, value in entry.private:
            node: Any = entry.body
            for step in place.split("/")[1:]:
                node = node[step]
            assert node == {"private": commitment(salt, value)}


def test_a_created_record_is_written_down_in_full() -> None:
    entry = entry_of(settled(item()), "record_created")
    body = shown(entry)
    assert body["ref"] == {"table": "ticket", "id": 41}
    assert body["values"] == {"title": "Outage", "priority": 1, "due": None}
    assert body["provenance"] == {"priority": {"rule": "outage", "place": "help.yaml:9:70"}}
    assert body["before"] == {}


def test_an_update_says_what_was_and_what_is() -> None:
    one = LogEntry(NOW, "ann", verified=True, text="one")
    two = LogEntry(DECIDED, "bob", verified=False, text="two")
    change = RecordChange(
        "update",
        TICKET,
        {"title": "new", "notes": (one, two), "files": ()},
        {"title": "old", "notes": (one,), "files": ("x",)},
        revision=2,
    )
    body = shown(entry_of(settled(item(replace(CREATED, change=change))), "record_updated"))
    assert body["values"] == {"title": "new", "files": []}
    assert body["before"] == {"title": "old", "files": ["x"]}
    assert [line["text"] for line in body["added"]["notes"]] == ["two"]
    assert body["revision"] == 2


def test_a_token_that_is_refused_is_audited() -> None:
    batch = settled(item(token=TokenFact(problem="not one of ours")))
    assert entry_of(batch, "token_refused").body["problem"] == "not one of ours"


def test_a_bounce_is_noted_on_the_mail_that_came_back() -> None:
    dsn = Dsn(
        present=True,
        action="failed",
        status="5.1.1",
        final_recipient="ann@x.example",
        diagnostic_code="smtp; 550 no such user",
    )
    bounce = Decision("bounced", "help")
    batch = settled(item(bounce, replace(MESSAGE, dsn=dsn), bounced=8))
    assert batch.bounced == [(8, "ann@x.example failed 5.1.1 smtp; 550 no such user")]
    assert shown(entry_of(batch, "message_bounced"))["bounced"] == 8


def test_a_report_that_no_rule_called_a_bounce_is_noted_nowhere() -> None:
    assert settled(item(Decision("created", "help"), bounced=8)).bounced == []


def test_a_lone_surrogate_cannot_sink_a_batch() -> None:
    odd = replace(MESSAGE, subject="a\ud800b", message_id="\udfff@x", references=("\ud900",))
    batch = settled(item(replace(CREATED, reasons=("\ud800",)), odd))
    (row,) = batch.communications
    for text in (row.subject, row.message_id, *row.references):
        text.encode("utf-8")
    for entry in batch.entries:
        seal(entry.kind, entry.body)
        canonical(shown(entry))


def test_entries_of_a_message_stand_together_and_in_order() -> None:
    batch = settled(item(), item(communication=18, next_record=42))
    assert [(each.kind, each.body["communication"]) for each in batch.entries] == [
        ("decision", 17), ("record_created", 17), ("decision", 18), ("record_created", 18),
    ]  # fmt: skip


def test_a_very_long_text_is_identified_rather_than_written_down() -> None:
    text = "x" * 200_000
    log = LogEntry(NOW, "ann", verified=True, text=text)
    change = RecordChange("create", TICKET, {"title": text, "notes": (log,)})
    body = shown(entry_of(settled(item(replace(CREATED, change=change))), "record_created"))
    for short in (body["values"]["title"], body["values"]["notes"][0]["text"]):
        assert len(short) < 1_200
        assert hashlib.sha256(text.encode()).hexdigest() in short
        assert "200000 characters" in short
