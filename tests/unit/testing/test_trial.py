from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.mail.read import read
from postroom.rules.load import load
from postroom.source.diagnostic import Problem, RuleError
from postroom.source.text import Source
from postroom.testing.cases import tokens_for_tests
from postroom.testing.given import CLOCK, Known, read_given_file
from postroom.testing.trial import Trial

if TYPE_CHECKING:
    from postroom.model.message import Message
    from postroom.rules.ruleset import RuleSet

RULES = (Path(__file__).parent / "help.yaml").read_text("utf-8").replace("tests:\n", "")
SECOND = RULES[RULES.index("  help:\n") : RULES.index("templates:")].replace("help", "sales")
MAIL = b"""Return-Path: <ann@w.example>
Authentication-Results: mx.x.example; dmarc=pass header.from=w.example
Received: from w.example by mx.x.example; Thu, 15 Jan 2026 12:00:00 +0000
From: ann@w.example
To: %b
Message-ID: <%d@w.example>
Subject: Light

It stays dark.
"""
GIVEN = b"contacts: [{email: ann@w.example, groups: [staff]}]\n"


@pytest.fixture
def rules() -> RuleSet:
    return load([Source("help.yaml", RULES)], KINDS)


@pytest.fixture
def two_accounts() -> RuleSet:
    text = RULES.replace("templates:", f"{SECOND}templates:")
    return load([Source("help.yaml", text)], KINDS)


def mail(to: bytes, number: int = 1) -> Message:
    return read(MAIL % (to, number))


def trial(rules: RuleSet, given: bytes = GIVEN) -> Trial:
    known = read_given_file("given.yaml", given, rules)
    return Trial(rules, tokens_for_tests(rules), CLOCK, known)


def test_each_message_is_decided_as_if_those_before_it_had_come_in(rules: RuleSet) -> None:
    trying = trial(rules)
    mails = [mail(b"help@x.example", number) for number in (1, 2, 1)]
    outcomes = [trying.decide(each) for each in mails]
    assert [o and o.decision.outcome for o in outcomes] == ["created", "created", "duplicate"]
    assert [o and o.decision.ref and o.decision.ref.id for o in outcomes] == [1, 2, None]


@pytest.mark.parametrize(
    ("to", "account"),
    [
        (b"help@x.example", "help"),
        (b"Sales <SALES@x.example>", "sales"),
        (b"sales+t0ken@x.example", "sales"),
        (b"a@b.example, sales@x.example", "sales"),
        (b"nobody@x.example", None),
    ],
)
def test_a_message_is_for_the_account_that_it_is_sent_to(
    two_accounts: RuleSet, to: bytes, account: str | None
) -> None:
    outcome = trial(two_accounts).decide(mail(to))
    assert (outcome and outcome.decision.account) == account


def test_the_only_account_takes_whatever_comes(rules: RuleSet) -> None:
    outcome = trial(rules).decide(mail(b"nobody@x.example"))
    assert outcome is not None
    assert outcome.decision.account == "help"


def test_an_account_can_be_named(two_accounts: RuleSet) -> None:
    account = two_accounts.accounts["sales"]
    outcome = trial(two_accounts).decide(mail(b"help@x.example"), account)
    assert outcome is not None
    assert outcome.decision.account == "sales"


def test_every_rule_that_was_asked_is_told(rules: RuleSet) -> None:
    outcome = trial(rules).decide(mail(b"help@x.example"))
    assert outcome is not None
    assert [(rule.id, rule.held) for rule in outcome.tried] == [
        ("talkative", False), ("heavy", False), ("known", True),
        ("urgent", False), ("soon", False), ("ack", True),
    ]  # fmt: skip


def test_nothing_need_be_known(rules: RuleSet) -> None:
    trying = Trial(rules, tokens_for_tests(rules), CLOCK, Known())
    outcome = trying.decide(mail(b"help@x.example"))
    assert outcome is not None
    assert outcome.decision.outcome == "denied"


def test_a_mistake_in_what_is_given_has_a_place_and_a_hint(rules: RuleSet) -> None:
    with pytest.raises(Problem) as raised:
        trial(rules, b"contact: []\n")
    found = raised.value.diagnostic
    assert (found.code, found.help) == ("PR030", "did you mean `contacts`?")
    with pytest.raises(RuleError):
        trial(rules, b"contacts: [\n")
    with pytest.raises(RuleError):
        trial(rules, b"- \xff\n")
