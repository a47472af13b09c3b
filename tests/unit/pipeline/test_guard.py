from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.pipeline.conftest import NOW

from postroom.model.facts import AnswerCounts
from postroom.model.message import Arf, Calendar, Dsn, Mailbox, Mdn
from postroom.pipeline import guard

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk

TOO_MANY = "200 answers went out within an hour: answers pause"
TOO_MANY_HERE = "200 answers of this account went out within an hour: answers pause"
MACHINES: dict[str, dict[str, Any]] = {
    "null return path": {"return_path": ""},
    "no return path": {"return_path": None},
    "auto-generated": {"auto_submitted": "auto-generated"},
    "auto-replied": {"auto_submitted": "auto-replied"},
    "auto-notified": {"auto_submitted": "auto-notified"},
    "unheard of": {"auto_submitted": "auto-whatever"},
    "delivery report": {"dsn": Dsn(present=True)},
    "read receipt": {"mdn": Mdn(present=True)},
    "feedback report": {"arf": Arf(present=True)},
    "answer to an invitation": {"calendar": Calendar("REPLY", "", "", None, None, "")},
}
FIELDS = [
    ("List-Id", "<news.weaver.example>"),
    ("List-Help", "x"),
    ("List-Subscribe", "x"),
    ("List-Unsubscribe", "<mailto:x@weaver.example>"),
    ("List-Post", "NO"),
    ("List-Owner", "x"),
    ("List-Archive", "x"),
    ("Precedence", "bulk"),
    ("Precedence", "Junk"),
    ("precedence", "list"),
    ("X-Precedence", "auto_reply"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Auto-Response-Suppress", "DR, OOF"),
    ("X-Auto-Response-Suppress", "RN,AutoReply"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "x"),
    ("X-Autoresponder", "x"),
    ("Delivered-To", "autoresponder"),
]
ROBOTS = [
    "MAILER-DAEMON", "postmaster", "listserv", "majordomo", "owner-news", "news-request",
    "news-bounces", "noreply", "no-reply", "donotreply",
]  # fmt: skip


def suppressed(desk: Desk, **changes: Any) -> str:
    decision = desk.decide(desk.message(**changes))
    assert decision.outcome == "created"
    assert decision.notices == ()
    (one,) = decision.suppressed
    assert (one.rule, one.template) == ("ack", "ack")
    return one.reason


def test_a_person_gets_an_answer(desk: Desk) -> None:
    assert desk.decide().notified == ("ack",)


@pytest.mark.parametrize("what", MACHINES)
def test_a_machine_gets_none(desk: Desk, what: str) -> None:
    assert suppressed(desk, **MACHINES[what])


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_a_field_that_says_machine_is_enough(desk: Desk, name: str, value: str) -> None:
    assert suppressed(desk, headers=((name, value),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Precedence", "normal"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN"),
        ("Delivered-To", "support@kestrel.example"),
    ],
)
def test_a_field_that_does_not_say_machine_does_no_harm(desk: Desk, name: str, value: str) -> None:
    assert desk.decide(desk.message(headers=((name, value),))).notified == ("ack",)


@pytest.mark.parametrize("local_part", ROBOTS)
def test_addresses_behind_which_nobody_sits_get_none(desk: Desk, local_part: str) -> None:
    sender = Mailbox(None, f"{local_part}@weaver.example")
    assert suppressed(desk, from_=sender) == f"{local_part.lower()}@ is no person"


def test_our_own_accounts_get_none(desk: Desk) -> None:
    sender = Mailbox(None, "Support@Kestrel.example")
    assert suppressed(desk, from_=sender) == "it comes from our own account support"


def test_a_sender_who_is_not_authenticated_gets_none(desk: Desk) -> None:
    desk = desk.creating("allow_as", "guest")
    assert suppressed(desk, dmarc="fail") == "the sender is not authenticated"


def test_unless_the_rule_allows_it(desk: Desk) -> None:
    desk = desk.creating("allow_as", "guest")
    desk = desk.notifying("ack", "created", allow_unverified=True)
    assert desk.decide(desk.message(dmarc="fail")).notified == ("ack",)


def test_no_rule_allows_to_answer_a_machine(desk: Desk) -> None:
    desk = desk.notifying("ack", "created", allow_unverified=True)
    assert suppressed(desk, auto_submitted="auto-replied") == "Auto-Submitted is auto-replied"


def capped(desk: Desk, counts: AnswerCounts, *, updated: bool = False) -> tuple[str, ...]:
    if updated:
        desk = desk.notifying("told", "updated")
        decision = desk.decide(desk.answer(), desk.known(answers=counts))
    else:
        decision = desk.decide(facts=desk.facts(answers=counts))
    return tuple(one.reason for one in decision.suppressed)


@pytest.mark.parametrize(
    ("counts", "reasons"),
    [
        (AnswerCounts({"ack": 9}, 9, 9), ()),
        (AnswerCounts({"ack": 10}, 10, 10), ("10 answers went to this address within an hour",)),
        (AnswerCounts({}, 0, guard.IN_ALL_AN_HOUR - 1), ()),
        (AnswerCounts({}, 0, guard.IN_ALL_AN_HOUR), (TOO_MANY,)),
        (AnswerCounts(of_account_last_hour=199), ()),
        (AnswerCounts(of_account_last_hour=200), (TOO_MANY_HERE,)),
        (AnswerCounts(to_domain_last_hour=99), ()),
        (
            AnswerCounts(to_domain_last_hour=100),
            ("100 answers went to this domain within an hour",),
        ),
        (
            AnswerCounts(paused_until=NOW),
            ("answers pause until 12:00 UTC, for there were too many",),
        ),
    ],
)
def test_answers_to_new_records_are_capped_by_the_hour(
    desk: Desk, counts: AnswerCounts, reasons: tuple[str, ...]
) -> None:
    assert capped(desk, counts) == reasons


@pytest.mark.parametrize(
    ("counts", "reasons"),
    [
        (AnswerCounts({"ack": 5}, 5, 5), ()),
        (AnswerCounts(about_record_last_day=19), ()),
        (
            AnswerCounts(about_record_last_day=20),
            ("20 answers about this record went out within 24 hours",),
        ),
        (
            AnswerCounts({"told": 1}, 0, 0),
            ("`told` went to this address within the last 24 hours",),
        ),
    ],
)
def test_other_answers_go_once_a_day_to_an_address(
    desk: Desk, counts: AnswerCounts, reasons: tuple[str, ...]
) -> None:
    assert capped(desk, counts, updated=True) == reasons


def test_answers_of_one_decision_count_as_well(desk: Desk) -> None:
    one, two = desk.notifying("told", "updated"), desk.notifying("told", "updated")
    rules = (*one.account.notify, *two.account.notify)
    decision = desk.changed(notify=rules).decide(desk.answer(), desk.known())
    assert len(decision.notices) == 1
    assert len(decision.suppressed) == 1
