"""What holds for every message, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.rules.kinds import KINDS

from postroom.identity.token import KeyRing, Tokens
from postroom.mail.read import read
from postroom.model.batch import Found
from postroom.model.message import (
    Arf,
    Attachment,
    Body,
    Calendar,
    Dsn,
    FailedRecipient,
    Mailbox,
    Mdn,
    Message,
)
from postroom.model.record import Record, RecordRef
from postroom.pipeline.decide import decide
from postroom.pipeline.explain import as_data, as_lines, tried
from postroom.pipeline.knowledge import Knowledge, wanted
from postroom.rules.load import load, read_folder
from postroom.testing.cases import tokens_for_tests

if TYPE_CHECKING:
    from postroom.model.decision import Decision
    from postroom.model.facts import Facts
    from postroom.rules.ruleset import RuleSet

TESTS = Path(__file__).parents[2]
CORPORA = TESTS.parents[1] / "shared" / "corpora"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ANN = Record(RecordRef("contact", 7), {"email": "ann@partner.example", "groups": ("staff",)})
SUP_11 = Record(RecordRef("ticket", 11), {"title": "Invoice", "requester": 7, "notes": ()})

texts = st.text(max_size=60) | st.sampled_from(
    ["-- Ticket Details (en) --\nPriority: 9\nManager: x@y\n-- end --", "PO-12345 outage", "\x00"]
)
addresses = st.sampled_from(
    ["ann@partner.example", "eve@evil.example", "", "billing@xyz.example", "x y@", "a@b@c"]
)
mailboxes = st.builds(Mailbox, st.none() | texts, addresses | texts)
times = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - made aware below
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
attachments = st.builds(
    Attachment,
    filename=texts, content_type=texts, detected_type=texts,
    disposition=st.sampled_from(["attachment", "inline"]), content_id=texts,
    size=st.integers(0, 2**40), sha256=texts, part=st.integers(0, 99),
)  # fmt: skip
reports = st.builds(
    Dsn,
    present=st.booleans(), action=texts, status=texts, final_recipient=texts,
    diagnostic_code=texts, original_message_ids=st.tuples(texts),
    recipients=st.just(()) | st.tuples(
        st.builds(FailedRecipient, texts, texts, texts, st.none(), st.just("hard"))
    ),
)  # fmt: skip
headers = st.lists(
    st.tuples(
        st.sampled_from(["Precedence", "List-Id", "Importance", "X-Postroom-Instance",
                         "Delivered-To", "Authentication-Results", "Subject"]),
        texts | st.just("mx.xyz.example; dmarc=pass header.from=partner.example"),
    ),
    max_size=5,
)  # fmt: skip
messages = st.builds(
    Message,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64), size=st.integers(0, 10**8),
    headers=headers.map(tuple), from_=mailboxes, from_problem=st.none() | texts,
    sender=mailboxes, reply_to=st.tuples(mailboxes), to=st.tuples(mailboxes),
    cc=st.tuples(mailboxes), subject=texts, date=st.none() | times, message_id=texts,
    in_reply_to=st.tuples(texts), references=st.tuples(texts, texts),
    return_path=st.none() | texts | addresses,
    auto_submitted=st.sampled_from(["no", "auto-replied", "auto-generated", "odd"]),
    body=st.builds(Body, text=texts, html=texts, reply=texts, quoted=texts),
    attachments=st.just(()) | st.tuples(attachments), dsn=reports,
    mdn=st.builds(Mdn, st.booleans()), arf=st.builds(Arf, st.booleans()),
    calendar=st.none() | st.builds(
        Calendar, st.sampled_from(["REPLY", "REQUEST"]), texts, texts, st.none(), st.none(), texts
    ),
    refused=st.none() | st.none() | texts, submission=texts,
)  # fmt: skip


@cache
def rules() -> RuleSet:
    return load(read_folder(TESTS / "golden" / "decisions" / "rules"), KINDS)


@cache
def tokens() -> Tokens:
    return tokens_for_tests(rules())


def found() -> Found:
    return Found(
        contacts={"ann@partner.example": ANN},
        records={SUP_11.ref: SUP_11},
        participants={SUP_11.ref: frozenset({"ann@partner.example"})},
        next_record={"ticket": 12},
    )


def facts_of(message: Message, received_at: datetime = NOW) -> Facts:
    account = rules().accounts["billing"]
    wanted(account, [(message, received_at)], rules(), tokens(), NOW)
    return Knowledge(found(), account, rules(), tokens(), NOW).facts(message, received_at)


def decided(message: Message, facts: Facts | None = None) -> Decision:
    account = rules().accounts["billing"]
    return decide(message, facts or facts_of(message), account, rules(), tokens())


@given(messages, times)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_every_message_is_decided_and_explained(message: Message, received_at: datetime) -> None:
    facts = facts_of(message, received_at)
    decision = decided(message, facts)
    account = rules().accounts["billing"]
    asked = tried(message, facts, account, rules(), tokens())
    assert all(line.isprintable() for line in as_lines(decision, asked))
    assert as_data(decision)["outcome"] == decision.outcome
    assert decision.reasons or decision.outcome == "created"


@given(messages)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_deciding_twice_agrees(message: Message) -> None:
    facts = facts_of(message)
    assert decided(message, facts) == decided(message, facts)


@given(messages)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_without_a_valid_token_or_a_thread_nothing_is_updated(message: Message) -> None:
    assert decided(message).outcome != "updated"


@given(messages, st.sampled_from(["auto-replied", "auto-generated", "auto-notified", "x"]))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_leaves_for_what_a_machine_sent(message: Message, submitted: str) -> None:
    decision = decided(replace(message, auto_submitted=submitted))
    assert not [notice for notice in decision.notices if notice.kind == "answer"]


@given(messages)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_answers_go_to_an_authenticated_from_and_nowhere_else(message: Message) -> None:
    decision = decided(message)
    for notice in decision.notices:
        if notice.kind == "answer":
            assert notice.to == (message.from_.addr_spec,)
            assert decision.sender_state == "aligned"
            assert message.from_problem is None
            assert message.return_path
        assert all(c.isprintable() for c in notice.subject)


@given(messages)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_is_complete_and_of_its_types(message: Message) -> None:
    change = decided(message).change
    if change is not None and change.kind == "create":
        fields = rules().tables["ticket"].fields
        assert list(change.values) == list(fields)
        assert change.values["title"]
        assert change.values["priority"] in (1, 2, 3, 4)


def carrying(forged: str) -> list[dict[str, Any]]:
    return [
        {"subject": f"Re: [#{forged}] x"},
        {"in_reply_to": (f"{forged}.x@xyz.example",)},
        {"references": (f"{forged}.x@xyz.example",)},
        {"to": (Mailbox(None, f"billing+{forged}@xyz.example"),)},
        {"dsn": Dsn(original_message_ids=(f"{forged}.x@xyz.example",))},
    ]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 4))
@settings(max_examples=60)
def test_a_token_of_another_key_updates_nothing(key: bytes, carrier: int) -> None:
    forged = Tokens(KeyRing.single(key, "test cases"), tokens().tables).mint(SUP_11.ref)
    message = read(b"From: Ann <ann@partner.example>\r\nMessage-ID: <m@x>\r\n\r\nHi\r\n")
    message = replace(message, **carrying(forged)[carrier], return_path="ann@partner.example")
    assert decided(message).outcome != "updated"
    real = replace(message, **carrying(tokens().mint(SUP_11.ref))[carrier])
    assert decided(real).outcome == "updated"


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_decided(raw: bytes) -> None:
    assert decided(read(raw)).outcome


@given(st.lists(messages, max_size=6), st.integers(0, 3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_batch_gives_no_id_twice(batch: list[Message], minutes: int) -> None:
    account = rules().accounts["billing"]
    knowledge = Knowledge(found(), account, rules(), tokens(), NOW)
    communications: list[int] = []
    records: list[RecordRef] = []
    for message in [*batch, *batch[:1]]:
        facts = knowledge.facts(message, NOW + timedelta(minutes=minutes))
        decision = decide(message, facts, account, rules(), tokens())
        knowledge.after(message, decision)
        if decision.repeats is None:
            communications.append(facts.communication)
        if decision.change is not None and decision.change.kind == "create":
            records.append(decision.change.ref)
    assert communications == list(range(1, len(communications) + 1))
    assert records == [RecordRef("ticket", 12 + number) for number in range(len(records))]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_every_public_message_at_hand_is_decided() -> None:
    paths = [path for path in sorted(CORPORA.rglob("*")) if path.is_file()]
    outcomes = {decided(read(path.read_bytes())).outcome for path in paths}
    assert outcomes >= {"denied", "quarantined", "bounced"}
