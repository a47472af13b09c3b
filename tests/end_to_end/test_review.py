"""The review queue: what is put aside, and what people decide about it, while an engine runs."""

from __future__ import annotations

import json
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.end_to_end.answering import RULES, Office, mail

from postroom.cli.main import main
from postroom.runtime.clock import SYSTEM
from postroom.runtime.requests import files as requests
from postroom.runtime.requests.acts import carry_out
from postroom.runtime.supervise import run_until
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.model.decision import Decision

UNSURE = "    - {id: unsure, when: not auth.aligned, then: {quarantine: who is it}}\n"
SURE = """create:
        - {id: sure, when: auth.aligned, then: {allow_as: guest}}
        - {id: nobody, then: deny}"""
ANYBODY = "create: [{id: anybody, then: {allow_as: guest}}]"
BIG_ONES = '    - {id: big, when: subject contains "big", then: {quarantine: too big}}\n'
HELD = RULES.replace("  quiet: []\n", f"  quiet:\n{BIG_ONES}{UNSURE}").replace(ANYBODY, SURE)
OPEN = HELD.replace(UNSURE, "").replace(SURE, ANYBODY)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "desk", HELD, SYSTEM.now())
    yield office
    office.close()


class Told:
    """What a command said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def ask(office: Office, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(*words: str) -> Told:
        capsys.readouterr()
        code = main(["quarantine", *words, "--rules", str(office.folder)])
        return Told(code, *capsys.readouterr())

    return ask


def held(office: Office, *raws: bytes) -> list[Decision]:
    decisions = office.receive(*raws)
    assert {each.outcome for each in decisions} == {"quarantined"}
    office.engine.publish()
    return decisions


BIG, FORGED = mail(1, subject="A big one"), mail(2, dmarc="fail")
TWO_FROM = mail(3, "From: <eve@evil.example>")


def test_what_waits_is_listed_with_its_reason(office: Office, ask: Any) -> None:
    held(office, BIG, FORGED, TWO_FROM)
    office.close()
    told = ask("list")
    assert told.code == 0
    assert "1  " in told.out
    assert "too big (filter `big`)" in told.out
    assert "who is it (filter `unsure`)" in told.out
    assert "nobody can tell who sent it" in told.out
    assert told.out.endswith("3 waiting\n")
    assert [row["communication"] for row in ask("list", "--json").rows] == [1, 2, 3]
    assert ask("list", "--account", "other").out == "nothing waits\n"
    shown = ask("show", "1")
    assert "message 1: quarantined" in shown.out
    assert "It is dark." in shown.out


def test_a_released_message_is_decided_past_the_filter_that_held_it(
    office: Office, ask: Any
) -> None:
    held(office, BIG)
    office.close()
    told = ask("release", "1", "--reason", "it is a plan", "--by", "ann")
    assert (told.code, told.out) == (0, "message 1: created ticket 1, as message 2\n")
    office.open()
    assert office.sql("SELECT title FROM records.ticket") == [("A big one",)]
    review = 'SELECT communication, act, outcome, became, "by", reason FROM reviews'
    assert office.sql(review) == [(1, "released", "created", 2, "ann", "it is a plan")]
    assert office.sql("SELECT * FROM review_queue") == []
    outcomes = "SELECT id, outcome FROM communications ORDER BY id"
    assert office.sql(outcomes)[:2] == [(1, "quarantined"), (2, "created")]
    (again,) = office.receive(BIG)
    assert again.outcome == "duplicate"
    office.close()


def test_a_release_needs_the_permissions_that_the_rules_ask_for(office: Office, ask: Any) -> None:
    held(office, FORGED)
    office.close()
    told = ask("release", "1", "--reason", "looks fine")
    assert (told.code, told.out) == (0, "message 1: denied, as message 2\n")
    office.open()
    assert office.sql("SELECT act, outcome FROM reviews") == [("released", "denied")]
    assert office.sql("SELECT count(*) FROM records.ticket") == [(0,)]
    office.close()


def test_a_reviewer_can_vouch_for_a_sender_and_that_is_recorded(office: Office, ask: Any) -> None:
    held(office, FORGED)
    office.close()
    told = ask("release", "1", "--reason", "she rang", "--by", "ann", "--vouch")
    assert told.out == "message 1: created ticket 1, as message 2\n"
    office.open()
    assert office.sql('SELECT act, "by" FROM reviews') == [("vouched", "ann")]
    state = "SELECT sender_state FROM decisions WHERE communication = 2"
    assert office.sql(state) == [("aligned",)]
    facts = "SELECT body ->> '$.facts.review' FROM entries WHERE kind = 'decision' AND seq > 6"
    assert ("vouched",) in office.sql(facts)
    office.close()


def test_nobody_can_release_what_nobody_can_have_sent(office: Office, ask: Any) -> None:
    held(office, TWO_FROM)
    office.close()
    told = ask("release", "1", "--reason", "why not", "--vouch")
    assert told.code == 1
    assert "still in quarantine: nobody can tell who sent it" in told.out


def test_a_discarded_message_waits_no_more_and_nothing_becomes_of_it(
    office: Office, ask: Any
) -> None:
    held(office, BIG, FORGED)
    office.close()
    told = ask("discard", "1", "2", "--reason", "spam", "--by", "ann")
    assert (told.code, told.out) == (0, "message 1: discarded\nmessage 2: discarded\n")
    assert ask("list").out == "nothing waits\n"
    office.open()
    assert office.sql("SELECT count(*) FROM records.ticket") == [(0,)]
    assert office.sql("SELECT act, reason FROM reviews") == [("discarded", "spam")] * 2
    office.close()


def test_nothing_is_done_twice(office: Office, ask: Any) -> None:
    held(office, BIG)
    office.close()
    ask("release", "1", "--reason", "fine", "--by", "ann")
    for again in (("release", "1"), ("discard", "1"), ("replay", "1")):
        told = ask(*again, "--reason", "again")
        assert told.code == 1
        assert "not done: message 1 was released already, by ann at " in told.out
    assert "message 99 is not in quarantine" in ask("discard", "99", "--reason", "x").out
    assert "message 2 is not in quarantine" in ask("discard", "2", "--reason", "x").out
    office.open()
    assert office.sql("SELECT count(*) FROM records.ticket") == [(1,)]
    office.close()


def test_a_request_that_is_carried_out_again_has_the_same_answer(office: Office) -> None:
    """As when an engine dies between the act and its answer."""
    held(office, BIG)
    body: dict[str, Any] = {"communications": [1], "vouch": False}
    asked = requests.request("release", SYSTEM.now(), by="ann", reason="fine", body=body)
    first: Any = carry_out(office.engine, asked)
    second: Any = carry_out(office.engine, asked)
    for name in ("communication", "outcome", "became"):
        assert first["messages"][0][name] == second["messages"][0][name]
    assert office.sql("SELECT count(*) FROM records.ticket") == [(1,)]
    office.close()


def test_after_the_rules_were_changed_what_waits_is_decided_again(office: Office, ask: Any) -> None:
    held(office, BIG, FORGED, TWO_FROM)
    office.close()
    (office.folder / "rules.yaml").write_text(OPEN, "utf-8")
    told = ask("replay", "--reason", "anybody may write")
    assert told.code == 1
    assert told.out.splitlines()[1].startswith("message 2: created ticket 1, as message ")
    assert "message 1: still in quarantine: too big" in told.out
    assert "message 3: still in quarantine: nobody can tell" in told.out
    assert ask("list").out.endswith("2 waiting\n")


def test_it_works_while_an_engine_runs(office: Office, ask: Any) -> None:
    held(office, BIG)
    stop = Event()
    engine = office.engine
    thread = Thread(target=run_until, args=(engine, stop))
    thread.start()
    try:
        told = ask("release", "1", "--reason", "fine", "--json")
        (row,) = told.rows
        assert (row["outcome"], row["table"], row["record"]) == ("created", "ticket", 1)
        assert ask("list").out == "nothing waits\n"
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    office.closed = True


def test_a_request_that_names_no_messages_is_refused(office: Office) -> None:
    named: list[list[Any]] = [[], ["1"], [True], list(range(1, 1_002)), [None]]
    for numbers in named:
        body: dict[str, Any] = {"communications": numbers}
        asked = requests.request("discard", SYSTEM.now(), by="ann", body=body)
        with pytest.raises(Problem, match="PR472"):
            carry_out(office.engine, asked)
