"""An account whose messages all fail alike pauses; one that gets a good one goes on."""

from __future__ import annotations

from threading import Event

import pytest
from tests.unit.runtime.memory import RULES, House, NoSettings, envelope, mail

from postroom.ledger.events import Activation
from postroom.rules.load import Kinds, load
from postroom.runtime.breaker import IN_A_ROW
from postroom.runtime.events import Trouble
from postroom.runtime.messages import deciding
from postroom.runtime.worker import Worker
from postroom.source.diagnostic import Problem
from postroom.source.text import Source

WITH_DUE = RULES.replace("max: 250}", "max: 250}\n      due: {type: email, required: true}", 1)
STRICT = WITH_DUE.replace('"${body.text}"', '"${body.text}", due: "${subject}"', 1)


@pytest.fixture
def house() -> House:
    return House(rules_text=STRICT)


def once(house: House) -> bool:
    ((account, receive),) = house.engine.receiving
    return Worker(house.engine, account, receive).once(Event())


def outcomes(house: House) -> list[str]:
    return [each.outcome for each in house.store.communications]


def good(number: int) -> bytes:
    return mail(number).replace(b"Subject: Request", b"Subject: a@weaver.example\r\nX:", 1)


def test_a_mailbox_that_fails_as_a_whole_stays_on_its_server(house: House) -> None:
    house.server.deliver(*map(mail, range(200)))
    assert not once(house)
    assert outcomes(house) == []
    assert len(house.server.mails) == 200
    (trouble,) = house.events(Trouble)
    assert trouble.found.code == "PR550"
    assert "`due` is required" in trouble.found.message
    assert "Request" not in trouble.found.message


def test_a_few_that_fail_are_quarantined_and_one_more_than_that_is_not(house: House) -> None:
    house.server.deliver(*map(mail, range(IN_A_ROW)))
    assert once(house)
    assert outcomes(house) == ["quarantined"] * IN_A_ROW
    house.server.deliver(mail(IN_A_ROW + 1))
    assert not once(house)
    assert len(house.store.communications) == IN_A_ROW


def test_nobody_can_stop_an_account_for_longer_than_until_the_next_good_message(
    house: House,
) -> None:
    house.server.deliver(*map(mail, range(IN_A_ROW + 5)))
    assert not once(house)
    house.server.deliver(good(99))
    assert once(house)
    assert outcomes(house).count("created") == 1
    assert outcomes(house).count("quarantined") == IN_A_ROW + 5


def test_other_rules_let_it_go_on(house: House) -> None:
    house.server.deliver(*map(mail, range(200)))
    assert not once(house)
    kinds = Kinds({"memory": NoSettings}, {"memory": NoSettings})
    house.engine.decide_by(load([Source("rules.yaml", RULES)], kinds), Activation("activate"))
    assert once(house)
    assert outcomes(house) == ["created"] * 200


def test_a_fault_of_ours_pauses_it_as_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(deciding, "decide", fails)
    with pytest.raises(Problem, match=r"PR550 .*ZeroDivisionError"):
        house.engine.process(house.account, [envelope(n, mail(n)) for n in range(100)])
    assert len(house.store.communications) == IN_A_ROW


def test_what_a_filter_puts_aside_is_no_failure() -> None:
    house = House(
        rules_text=RULES.replace(
            "    access:\n", "    filters: [{id: all, then: quarantine}]\n    access:\n", 1
        )
    )
    house.server.deliver(*map(mail, range(200)))
    assert once(house)
    assert outcomes(house) == ["quarantined"] * 200
