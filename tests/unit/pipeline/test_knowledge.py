from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.pipeline.conftest import when

from postroom.identity.carriers import message_id, tagged
from postroom.model.batch import Found, Seen
from postroom.model.facts import AnswerCounts, Window
from postroom.model.message import Dsn, Mailbox
from postroom.model.record import Record, RecordRef
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge, wanted
from postroom.rules.ruleset import OnBadLine, Parsing, Permission, Shape, TokenExpiry

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.pipeline.conftest import Desk

    from postroom.model.decision import Decision
    from postroom.model.message import Message

HOUR = timedelta(hours=1)
OTHER_REF = RecordRef("ticket", 2)


class Batch:
    """Decides messages one after the other, as the engine does."""

    def __init__(self, desk: Desk, found: Found | None = None) -> None:
        self.desk = desk
        found = found or Found(contacts={"ann@weaver.example": desk.ann})
        self.knowledge = Knowledge(found, desk.account, desk.rules, desk.tokens, desk.now)

    def decide(self, message: Message, received_at: datetime | None = None) -> Decision:
        facts = self.knowledge.facts(message, received_at or self.desk.now)
        decision = decide(message, facts, self.desk.account, self.desk.rules, self.desk.tokens)
        self.knowledge.after(message, decision)
        return decision


def known(desk: Desk) -> Found:
    return Found(contacts={"ann@weaver.example": desk.ann}, next_record={"ticket": 12})


def numbered(desk: Desk, number: int, text: str = "x", **changes: Any) -> Message:
    distinct = {
        "sha256": f"{number:064x}",
        "submission": f"s{number}",
        "message_id": f"m{number}@weaver.example",
    }
    return desk.message(text, **distinct | changes)


def test_the_same_bytes_twice_in_a_batch_are_one_message(desk: Desk) -> None:
    batch = Batch(desk)
    first, again = batch.decide(numbered(desk, 1)), batch.decide(numbered(desk, 1))
    assert (first.outcome, again.outcome) == ("created", "duplicate")
    assert again.facts is not None
    assert first.facts is not None
    assert (again.facts.duplicate_of, again.repeats) == (first.facts.communication,) * 2


def test_a_copy_of_a_submission_is_a_duplicate_and_a_communication_of_its_own(desk: Desk) -> None:
    batch = Batch(desk, Found(next_communication=40))
    batch.decide(numbered(desk, 1))
    copy = batch.decide(numbered(desk, 1, sha256="f" * 64))
    after = batch.decide(numbered(desk, 2))
    assert copy.outcome == "duplicate"
    assert [d.facts.communication for d in (copy, after) if d.facts] == [41, 42]


def test_copies_without_a_message_id_are_known_by_their_bytes_only(desk: Desk) -> None:
    batch = Batch(desk)
    batch.decide(numbered(desk, 1, message_id=""))
    copy = batch.decide(numbered(desk, 1, message_id="", sha256="f" * 64))
    assert copy.outcome == "created"


def test_a_repetition_takes_no_communication_of_its_own(desk: Desk) -> None:
    batch = Batch(desk, Found(next_communication=40))
    *_, last = [batch.decide(numbered(desk, number)) for number in (1, 1, 2)]
    assert last.facts is not None
    assert last.facts.communication == 41


def test_the_same_message_id_with_other_content_is_a_message_of_its_own(desk: Desk) -> None:
    batch = Batch(desk)
    batch.decide(numbered(desk, 1))
    other = batch.decide(numbered(desk, 2, message_id="m1@weaver.example"))
    assert other.outcome == "created"
    assert other.reasons[-1] == "another message had the same Message-ID, with other content"


def test_records_of_a_batch_are_numbered_in_order(desk: Desk) -> None:
    batch = Batch(desk, known(desk))
    made = [batch.decide(numbered(desk, number)).ref for number in (1, 2, 3)]
    assert made == [RecordRef("ticket", number) for number in (12, 13, 14)]


def test_an_answer_in_the_same_batch_finds_the_record_that_was_just_made(desk: Desk) -> None:
    batch = Batch(
        desk, Found(contacts={"ann@weaver.example": desk.ann}, next_record={"ticket": 12})
    )
    batch.decide(numbered(desk, 1, "It stays dark."))
    follow_up = numbered(desk, 2, "Works again.", in_reply_to=("m1@weaver.example",))
    decision = batch.decide(follow_up)
    assert decision.outcome == "updated"
    assert decision.ref == RecordRef("ticket", 12)
    assert decision.change is not None
    assert decision.change.revision == 2
    third = batch.decide(numbered(desk, 3, "Really.", references=("m1@weaver.example",)))
    assert third.change is not None
    assert third.change.revision == 3
    assert [entry.text for entry in third.change.values["notes"]] == ["Works again.", "Really."]  # type: ignore[union-attr]


