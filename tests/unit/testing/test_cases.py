from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.rules.load import load
from postroom.source.diagnostic import RuleError
from postroom.source.text import Source
from postroom.testing.cases import Result, run_all
from postroom.testing.report import as_data, lines_of

HERE = Path(__file__).parent
RULES = (HERE / "help.yaml").read_text("utf-8")
KNOWN = {"contacts": [{"email": "ann@w.example"}]}


def run(
    mail: dict[str, Any], expect: dict[str, Any], given: dict[str, Any] | None = None
) -> Result:
    case = {"name": "it", "account": "help", "mail": mail, "given": given or {}, "expect": expect}
    return results(json.dumps(case))[0]


def results(*cases: str, folder: Path = HERE) -> tuple[Result, ...]:
    text = RULES + "".join(f"  - {case}\n" for case in cases)
    return run_all(load([Source("help.yaml", text)], KINDS), folder).results


def failures(result: Result) -> list[str]:
    """What differs; nothing where the case passes."""
    assert result.problem is None, result.problem
    return [difference.what for difference in result.differences]


ANN: dict[str, Any] = {"from": "Ann <ann@w.example>", "subject": "Light", "dmarc": "pass"}
DENIED = {"decision": "denied", "replied_with": ["no"]}
CREATED: dict[str, Any] = {"decision": "created", "notified": ["ack"]}


def test_a_case_passes_where_everything_is_as_expected() -> None:
    expect = CREATED | {"fired": ["known"], "server_actions": ["move Done"], "table": "ticket"}
    expect |= {"reasons": "`known` allows it", "forwarded": []}
    assert run(ANN, expect, KNOWN).passed


@pytest.mark.parametrize(
    ("expect", "different"),
    [
        ({"decision": "denied", "notified": ["ack"]}, ["decision"]),
        (CREATED | {"fired": []}, ["fired"]),
        (CREATED | {"fired": ["known", "urgent"]}, ["fired"]),
        (CREATED | {"record": {"title": "Dark", "priority": 3}}, ["record.title"]),
        (CREATED | {"server_actions": []}, ["server_actions"]),
        (CREATED | {"replied_with": ["no"]}, ["replied_with"]),
        (CREATED | {"table": "contact"}, ["table"]),
        (CREATED | {"forwarded": ["a@x.example"]}, ["forwarded"]),
        (CREATED | {"reasons": ["`known` allows", "a token"]}, ["reasons"]),
        ({"decision": "created", "notified": []}, ["notified"]),
    ],
)
def test_a_case_fails_where_something_differs(expect: dict[str, Any], different: list[str]) -> None:
    assert failures(run(ANN, expect, KNOWN)) == different


def test_a_notice_that_nobody_expected_fails_the_case() -> None:
    assert failures(run(ANN, {"decision": "created"}, KNOWN)) == ["notified"]
    assert failures(run(ANN, {"decision": "denied"})) == ["replied_with"]


RECORDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"headers": {"Importance": "high"}}, {"priority": 1, "tags": ["vip", "late"]}),
    ({"text": "It stays dark."}, {"details": "It stays dark.", "due": None, "notes": ""}),
    ({"html": "<p>It <b>stays</b> dark."}, {"details": "It stays dark."}),
    ({"text": "T", "html": "<p>H"}, {"details": "T"}),
    ({"subject": "soon", "received": "2026-03-01T00:00:00Z"}, {"due": "2026-03-03"}),
    ({}, {"requester": "ann@w.example"}),
    ({}, {"requester": 1}),
    ({"attachments": [{"filename": "a.txt", "text": "x"}]}, {"files": ["a.txt"]}),
    ({"attachments": [{"filename": "a.bin", "size": 9}]}, {"files": "a.bin"}),
    ({"subject": "K\u00f6ln"}, {"title": "K\u00f6ln"}),
]


@pytest.mark.parametrize(("mail", "record"), RECORDS)
def test_values_are_compared_as_their_fields_hold_them(
    mail: dict[str, Any], record: dict[str, Any]
) -> None:
    result = run(ANN | mail, CREATED | {"record": record}, KNOWN)
    assert [*lines_of(result)][1:] == []


@pytest.mark.parametrize(
    "record",
    [{"priority": 2}, {"due": "2026-03-03"}, {"tags": ["vip"]}, {"files": ["a"]}, {"notes": "x"},
     {"requester": 2}, {"requester": "bob@w.example"}, {"priority": "many"}],
)  # fmt: skip
def test_other_values_differ(record: dict[str, Any]) -> None:
    assert failures(run(ANN, CREATED | {"record": record}, KNOWN)) == [
        f"record.{next(iter(record))}"
    ]


def test_an_update_is_compared_with_the_whole_record() -> None:
    given = KNOWN | {"records": {"ticket": [{"id": 11, "title": "Light", "notes": ["Old."]}]}}
    expect = {"decision": "updated", "record": {"title": "Light", "notes": "New."}}
    result = run(ANN | {"token": "ticket-11", "text": "New."}, expect, given)
    assert result.passed
    expect["record"]["notes"] = ["Old.", "New."]  # type: ignore[index]
    assert run(ANN | {"token": "ticket-11", "text": "New."}, expect, given).passed


