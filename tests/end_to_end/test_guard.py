"""What is never answered, and how many answers there are at most: through the real store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.end_to_end.answering import NOW, RULES, Office, answers, mail, reasons

from postroom.cli.explain import lines
from postroom.runtime.events import Alarmed
from postroom.runtime.stores import archive

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    Path(__file__).with_name("guard.yaml").read_text("utf-8")
)
LISTED = """\
lists:
  silent_people: [dora@quiet.example]
  silent_domains: [silent.example]
  silent_phrases: [do not answer]
"""
QUIET = """\
  quiet:
    - {id: listed-address, when: from.addr_spec in lists.silent_people, then: no_answer}
    - {id: listed-domain, when: "in_domain(from.domain, lists.silent_domains)", then: no_answer}
    - {id: listed-phrase, when: subject contains_any lists.silent_phrases, then: no_answer}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "desk")
    yield office
    office.close()


def desk(tmp_path: Path, *changes: tuple[str, str]) -> Office:
    rules = RULES
    for old, new in changes:
        assert old in rules
        rules = rules.replace(old, new)
    return Office(tmp_path / "other", rules)


def raw(number: int, case: dict[str, Any]) -> bytes:
    changes = dict(case.get("mail", {}))
    without = changes.pop("without", "")
    whole = mail(number, *case.get("fields", ()), **changes)
    kept = [line for line in whole.split(b"\r\n") if not without or without.encode() not in line]
    return b"\r\n".join(kept)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str], str]]:
    """Each case: what became of the mail, why it got no answer, and what explain says."""
    rules = RULES.replace("version: 1\n", f"version: 1\n{LISTED}").replace("  quiet: []\n", QUIET)
    office = Office(tmp_path_factory.mktemp("guard") / "desk", rules)
    # the return path that the server does not give is read from the header
    decisions = office.receive(*(raw(number, case) for number, case in enumerate(CASES)))
    logged: dict[int, list[str]] = {}
    for communication, reason in office.sql(
        "SELECT communication, reason FROM suppressed_answers ORDER BY seq"
    ):
        logged.setdefault(communication, []).append(reason)
    kept = archive(office.folder / "postroom-data")
    shown = {
        d.facts.communication: "\n".join(lines(kept.find(str(d.facts.communication))[0]))
        for d in decisions
        if d.facts
    }
    office.close()
    return {
        case["name"]: (d.outcome, logged.get(number, []), shown[number])
        for number, (case, d) in enumerate(zip(CASES, decisions, strict=True), start=1)
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_it_gets_a_record_and_no_answer_and_the_log_says_why(
    case: dict[str, Any], decided: dict[str, tuple[str, list[str], str]]
) -> None:
    outcome, logged, shown = decided[case["name"]]
    assert outcome == "created"
    assert logged == [case["why"]]
    assert f"ack: {case['why']}" in shown


def test_a_person_gets_an_answer(office: Office) -> None:
    assert answers(office.receive(mail(1))) == ["ack"]


def test_a_mail_of_ours_that_comes_back_is_held_and_not_answered(office: Office) -> None:
    from postroom.identity.instance import HEADER, mark

    field = f"{HEADER}: {mark(office.engine.tokens.ring)}"
    (decision,) = office.receive(mail(1, field))
    assert (decision.outcome, decision.notices) == ("quarantined", ())


def test_an_address_gets_ten_answers_an_hour_to_new_records(office: Office) -> None:
    first = office.receive(*(mail(n) for n in range(6)))
    second = office.later(minutes=30).receive(*(mail(n) for n in range(6, 12)))
    assert answers(first + second) == ["ack"] * 10
    assert reasons(second) == ["10 answers went to this address within an hour"] * 2
    assert answers(office.later(minutes=31).receive(mail(99))) == ["ack"]


def reply(office: Office, number: int, to: Any, **changes: Any) -> bytes:
    token = office.engine.tokens.mint(to.ref)
    return mail(number, subject=f"Re: [#{token}] Light", **changes)


def test_an_address_gets_a_template_once_a_day(office: Office) -> None:
    (made,) = office.receive(mail(1))
    assert answers(office.receive(reply(office, 2, made), reply(office, 3, made))) == ["noted"]
    again = office.later(hours=23).receive(reply(office, 4, made))
    assert reasons(again) == ["`noted` went to this address within the last 24 hours"]
    assert answers(office.later(hours=2).receive(reply(office, 5, made))) == ["noted"]


def test_rules_can_ask_for_more_time_between_two(tmp_path: Path) -> None:
    office = desk(tmp_path, ("answers: {", "answers: {same_again_after: 7d, "))
    (made,) = office.receive(mail(1))
    assert answers(office.receive(reply(office, 2, made))) == ["noted"]
    again = office.later(days=6).receive(reply(office, 3, made))
    assert reasons(again) == ["`noted` went to this address within the last 168 hours"]
    assert answers(office.later(days=2).receive(reply(office, 4, made))) == ["noted"]
    office.close()


def test_a_record_gets_so_many_answers_a_day(tmp_path: Path) -> None:
    office = desk(tmp_path, ("answers: {", "answers: {record_a_day: 3, "))
    (made,) = office.receive(mail(1))
    people = [
        reply(office, n, made, sender=f"p{n}@team{n}.example") for n in range(2, 5)
    ]  # with the answer to the first, four
    replies = [*office.receive(*people[:1]), *office.later(minutes=1).receive(*people[1:])]
    assert answers(replies) == ["noted", "noted"]
    assert reasons(replies) == ["3 answers about this record went out within 24 hours"]
    tomorrow = reply(office, 9, made, sender="p9@team9.example")
    assert answers(office.later(hours=24, minutes=2).receive(tomorrow)) == ["noted"]
    office.close()


def test_a_domain_gets_so_many_answers_an_hour(office: Office) -> None:
    many = [mail(n, sender=f"p{n}@weaver.example") for n in range(101)]
    first, second = office.receive(*many[:60]), office.later(minutes=1).receive(*many[60:])
    assert len(answers(first + second)) == 100
    assert reasons(second) == ["100 answers went to this domain within an hour"]
    assert answers(office.receive(mail(200, sender="x@other.example"))) == ["ack"]


def strangers(first: int, count: int, **changes: Any) -> list[bytes]:
    numbers = range(first, first + count)
    return [mail(n, sender=f"p{n}@site{n}.example", **changes) for n in numbers]


def alerts(office: Office) -> list[str]:
    query = "SELECT recipients[1] FROM notices WHERE event = 'queued' AND notice = 'alert'"
    return [address for (address,) in office.sql(query)]


def test_two_hundred_answers_an_hour_make_them_pause_with_one_alarm(office: Office) -> None:
    first = office.receive(*strangers(0, 150))
    second = office.later(minutes=10).receive(*strangers(150, 100))
    assert len(answers(first)) == 150
    assert len(answers(second)) == 50
    assert set(reasons(second)) == {"200 answers went out within an hour: answers pause"}
    third = office.later(minutes=55).receive(*strangers(250, 5))  # the first 150 are past
    assert set(reasons(third)) == {"answers pause until 09:10 UTC, for there were too many"}
    alarms = [each for each in office.events if isinstance(each, Alarmed)]
    assert [each.found.code for each in alarms] == ["PR474"]
    assert alerts(office) == ["boss@kestrel.example"]
    logged = "SELECT count(*) FROM entries WHERE kind = 'alarm_raised'"
    assert office.sql(logged) == [(1,)]
    assert answers(office.later(minutes=6).receive(*strangers(300, 1))) == ["ack"]


def test_a_pause_outlasts_the_engine(office: Office) -> None:
    office.receive(*strangers(0, 201))
    office.close()
    office.open()
    more = office.later(minutes=59).receive(*strangers(300, 1))
    assert reasons(more) == ["answers pause until 09:00 UTC, for there were too many"]
    assert alerts(office) == ["boss@kestrel.example"]


def test_an_account_can_pause_earlier(tmp_path: Path) -> None:
    office = desk(tmp_path, ("answers: {", "answers: {an_hour: 2, "))
    decisions = office.receive(*strangers(0, 3))
    assert reasons(decisions) == [
        "2 answers of this account went out within an hour: answers pause"
    ]
    assert alerts(office) == ["boss@kestrel.example"]
    office.close()


def test_a_thousand_forged_senders_get_no_answer_and_raise_one_alarm(office: Office) -> None:
    """`python -m benchmarks.forged` does the same with ten thousand."""
    for start in range(0, 1_000, 250):
        assert answers(office.receive(*strangers(start, 250, dmarc="fail"))) == []
        office.later(minutes=1)
    assert [each.found.code for each in office.events if isinstance(each, Alarmed)] == ["PR475"]
    assert alerts(office) == ["boss@kestrel.example"]
    sent = "SELECT count(*) FROM notices WHERE notice = 'answer'"
    assert office.sql(sent) == [(0,)]
    assert office.sql("SELECT count(*) FROM records.ticket") == [(1_000,)]


def test_forgers_do_not_keep_others_from_being_answered(office: Office) -> None:
    office.receive(*strangers(0, 300, dmarc="fail"))
    assert answers(office.receive(mail(999))) == ["ack"]


def test_an_account_that_tells_nobody_still_raises_the_alarm(tmp_path: Path) -> None:
    office = desk(tmp_path, ("    answers: {tell: [boss@kestrel.example]}\n", ""))
    office.receive(*strangers(0, 200, dmarc="fail"))
    assert [type(each) for each in office.events if isinstance(each, Alarmed)] == [Alarmed]
    assert alerts(office) == []
    office.close()


TALKATIVE = """\
  quiet:
    - {id: talkative, when: count_from_sender(1h) >= 3, then: no_answer}
"""
ANSWERED = """\
  quiet:
    - {id: answered, when: count_to_sender(2d) >= 2, then: no_answer}
"""


def test_a_rule_stops_answering_who_writes_too_often(tmp_path: Path) -> None:
    office = desk(tmp_path, ("  quiet: []\n", TALKATIVE))
    decisions = office.receive(*(mail(n) for n in range(2)))
    decisions += office.later(minutes=30).receive(*(mail(n) for n in range(2, 5)))
    assert answers(decisions) == ["ack"] * 3
    assert reasons(decisions) == ["filter `talkative` says no_answer"] * 2
    assert {each.outcome for each in decisions} == {"created"}
    assert answers(office.later(minutes=61).receive(mail(9))) == ["ack"]
    office.close()


def test_a_rule_stops_answering_who_was_answered_often_enough(tmp_path: Path) -> None:
    office = desk(tmp_path, ("  quiet: []\n", ANSWERED))
    decisions = office.receive(mail(1)) + office.later(hours=30).receive(mail(2), mail(3))
    assert answers(decisions) == ["ack"] * 2
    assert reasons(decisions) == ["filter `answered` says no_answer"]
    assert answers(office.later(hours=20).receive(mail(4))) == ["ack"]
    assert office.now == NOW + timedelta(hours=50)
    office.close()