def test_a_token_finds_the_record_that_was_just_made(desk: Desk) -> None:
    batch = Batch(
        desk, Found(contacts={"ann@weaver.example": desk.ann}, next_record={"ticket": 12})
    )
    batch.decide(numbered(desk, 1))
    token = desk.tokens.mint(RecordRef("ticket", 12))
    decision = batch.decide(numbered(desk, 2, subject=tagged("Re: x", token)))
    assert (decision.outcome, decision.ref) == ("updated", RecordRef("ticket", 12))


def test_those_whom_a_verified_sender_writes_to_take_part(desk: Desk) -> None:
    batch = Batch(desk)
    batch.decide(numbered(desk, 1, cc=(Mailbox(None, "Bob@weaver.example"),)))
    facts = batch.knowledge.facts(
        numbered(
            desk, 2, from_=Mailbox(None, "bob@weaver.example"), references=("m1@weaver.example",)
        ),
        desk.now,
    )
    assert facts.thread is not None
    assert facts.thread.participant
    assert facts.participant


def test_who_took_part_is_known_as_well_where_a_token_leads_to_the_record(desk: Desk) -> None:
    took_part = {desk.sup_1.ref: frozenset({"ann@weaver.example"})}
    found = Found(records={desk.sup_1.ref: desk.sup_1}, participants=took_part)
    knowledge = Batch(desk, found).knowledge
    assert knowledge.facts(desk.answer(), desk.now).participant
    stranger = desk.answer(from_=Mailbox(None, "eve@evil.example"))
    assert not knowledge.facts(stranger, desk.now).participant


def test_nobody_takes_part_by_being_copied_on_unverified_mail(desk: Desk) -> None:
    batch = Batch(desk.creating("allow_as", "guest"))
    batch.decide(numbered(desk, 1, dmarc="none", cc=(Mailbox(None, "eve@evil.example"),)))
    facts = batch.knowledge.facts(
        numbered(
            desk, 2, from_=Mailbox(None, "eve@evil.example"), references=("m1@weaver.example",)
        ),
        desk.now,
    )
    assert facts.thread is not None
    assert not facts.thread.participant


def test_the_nearest_message_of_the_thread_counts(desk: Desk) -> None:
    found = Found(
        by_message_id={
            "old@x": [Seen(1, "support", "in", "", OTHER_REF)],
            "near@x": [Seen(2, "support", "out", "", desk.sup_1.ref)],
            "lead@x": [Seen(3, "sales", "in", "", RecordRef("lead", 1))],
        },
        records={desk.sup_1.ref: desk.sup_1},
        participants={desk.sup_1.ref: frozenset({"ann@weaver.example"})},
    )
    message = numbered(desk, 1, references=("old@x", "near@x"), in_reply_to=("lead@x",))
    decision = Batch(desk, found).decide(message)
    assert decision.facts is not None
    assert decision.facts.thread is not None
    assert decision.facts.thread.ref == desk.sup_1.ref
    assert decision.facts.thread.communication == 2


def test_counts_are_of_the_time_before_a_message(desk: Desk) -> None:
    window = Window("from", HOUR)
    desk = desk.filtering("talkative", "no_answer", windows=(window,))
    batch = Batch(desk)
    counts = []
    for number, minutes in enumerate((0, 10, 59, 61, 200)):
        decision = batch.decide(numbered(desk, number), desk.now + timedelta(minutes=minutes))
        assert decision.facts is not None
        counts.append(decision.facts.counts[window])
    assert counts == [0, 1, 2, 2, 0]


def test_a_backlog_that_comes_out_of_order_is_counted_by_its_own_times(desk: Desk) -> None:
    window = Window("from", HOUR)
    desk = desk.filtering("talkative", "no_answer", windows=(window,))
    batch = Batch(desk)
    batch.decide(numbered(desk, 1), desk.now)
    earlier = batch.decide(numbered(desk, 2), desk.now - timedelta(days=1))
    assert earlier.facts is not None
    assert earlier.facts.counts[window] == 0


def test_answers_of_a_batch_count_for_its_caps(desk: Desk) -> None:
    found = Found(
        answers={"ann@weaver.example": [(desk.now - HOUR * 2, "told")]},
        answers_last_hour=5,
        contacts={"ann@weaver.example": desk.ann},
    )
    batch = Batch(desk, found)
    decisions = [batch.decide(numbered(desk, number)) for number in range(12)]
    assert [len(d.notices) for d in decisions] == [1] * 10 + [0] * 2
    last = decisions[-1].facts
    assert last is not None
    assert last.answers == AnswerCounts({"told": 1, "ack": 10}, 10, 15, 10, 10)


def test_a_contact_that_was_just_made_is_known_to_the_next_message(desk: Desk) -> None:
    desk.groups["guests"]["contact"] = Permission(create=True)
    address = desk.value(lambda s: s.message.from_.addr_spec, "from.addr_spec")
    people = desk.changed(table="contact", mapping=Shape()).setting("email", address)
    batch = Batch(people, Found(next_record={"contact": 8}))
    batch.decide(numbered(desk, 1))
    facts = batch.knowledge.facts(numbered(desk, 2), desk.now)
    assert facts.contact is not None
    assert facts.contact.ref == RecordRef("contact", 8)


