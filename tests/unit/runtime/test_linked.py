"""Accounts with one address: whose a message is, and what refers to what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.runtime.memory import NOW, House, envelope, mail

from postroom.hooks.contracts import Parcel
from postroom.identity.carriers import message_id
from postroom.model.record import RecordRef
from postroom.rules.lint_fields import unused_fields
from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Counter
from postroom.testing.memory_store import MemoryStore
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.model.decision import Decision

RULES = """
version: 1
tables:
  ticket: {number: SUP, fields: {title: {type: text, max: 250}}}
  invoice:
    fields:
      title: {type: text, max: 250}
      notes: {type: log}
      ticket: {type: reference, table: ticket}
  contact: {fields: {email: {type: email, unique: true}}}
accounts:
  support:
    table: ticket
    address: help@kestrel.example
    active: true
    shared: primary
    send: {use: memory, from: help@kestrel.example}
    trust_results_from: [mx.kestrel.example]
    filters:
      - {id: junk, when: subject contains "junk", then: discard}
      - {id: odd, when: subject contains "odd", then: {quarantine: "odd"}}
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: anybody-too, then: {allow_as: guest}}]
    mapping: {set: {title: "${subject}"}}
    updates: {set: {title: "${subject}"}}
    notify: [{id: ack, after: created, to: "${from.addr_spec}", template: ack}]
  billing:
    table: invoice
    address: help@kestrel.example
    shared: {primary: support, link: ticket}
    send: {use: memory, from: help@kestrel.example}
    trust_results_from: [mx.kestrel.example]
    access:
      create: [{id: anybody, then: {allow_as: guest}}]
      update: [{id: anybody-too, then: {allow_as: guest}}]
    mapping: {set: {title: "${subject}"}}
    updates: {append: {notes: "${body.reply}"}}
    notify:
      - {id: ack, after: created, to: "${from.addr_spec}", template: ack}
      - {id: page, after: created, to: boss@kestrel.example, template: page}
templates:
  ack: {subject: "Got it", text: "Thank you."}
  page: {subject: "New", text: 'Ticket ${record.ticket.number ?? "none"}.'}
contacts: {table: contact, guest: guest@kestrel.example, guest_groups: [guests]}
groups:
  guests: {ticket: {create: true, edit: all}, invoice: {create: true, edit: all}}
