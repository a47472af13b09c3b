"""Bounces of servers that follow no standard, each in its own words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.read import read

if TYPE_CHECKING:
    from postroom.model.message import Message

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parent / "bounces.yaml").read_text(encoding="utf-8")
)
BOUNCES = [case for case in CASES if not case.get("none")]
LETTERS = [case for case in CASES if case.get("none")]


def message(case: dict[str, Any]) -> Message:
    fields = {
        "From": case["from"],
        "To": "me@sender.example",
        "Subject": case["subject"],
        **case.get("headers", {}),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return read((header + "\r\n" + case["text"].replace("\n", "\r\n")).encode())


@pytest.mark.parametrize("case", BOUNCES, ids=lambda case: case["server"])
def test_a_bounce_says_who_failed_and_why(case: dict[str, Any]) -> None:
    read_back = message(case)
    recipients = read_back.dsn.recipients
    assert read_back.class_ == "bounce"
    assert [each.addr_spec for each in recipients] == case["failed"]
    assert {each.action for each in recipients} == {case.get("action", "failed")}
    kinds = case.get("kinds", [case.get("kind", "hard")] * len(recipients))
    assert [each.kind for each in recipients] == kinds
    if "smtp" in case:
        assert recipients[0].smtp_code == case["smtp"]
    if "status" in case:
        assert recipients[0].status == case["status"]
    if "ids" in case:
        assert list(read_back.dsn.original_message_ids) == case["ids"]


@pytest.mark.parametrize("case", LETTERS, ids=lambda case: case["server"])
def test_what_people_write_about_bounces_is_none(case: dict[str, Any]) -> None:
    read_back = message(case)
    assert read_back.class_ != "bounce"
    assert not read_back.dsn.present


def test_reasons_are_given() -> None:
    assert message(BOUNCES[0]).class_reasons[0] == "a delivery failed"
    assert any("mail system" in reason for reason in message(BOUNCES[0]).class_reasons)