def test_a_delivery_report_finds_the_mail_of_ours_that_came_back(desk: Desk) -> None:
    ours = message_id(desk.tokens.mint(desk.sup_1.ref), "x", "kestrel.example")
    found = Found(by_message_id={ours: [Seen(17, "support", "out", "", desk.sup_1.ref)]})
    report = numbered(desk, 1, dsn=Dsn(present=True, original_message_ids=("no@x", ours)))
    facts = Batch(desk, found).knowledge.facts(report, desk.now)
    assert facts.bounced == 17
    assert (facts.token.valid, facts.token.carrier) == (True, "header")


def test_a_batch_asks_for_each_thing_once(desk: Desk) -> None:
    token = desk.tokens.mint(desk.sup_1.ref)
    mail = [
        (numbered(desk, 1, references=("a@x", "b@x"), subject=tagged("x", token)), desk.now),
        (numbered(desk, 2, in_reply_to=("a@x",), from_=Mailbox(None, "BOB@x.example")), desk.now),
    ]
    asked = wanted(desk.account, mail, desk.rules, desk.tokens, desk.now)
    assert asked.account == "support"
    assert asked.sha256s == (f"{1:064x}", f"{2:064x}")
    assert asked.submissions == ("s1", "s2")
    assert asked.message_ids == ("m1@weaver.example", "b@x", "a@x", "m2@weaver.example")
    assert asked.addresses == ("ann@weaver.example", "bob@x.example", "guest@kestrel.example")
    assert (asked.contact_table, asked.contact_fields) == ("contact", ("email", "other"))
    assert asked.refs == (desk.sup_1.ref,)
    assert asked.tables == ("ticket",)
    assert asked.arrivals_since is None
    assert asked.answers_since == desk.now - timedelta(days=1)


def test_a_batch_asks_how_far_back_the_rules_count(desk: Desk) -> None:
    windows = (Window("from", HOUR), Window("from", HOUR * 3), Window("to", timedelta(days=2)))
    desk = desk.filtering("talkative", "no_answer", windows=windows)
    long_ago = desk.now - timedelta(days=300)
    mail = [(numbered(desk, 1), desk.now), (numbered(desk, 2), long_ago)]
    asked = wanted(desk.account, mail, desk.rules, desk.tokens, desk.now)
    assert asked.arrivals_since == long_ago - HOUR * 3
    assert asked.answers_since == desk.now - timedelta(days=2)


def test_whom_rules_and_blocks_name_is_looked_up(desk: Desk) -> None:
    bad = OnBadLine()
    labels = {"en": {"Manager": "requester"}}
    parsing = Parsing("Ticket", labels, "replace", bad, bad, bad, "YYYY-MM-DD", desk.account.span)
    desk = desk.creating("allow_as", "Boss@kestrel.example").changed(parsing=parsing)
    text = "-- Ticket --\nManager: bob@weaver.example\n-- end --"
    message = numbered(desk, 1, text)
    asked = wanted(desk.account, [(message, desk.now)], desk.rules, desk.tokens, desk.now)
    assert set(asked.addresses) >= {"boss@kestrel.example", "bob@weaver.example"}
    staff = {"groups": ("staff",)}
    boss, bob = Record(RecordRef("contact", 1), staff), Record(RecordRef("contact", 2))
    found = Found(contacts={"boss@kestrel.example": boss, "bob@weaver.example": bob})
    decision = Batch(desk, found).decide(message)
    assert decision.facts is not None
    assert decision.facts.others == {"boss@kestrel.example": boss, "bob@weaver.example": bob}
    assert decision.change is not None
    assert decision.change.values["requester"] == 2


@pytest.mark.parametrize("empty", [[], [""]])
def test_an_empty_batch_asks_for_nothing(desk: Desk, empty: list[str]) -> None:
    mail = [(replace(numbered(desk, 1), message_id=i, submission=i), desk.now) for i in empty]
    asked = wanted(desk.account, mail, desk.rules, desk.tokens, desk.now)
    assert asked.message_ids == ()
    assert asked.submissions == ()


@pytest.mark.parametrize(
    ("state", "days", "believed"),
    [("closed", 91, False), ("closed", 89, True), ("open", 400, True)],
)
def test_a_token_expires_as_its_table_declares(
    desk: Desk, *, state: str, days: int, believed: bool
) -> None:
    changed = desk.now - timedelta(days=days)
    record = replace(desk.sup_1, values={**desk.sup_1.values, "type": state}, updated_at=changed)
    closed = when("closed", lambda s: s.record is not None and s.record.values["type"] == "closed")
    expiry = TokenExpiry(timedelta(days=90), closed, desk.account.span)
    rules = replace(desk.rules, token_expiry={"ticket": expiry})
    message = desk.answer()
    found = Found(records={record.ref: record})
    known = Knowledge(found, desk.account, rules, desk.tokens, desk.now)
    facts = known.facts(message, desk.now)
    assert (facts.token.valid, facts.record is not None) == (believed, believed)
    assert believed or facts.token.problem == "the token (references) of ticket 1 has expired"
