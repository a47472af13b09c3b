"""Forged senders, each through the whole way from bytes to a decision.

Rows of docs/explanation/threats.md: forged results, several From fields, display names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from tests.unit.rules.kinds import KINDS

from postroom.identity.token import KeyRing, Tokens
from postroom.mail.addresses import canonical
from postroom.mail.read import read
from postroom.rules.load import load
from postroom.source.text import Source
from postroom.testing.given import read_given
from postroom.testing.trial import Trial

if TYPE_CHECKING:
    from postroom.model.decision import Decision
    from postroom.rules.ruleset import RuleSet

HERE = Path(__file__).parent
RULES = load([Source("rules.yaml", (HERE / "rules.yaml").read_text("utf-8"))], KINDS)
CASES = YAML(typ="safe", pure=True).load((HERE / "forgeries.yaml").read_text("utf-8"))
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "desk"), {"contact": 1, "ticket": 2})
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
KNOWN = {
    "contacts": [{"email": "ann@good.example", "groups": ["staff"]}],
    "records": {"ticket": [{"title": "Light", "requester": "ann@good.example"}]},
    "participants": ["ann@good.example"],
}
OURS = "Authentication-Results: mx.desk.example; dmarc={} header.from={}"
BORDER = "Received: from mail.evil.example (mail.evil.example [198.51.100.7]) by mx.desk.example; x"
VERDICTS = {
    "the server passes evil.example": ("pass", "evil.example"),
    "the server fails it": ("fail", "good.example"),
    "the server says nothing": None,
    "the server is fooled": ("pass", "good.example"),
}


def decide(header: list[str], verdict: tuple[str, str] | None, rules: RuleSet = RULES) -> Decision:
    above = [OURS.format(*verdict)] if verdict else []
    lines = [*above, BORDER, *header, "To: desk@desk.example", "Message-ID: <f1@evil.example>"]
    raw = "\r\n".join(lines).encode() + b"\r\n\r\nPlease close it.\r\n"
    trial = Trial(rules, TOKENS, NOON, read_given(KNOWN, rules))
    outcome = trial.decide(read(raw, mail_from="eve@evil.example"))
    assert outcome is not None
    return outcome.decision


def tried() -> list[object]:
    return [
        pytest.param(case, verdict, id=f"{case['name']} - {words}")
        for case in CASES
        for words, verdict in VERDICTS.items()
        if verdict != VERDICTS["the server is fooled"] or case.get("fooled", True)
    ]


@pytest.mark.parametrize(("case", "verdict"), tried())
def test_a_forged_sender_is_never_taken_for_another(
    case: dict[str, object], verdict: tuple[str, str] | None
) -> None:
    header = case["header"]
    assert isinstance(header, list)
    decision = decide(header, verdict)
    assert decision.principal != "ann@good.example"
    assert decision.outcome != "updated"
    if "as" not in case:
        assert decision.sender_state in ("known", "unknown")
        assert decision.outcome in ("quarantined", "denied")
        assert not decision.notices
    elif decision.sender_state == "aligned":
        assert verdict == ("pass", "evil.example")
        assert decision.outcome == "created"
        assert decision.principal == "guest@desk.example"


@pytest.mark.parametrize("case", [c for c in CASES if "as" in c], ids=lambda c: c["name"])
def test_who_is_honest_after_all_is_who_he_is(case: dict[str, str]) -> None:
    lines = [BORDER, *case["header"], "To: desk@desk.example"]
    message = read("\r\n".join(lines).encode() + b"\r\n\r\nx\r\n")
    assert message.from_problem is None
    assert canonical(message.from_.addr_spec) == canonical(case["as"])


def test_the_real_ann_is_let_in() -> None:
    decision = decide(["From: Ann <ann@good.example>"], ("pass", "good.example"))
    assert (decision.outcome, decision.principal) == ("created", "ann@good.example")
    assert decision.sender_state == "aligned"


def test_all_the_shapes_are_there() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)
    assert sum(case["shape"] == "composition" for case in CASES) == 18
    assert sum(case["shape"] == "ours" for case in CASES) >= 40
