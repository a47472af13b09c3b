from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from postroom.model.envelope import AfterDecision
from postroom.model.message import Attachment
from postroom.model.record import LogEntry
from postroom.pipeline.context import Tried
from postroom.pipeline.explain import as_data, as_lines, server_actions, shown, span, tried

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk


def test_a_decision_is_plain_data_for_machines(desk: Desk) -> None:
    photo = Attachment("a.jpg", "image/jpeg", "image/jpeg", "attachment", "", 9, "ab", 2)
    decision = desk.decide(desk.message(attachments=(photo,)))
    data = as_data(decision)
    assert json.loads(json.dumps(data)) == data
    assert list(data) == [
        "outcome", "account", "table", "fired", "record", "provenance", "notified",
        "replied_with", "server_actions", "reasons", "suppressed", "refused_values",
    ]  # fmt: skip
    assert data["record"]["files"] == [  # type: ignore[index, call-overload]
        {"sha256": "ab", "filename": "a.jpg", "content_type": "image/jpeg", "size": 9,
         "communication": 40, "part": 2},
    ]  # fmt: skip


def test_every_rule_that_is_asked_is_told_whether_it_held(desk: Desk) -> None:
    message, facts = desk.message(), desk.facts()
    asked = tried(message, facts, desk.account, desk.rules, desk.tokens)
    assert [(rule.section, rule.id, rule.held) for rule in asked] == [
        ("access", "known", True),
        ("mapping", "outage", False),
        ("notify", "ack", True),
    ]
    lines = as_lines(desk.decide(message, facts), asked)
    assert "  rules that did not:" in lines
    assert "    mapping `outage`   rules.yaml:1:1" in lines


def test_of_very_many_rules_the_first_are_shown(desk: Desk) -> None:
    asked = [Tried(f"r{n}", "filters", "x:1:1", held=False, because=()) for n in range(1_060)]
    lines = as_lines(desk.decide(), asked)
    assert "    filters `r49`   x:1:1" in lines
    assert "    filters `r50`   x:1:1" not in lines
    assert "    and 1,010 more" in lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\n  b", "a b"),
        ("x" * 100, "x" * 69 + "…"),
        (True, "true"),
        (("vip", "late"), "vip, late"),
        ([], ""),
        (datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15T12:00:00Z"),
        (
            LogEntry(datetime(2026, 1, 1, tzinfo=UTC), "a@b.example", verified=False, text="Hi"),
            "Hi (a@b.example, unverified)",
        ),
    ],
)
def test_a_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=14), "2w"),
        (timedelta(days=2), "2d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=3), "3h"),
        (timedelta(seconds=61), "61s"),
    ],
)
def test_a_time_span_is_shown_as_it_is_written(length: timedelta, text: str) -> None:
    assert span(length) == text


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (AfterDecision("keep"), ()),
        (AfterDecision("flag", "Done"), ("flag Done",)),
        (AfterDecision("move", "Old Mail"), ("move Old Mail",)),
        (AfterDecision("delete", "", timedelta(days=2)), ("delete after 2d",)),
    ],
)
def test_what_is_done_on_the_server_is_told_in_words(
    desk: Desk, after: AfterDecision, words: tuple[str, ...]
) -> None:
    assert server_actions(replace(desk.decide(), after=(after,))) == words
