"""What a plugin finds out about a sender is a fact of the decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from tests.unit.runtime.memory import House, NoSettings, envelope, mail

from postroom.rules.ruleset import CheckSenders
from postroom.runtime.messages.senders import UNKNOWN


@dataclass
class Asked:
    """An authenticator that says what it is told, and remembers whom it was asked about."""

    name: ClassVar[str] = "stub"
    settings: ClassVar[type] = NoSettings
    says: ClassVar[str] = ""
    domains: ClassVar[list[str]] = []

    def __init__(self, settings: Any) -> None:
        assert isinstance(settings, NoSettings)

    def check(self, raw: bytes, from_domain: str) -> str:
        assert raw
        self.domains.append(from_domain)
        if self.says == "raise":
            raise RuntimeError("no")
        return self.says.format(from_domain)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    found = House()
    monkeypatch.setattr(type(found.engine.plugins), "authenticators", lambda _: {"stub": Asked})
    monkeypatch.setattr(Asked, "domains", [])
    return found


def decided(house: House, says: str, *raws: bytes) -> list[Any]:
    Asked.says = says
    account = house.account
    asked = CheckSenders("stub", NoSettings(), account.span)
    checked = replace(account, trust_results_from=(), check_senders=asked)
    house.engine.rules = replace(house.engine.rules, accounts={account.name: checked})
    return house.engine.process(checked, [envelope(n, raw) for n, raw in enumerate(raws)])


def test_what_was_found_out_decides_and_is_kept(house: House) -> None:
    says = "postroom; dmarc=pass header.from={}"
    (decision,) = decided(house, says, mail(1))
    assert decision.sender_state == "aligned"
    assert decision.facts.checked_here == says.format(Asked.domains[0])


def test_without_a_pass_nobody_is_authenticated(house: House) -> None:
    for number, says in enumerate(("postroom; dmarc=temperror", "", "raise", "; nonsense")):
        (decision,) = decided(house, says, mail(number))
        assert decision.sender_state in ("known", "unknown")
        if says == "raise":
            assert decision.facts.checked_here == UNKNOWN


def test_each_message_gets_its_own_results(house: House) -> None:
    raws = [mail(n).replace(b"From: ", b"From: x%d@d%d.example\r\nX: " % (n, n)) for n in range(20)]
    decisions = decided(house, "postroom; dmarc=pass header.from={}", *raws)
    assert [d.facts.checked_here.rpartition("=")[2] for d in decisions] == [
        f"d{n}.example" for n in range(20)
    ]


def test_nobody_is_asked_for_whom_no_rule_is_asked_either(house: House) -> None:
    (decision,) = decided(house, "postroom; dmarc=pass", b"From: a@x.example, b@x.example\r\n\r\n")
    assert decision.outcome == "quarantined"
    assert Asked.domains == []
