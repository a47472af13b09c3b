"""Sixty mails of our own writing, as issue trackers, service desks and monitoring send them.

Each is read, decided, and every field that it names is what `blocks.yaml` says: right, or refused
as declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from postroom.identity.token import KeyRing, Tokens
from postroom.mail.read import read
from postroom.model.batch import Found
from postroom.model.record import LogEntry, Record, RecordRef
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge
from postroom.rules.load import Kinds, load
from postroom.source.text import Source

if TYPE_CHECKING:
    from postroom.model.decision import Decision
    from postroom.model.record import Value

DATA = YAML(typ="safe").load(Path(__file__).with_name("blocks.yaml"))
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class NoSettings:
    """A notifier that needs to know nothing."""


RULES = load([Source("rules.yaml", DATA["rules"])], Kinds(notifiers={"console": NoSettings}))
TOKENS = Tokens(KeyRing.single(bytes(64), "kestrel"), {"contact": 1, "issue": 2})
PEOPLE = {
    "ann@weaver.example": ("staff", 3),
    "cid@weaver.example": ("customers", 4),
    "bob@weaver.example": ("staff", 9),
}
OLD: dict[str, Value] = {
    "title": "Old",
    "priority": "Low",
    "estimate": 5,
    "tags": ("late",),
    "notes": (),
    "owner": 4,
}


def message(case: dict[str, Any]) -> bytes:
    """Return the mail of a case; its answers carry the token of issue 1."""
    mail = EmailMessage()
    sender = case.get("from", "ann@weaver.example")
    forged = case.get("forged", False)
    result = "fail" if forged else "pass"
    mail["Authentication-Results"] = (
        f"mx.kestrel.example; dmarc={result} header.from=weaver.example"
    )
    mail["From"], mail["To"] = sender, f"{case['account']}@kestrel.example"
    mail["Subject"] = case.get("subject", "A report")
    mail["Message-ID"], mail["Date"] = "<1@weaver.example>", "Mon, 2 Nov 2026 08:00:00 +0000"
    if case.get("answers"):
        mail["In-Reply-To"] = f"<{TOKENS.mint(RecordRef('issue', 1))}.x@kestrel.example>"
    mail.set_content(case.get("text", "See below."))
    if "html" in case:
        mail.add_alternative(case["html"], subtype="html")
    for kind in ("json", "csv", "xml"):
        if kind in case:
            main = "text" if kind == "csv" else "application"
            mail.add_attachment(case[kind].encode(), main, kind, filename=f"report.{kind}")
    return mail.as_bytes()


def decided(case: dict[str, Any]) -> Decision:
    account = RULES.accounts[case["account"]]
    contacts = {
        address: Record(RecordRef("contact", id_), {"email": address, "groups": (group,)})
        for address, (group, id_) in PEOPLE.items()
    }
    issue = RecordRef("issue", 1)
    found = Found(contacts=contacts, records={issue: Record(issue, OLD)})
    known = Knowledge(found, account, RULES, TOKENS, NOW)
    mail = read(message(case))
    return decide(mail, known.facts(mail, NOW), account, RULES, TOKENS)


def plain(value: Value) -> Any:
    """Return a value as the YAML of a case has it."""
    if isinstance(value, tuple):
        return [each.text if isinstance(each, LogEntry) else each for each in value]
    if isinstance(value, Decimal | datetime | date):
        return str(value)
    return value


@pytest.mark.parametrize("case", DATA["mails"], ids=lambda case: case["name"])
def test_every_field_is_right_or_refused_as_declared(case: dict[str, Any]) -> None:
    decision = decided(case)
    outcome = "updated" if case.get("answers") else "created"
    assert decision.outcome == case.get("outcome", outcome), decision.reasons
    by_parsing = [name for name, by in decision.provenance.items() if by.rule == "parsing"]
    values = decision.change.values if decision.change else {}
    assert {name: plain(values[name]) for name in by_parsing} == case.get("set", {})
    assert [f"{what}: {why}" for what, why in decision.refused_values] == case.get("refused", [])
    told = {notice.rule.partition(".")[2]: notice.to for notice in decision.notices}
    assert told == dict.fromkeys(case.get("told", ()), ("admin@kestrel.example",))


def test_there_are_sixty_of_them() -> None:
    assert len(DATA["mails"]) >= 60
    assert len({case["name"] for case in DATA["mails"]}) == len(DATA["mails"])
    assert {case["account"] for case in DATA["mails"]} == {"tracker", "desk", "monitor"}
