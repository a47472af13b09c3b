from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.unit.runtime.memory import NOW

from postroom.cli.watch import Lines, Live, Machine
from postroom.model.batch import OutboxRow
from postroom.model.decision import Decision, Notice, RecordChange
from postroom.model.envelope import Envelope, Place, ServerAction
from postroom.model.record import RecordRef
from postroom.runtime.events import (
    Alarmed,
    Calmed,
    CaughtUp,
    Committed,
    Delivered,
    Recovered,
    Settled,
    Started,
    Stopped,
    Trouble,
)
from postroom.source.diagnostic import Diagnostic
from postroom.source.render import as_json

if TYPE_CHECKING:
    import pytest

    from postroom.runtime.events import Event

PAGE = Path(__file__).parents[3] / "docs/reference/run-events.md"
ENVELOPE = Envelope(Place("INBOX", "1", "17"), b"x", 1)
CREATED = Decision(
    "created",
    "support",
    table="ticket",
    reasons=("Ann may create",),
    change=RecordChange("create", RecordRef("ticket", 12), {}),
)
TROUBLE = Diagnostic("PR511", "the mail server refuses the sign-in", help="check the password")
ACTION = ServerAction(1, "support", ENVELOPE.place, "move", "Done", NOW, "aa")
NOTICE = Notice("k", "alert", "notify", "page", "page", "smtp", ("boss@kestrel.example",))


def events() -> list[Event]:
    row = OutboxRow(1, "support", 5, NOTICE, NOW, NOW)
    return [
        Started(("support",), "data", "f00d"),
        Committed("support", ((ENVELOPE, CREATED),), 3, 100),
        Trouble("sales", TROUBLE, timedelta(seconds=12)),
        Delivered(row, "retry", "greylisted", timedelta(minutes=4)),
        Settled(ACTION, done=True, detail="moved to Done"),
        Recovered("sales"),
        Alarmed("sales", TROUBLE),
        Calmed("sales", "PR511", "the mail server refuses the sign-in"),
        CaughtUp("support", 1),
        Stopped(),
    ]


def test_people_get_plain_lines_and_trouble_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Lines(verbose=False) as watch:
        for event in events():
            watch(event)
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "accounts: support; data in data",
        "support: 1 created; 3 known already, found in a new place",
        "support: alert `page` for message 5: retry, tried again in 4 min (greylisted)",
        "sales: goes on again",
        "sales: over: PR511 the mail server refuses the sign-in",
        "stopped; nothing is left half done",
    ]
    assert shown.err.splitlines() == [
        "sales: error[PR511]: the mail server refuses the sign-in",
        "   = help: check the password",
        "   = note: tried again in 12 s",
        "sales: error[PR511]: the mail server refuses the sign-in",
        "   = help: check the password",
    ]


def test_verbose_shows_each_message(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(verbose=True) as watch:
        watch(events()[1])
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "support  17  created ticket 12  [no rule]  Ann may create"


def test_machines_get_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Machine() as watch:
        for event in events():
            watch(event)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in told] == [
        "started", "decided", "committed", "trouble", "notice", "settled",
        "recovered", "alarm", "alarm_over", "caught_up", "stopped",
    ]  # fmt: skip
    assert told[1]["outcome"] == "created"
    assert (told[3]["code"], told[3]["again_in"]) == ("PR511", 12)


def test_the_reference_names_every_event_and_its_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Machine() as watch:
        for event in events():
            watch(event)
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if "|" in line]
    told = {row[1].strip(" `"): row[3] for row in rows}
    for line in capsys.readouterr().out.splitlines():
        shown = json.loads(line)
        name = shown.pop("event")
        finding = as_json(TROUBLE).keys() if name in ("trouble", "alarm") else set()
        assert [key for key in shown.keys() - finding if f"`{key}`" not in told[name]] == []


def test_a_terminal_shows_the_same_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(verbose=False) as watch:
        for event in events():
            watch(event)
    assert "PR511" in capsys.readouterr().out