def test_a_token_is_a_real_one_of_this_record() -> None:
    given = {"records": {"ticket": [{"id": 12}]}}
    assert run(ANN | {"token": "ticket-11"}, DENIED, given).passed


def test_counts_are_what_is_given() -> None:
    given = KNOWN | {"counters": {"count_from_sender(1h)": 11}}
    assert run(ANN, {"decision": "created", "fired": ["talkative", "known"]}, given).passed


def test_the_shadow_of_a_filter_does_not_fire() -> None:
    big = {"attachments": [{"filename": "a.bin", "size": 1_000_001}]}
    assert run(ANN | big, CREATED | {"fired": ["known"]}, KNOWN).passed


def test_a_contact_is_found_by_each_of_its_addresses() -> None:
    given = {"contacts": [{"id": 5, "email": "a@w.example", "other": ["ANN@w.example"]}]}
    assert run(ANN, CREATED | {"record": {"requester": 5}}, given).passed


def test_whoever_is_not_authenticated_is_not() -> None:
    assert run(ANN | {"dmarc": "fail"}, {"decision": "denied"}, KNOWN).passed
    without = {name: value for name, value in ANN.items() if name != "dmarc"}
    assert run(without, {"decision": "denied"}, KNOWN).passed


def test_a_message_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: eve@evil.example\r\n\r\nHi\r\n")
    case = "{name: it, account: help, eml: a.eml, expect: {decision: denied}}"
    missing = "{name: it, account: help, eml: b.eml, expect: {decision: denied}}"
    found, not_found = results(case, missing, folder=tmp_path)
    assert found.passed
    assert not_found.problem is not None
    assert not_found.problem.code == "PR445"


@pytest.mark.parametrize(
    ("mail", "given", "message"),
    [
        ({"token": "tickets-1"}, {}, "`tickets-1` names no record"),
        ({"token": "ticket"}, {}, "`ticket` names no record"),
        ({"headers": {"X-A": "a\nb"}}, {}, "`X-A` is no header field of one line"),
        ({"headers": {"X A": "a"}}, {}, "`X A` is no header field of one line"),
        ({"received": "yesterday"}, {}, "`yesterday` is no time"),
        ({}, {"clock": "noon"}, "`noon` is no time"),
        ({}, {"counters": {"count(1h)": 1}}, "`count(1h): 1` is no count"),
        ({}, {"counters": {"count_from_sender(1y)": 1}}, "`count_from_sender(1y): 1` is no count"),
        (
            {},
            {"records": {"ticket": [{"id": 1}, {"id": 1}]}},
            "`1` is no id of its own in `ticket`",
        ),
        (
            {},
            {"records": {"ticket": [{"requester": "b@w.example"}]}},
            "no contact has the address `b@w.example`",
        ),
    ],
)
def test_what_no_case_can_be_made_of_is_said(
    mail: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    result = run(ANN | mail, CREATED, given)
    assert result.problem is not None
    assert (result.problem.code, result.problem.message) == ("PR445", message)
    assert result.problem.span is not None
    assert not result.passed


def test_a_value_that_a_record_cannot_have_is_said() -> None:
    result = run(ANN, CREATED, {"records": {"ticket": [{"priority": 9}]}})
    assert result.problem is not None
    assert result.problem.message.startswith("`priority: 9` does not fit: ")


@pytest.mark.parametrize("section", ["mail", "given", "expect"])
def test_an_unknown_key_is_a_mistake_in_the_rules(section: str) -> None:
    case: dict[str, Any] = {"mail": ANN, "given": {}, "expect": CREATED}
    case[section] = {**case[section], "subjekt": "x"}
    with pytest.raises(RuleError, match="PR030"):
        results(json.dumps({"name": "it", "account": "help", **case}))


def test_a_failure_is_told_with_its_place_and_the_reasons() -> None:
    expect = {"decision": "created", "fired": ["known"], "notified": ["ack"]}
    lines = [*lines_of(run(ANN, expect))]
    assert lines == [
        "help.yaml:48:14: it",
        "  decision: expected created",
        "              but got denied",
        "                access rule `nobody` denies it",
        "  fired: expected known",
        "           but got nobody",
        "  notified: expected ack",
        "              but got none",
        "  replied_with: expected none",
        "                  but got no",
    ]


def test_a_notice_that_was_not_sent_is_told_with_the_reason() -> None:
    mail = ANN | {"headers": {"Auto-Submitted": "auto-replied"}}
    lines = [*lines_of(run(mail, CREATED, KNOWN))]
    assert lines[-1].strip() == "ack is not sent: Auto-Submitted is auto-replied"


def test_rules_that_no_case_makes_fire_are_listed() -> None:
    case = json.dumps({"name": "it", "account": "help", "mail": ANN, "expect": DENIED})
    report = run_all(load([Source("help.yaml", f"{RULES}  - {case}\n")], KINDS), HERE)
    assert [rule.id for rule in report.untested] == [
        "talkative", "heavy", "known", "token", "urgent", "soon", "ack",
    ]  # fmt: skip
    data = as_data(report)
    assert (data["passed"], data["failed"]) == (1, 0)
    assert data["untested"][0] == {  # type: ignore[index]
        "account": "help", "section": "filters", "id": "talkative", "place": "help.yaml:27:14",
    }  # fmt: skip