"""
RULES = RULES.replace(", guest: guest@kestrel.example, guest_groups: [guests]",
                      ", guest: {address: guest@kestrel.example, groups: [guests]}")  # fmt: skip
TICKET, INVOICE = RecordRef("ticket", 1), RecordRef("invoice", 1)
both_stores = pytest.mark.parametrize("store", ["memory", "duckdb"], indirect=True)


class Two:
    """An engine with two accounts for one address, on a real store."""

    def __init__(self, store: Any, rules: str = RULES) -> None:
        house = House(rules_text=rules)
        self.store = house.engine.store = store
        store.open(house.rules.tables)
        self.engine = house.engine
        tokens = replace(house.engine.tokens, tables=store.table_ids())
        self.engine.use_tokens(tokens)
        self.keys = 0

    def gets(self, account: str, *raws: bytes) -> list[Decision]:
        """Have an account decide messages, each in a place of its own."""
        self.keys += len(raws)
        first = self.keys - len(raws)
        lie = [replace(envelope(first + n, raw), received_at=NOW) for n, raw in enumerate(raws)]
        return self.engine.process(self.engine.rules.accounts[account], lie)

    def link(self, invoice: int = 1) -> Any:
        record = self.store.record(RecordRef("invoice", invoice))
        assert record is not None
        return record.values["ticket"]


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    on_disk = getattr(request, "param", "memory") == "duckdb"
    made = DuckdbStore(DuckdbSettings(), tmp_path) if on_disk else MemoryStore()
    yield made
    made.close()


@pytest.fixture
def two(store: Any) -> Two:
    return Two(store)


def known(raw: bytes, way: str = "a") -> bytes:
    """Return a message as a server hands it on, its sender authenticated."""
    results = b"Authentication-Results: mx.kestrel.example; dmarc=pass header.from=weaver.example"
    received = f"Received: from {way}.example by mx.kestrel.example; Mon, 2 Nov 2026 08:00:00 +0000"
    return (
        results + b"\r\nReturn-Path: <ann@weaver.example>\r\n" + received.encode() + b"\r\n" + raw
    )


@pytest.mark.parametrize("order", [("support", "billing"), ("billing", "support")])
@pytest.mark.parametrize("ways", ["aa", "ab"])
def test_whoever_is_second_makes_the_link(two: Two, order: tuple[str, str], ways: str) -> None:
    """The same bytes, or copies of one submission that came by two ways."""
    for account, way in zip(order, ways, strict=True):
        (decision,) = two.gets(account, known(mail(1), way))
        assert decision.outcome == "created"
    assert two.link() == 1


def test_accounts_that_agree_are_not_warned_of(two: Two) -> None:
    """Nor of the field, which nothing else fills in."""
    rules = two.engine.rules
    assert not {"PR355", "PR553"} & {found.code for found in rules.warnings}
    unused = {found.about for found in unused_fields(rules)}
    assert ("tables.invoice.fields.ticket",) not in unused


def test_a_message_id_alone_links_nothing(two: Two) -> None:
    two.gets("support", known(mail(1)))
    two.gets("billing", known(mail(1, "Something else.")))
    assert two.link() is None


def test_the_primary_alone_writes_to_the_sender(two: Two) -> None:
    for order in (("support", "billing"), ("billing", "support")):
        two.keys += 1
        raw = known(mail(two.keys))
        decisions = {account: two.gets(account, raw)[0] for account in order}
        assert [(n.kind, n.rule) for n in decisions["support"].notices] == [("answer", "ack")]
        assert [(n.kind, n.rule) for n in decisions["billing"].notices] == [("alert", "page")]
        (silent,) = decisions["billing"].suppressed
        assert silent.reason == "account support answers mail to this address"


def test_while_the_primary_is_off_the_other_answers(store: Any) -> None:
    two = Two(store, RULES.replace("active: true", "active: false"))
    (decision,) = two.gets("billing", known(mail(1)))
    assert [n.kind for n in decision.notices] == ["answer", "alert"]


def test_a_template_of_the_other_reads_the_link(two: Two) -> None:
    two.gets("support", known(mail(1)))
    (decision,) = two.gets("billing", known(mail(1)))
    assert decision.notices[0].text == "Ticket SUP-1."
    assert decision.provenance["ticket"].rule == "shared"
    assert "the account support made SUP-1 of the same message" in decision.reasons


def test_of_mail_that_is_handed_over_the_primary_decides_first(two: Two) -> None:
    intake = Intake(two.engine)
    counter = Counter(two.engine, intake, "lmtp", ["billing", "support"])
    parcel = Parcel(known(mail(1)), "ann@weaver.example", ("help@kestrel.example",))
    assert [reply.state for reply in counter.hand_in(parcel)] == ["taken"]
    intake.close()
    assert two.link() == 1
    (page,) = [row.notice for row in two.store.lease(NOW, 10) if row.notice.kind == "alert"]
    assert page.text == "Ticket SUP-1."


@pytest.mark.parametrize("word", ["junk", "odd"])
def test_without_a_record_of_the_primary_there_is_no_link(two: Two, word: str) -> None:
    raw = known(mail(1).replace(b"Request", word.encode()))
    two.gets("support", raw)
    (decision,) = two.gets("billing", raw)
    assert decision.outcome == "created"
    assert two.link() is None


def test_what_is_released_later_is_linked_then(two: Two) -> None:
    raw = known(mail(1).replace(b"Request", b"odd"))
    (held,) = two.gets("support", raw)
    two.gets("billing", raw)
    support = two.engine.rules.accounts["support"]
    taken = two.engine.take(support, [replace(envelope(99, raw), received_at=NOW)])
    item = two.engine.decide_again(
        support,
        taken.arrived[0],
        lambda facts: replace(facts, review="released", duplicate_of=None, duplicate_by=""),
        lambda _item, batch: batch,
    )
    assert (held.outcome, item.decision.outcome) == ("quarantined", "created")
    assert two.link() == 1


@both_stores
def test_several_messages_of_a_batch_link_to_one_record(two: Two) -> None:
    """Each change of a record is made on the one before."""
    raws = [known(mail(1)), known(reply(2, "<1@weaver.example>"))]
    assert [d.outcome for d in two.gets("billing", *raws)] == ["created", "updated"]
    assert [d.outcome for d in two.gets("support", *raws)] == ["created", "updated"]
    assert two.link() == 1


def test_a_link_stays(two: Two) -> None:
    """Later mail of the thread leaves it as it is, even if the primary made another record."""
    two.gets("support", known(mail(1)), known(mail(2)))
    two.gets("billing", known(mail(1)))
    follow_up = known(reply(3, "<1@weaver.example>"))
    two.gets("billing", follow_up)
    two.gets("support", follow_up)
    assert two.link() == 1


def reply(number: int, to: str) -> bytes:
    return f"References: {to}\r\n".encode() + mail(number, "And one more thing.")


def token_of(two: Two, ref: RecordRef) -> str:
    return f"<{message_id(two.engine.tokens.mint(ref), 'r', 'kestrel.example')}>"


def test_an_answer_with_the_token_of_another_account_is_left_to_it(two: Two) -> None:
    for account in ("support", "billing"):
        two.gets(account, known(mail(1)))
    answer = reply(2, token_of(two, TICKET))
    (ours,), (others,) = two.gets("support", answer), two.gets("billing", answer)
    assert (ours.outcome, ours.ref) == ("updated", TICKET)
    assert others.outcome == "duplicate"
    assert others.reasons == (
        "its token (references) is that of SUP-1: it is for the account `support`",
    )
    back = reply(3, token_of(two, INVOICE))
    assert two.gets("support", back)[0].outcome == "duplicate"
    assert two.gets("billing", back)[0].ref == INVOICE


def test_nothing_is_left_to_an_account_that_is_switched_off(store: Any) -> None:
    """People see it: a duplicate nobody would look at."""
    two = Two(store, RULES.replace("active: true", "active: false"))
    two.gets("support", known(mail(1)))
    (others,) = two.gets("billing", known(reply(2, token_of(two, TICKET))))
    assert others.outcome == "quarantined"


def test_an_answer_in_a_thread_of_both_changes_both(two: Two) -> None:
    for account in ("support", "billing"):
        two.gets(account, known(mail(1)))
    answer = known(reply(2, f"<1@weaver.example> {token_of(two, TICKET)}"))
    assert two.gets("support", answer)[0].ref == TICKET
    assert two.gets("billing", answer)[0].ref == INVOICE


def test_of_the_tokens_of_both_each_takes_its_own(two: Two) -> None:
    for account in ("support", "billing"):
        two.gets(account, known(mail(1)))
    answer = reply(2, f"{token_of(two, INVOICE)} {token_of(two, TICKET)}")
    assert two.gets("support", answer)[0].ref == TICKET
    assert two.gets("billing", answer)[0].ref == INVOICE


@both_stores
def test_a_copy_that_came_another_way_is_taken_by_the_first(store: Any) -> None:
    rules = RULES.replace("{primary: support, link: ticket}", "first")
    two = Two(store, rules.replace("shared: primary", "shared: first"))
    (made,), (copy,) = two.gets("support", known(mail(1))), two.gets("billing", known(mail(1), "b"))
    assert (made.outcome, copy.outcome) == ("created", "duplicate")
    assert copy.repeats is None
    assert copy.reasons == ("communication 1 has the same Message-ID, From, Date and content",)
    assert two.gets("billing", known(mail(1, "Something else.")))[0].outcome == "created"
    assert two.gets("billing", known(mail(1)))[0].outcome == "duplicate"
