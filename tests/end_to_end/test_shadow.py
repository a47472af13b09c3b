"""A second rule set decides each message too, and is never obeyed."""

from __future__ import annotations

import json
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from tests.end_to_end.desk import mail, put

from postroom.cli.main import main
from postroom.model.envelope import Envelope, Place
from postroom.runtime.events import Trouble
from postroom.runtime.rulesets import shadow
from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.rulesets.shadow import Shadow, cast_shadow
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive
from postroom.runtime.supervise import run_once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.desk import Desk

    from postroom.runtime.engine import Engine
    from postroom.runtime.events import Event as Told

pytestmark = pytest.mark.usefixtures("inbox")
SET = 'title: "${subject}"'


@pytest.fixture
def inbox(desk: Desk) -> None:
    desk.write(support="{use: eml, path: inbox}")
    folder = desk.folder / "inbox"
    folder.mkdir()
    for number in range(1, 8):
        put(folder / f"{number}.eml", mail(number))


def other(desk: Desk, tmp_path: Path, old: str = SET, new: str = SET) -> Path:
    """Return a folder with other rules."""
    folder = tmp_path / "other"
    folder.mkdir()
    text = (desk.folder / "rules.yaml").read_text("utf-8")
    assert old in text
    (folder / "rules.yaml").write_text(text.replace(old, new), "utf-8")
    return folder


def tally(desk: Desk, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["shadow", "--rules", str(desk.folder), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_it_is_noted_and_not_obeyed(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = other(
        desk, tmp_path, "    access:\n", '    filters: [{id: f, when: subject contains "00003", '
        "then: discard}]\n    access:\n"
    )  # fmt: skip
    assert main(["run", str(desk.folder), "--once", "--shadow", str(rules)]) == 0
    told = tally(desk, capsys)
    assert told["messages"] == 7
    assert told["classes"]["lost"] == 1
    kept = archive(folders(desk.folder).data)
    assert kept.query("SELECT count(*) FROM records.ticket").rows == [(7,)]
    (row,) = kept.query(
        "SELECT was, outcome, fired, words, against <> rules FROM shadow_decisions "
        "WHERE class = 'lost'"
    ).rows
    assert row == ("created", "discarded", ["f"], ["created ticket 3 -> discarded"], True)
    assert kept.query("SELECT DISTINCT rules FROM decisions").rows != [(load_rules(rules).hash,)]
    assert main(["shadow", "--rules", str(desk.folder), "--fail-if", "lost"]) == 1
    assert "7 messages decided in the shadow" in capsys.readouterr().out


def test_the_same_rules_make_no_difference(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", str(desk.folder), "--once", "--shadow", str(desk.folder)]
    assert main(words) == 0
    told = tally(desk, capsys)
    assert (told["messages"], told["classes"]["same"]) == (7, 7)


def test_what_nobody_looked_up_is_said(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = other(
        desk, tmp_path, "    access:\n",
        "    filters: [{id: f, when: count_from_sender(1h) > 3, then: discard}]\n    access:\n",
    )  # fmt: skip
    assert main(["run", str(desk.folder), "--once", "--shadow", str(rules)]) == 0
    assert tally(desk, capsys)["uncertain"] == {"messages": 7, "facts": {"counts": 7}}


def test_rules_that_do_not_check_are_told_and_the_real_ones_run(desk: Desk, tmp_path: Path) -> None:
    told: list[Told] = []
    engine = assemble(folders(desk.folder), tell=told.append)
    cast_shadow(engine, other(desk, tmp_path, SET, 'title: "${subjekt}"'))
    assert engine.shadow is None
    assert run_once(engine)
    assert [each.found.code for each in told if isinstance(each, Trouble)] == ["PR201"]
    assert archive(folders(desk.folder).data).query("SELECT count(*) FROM decisions").rows == [(7,)]


def test_a_shadow_that_fails_costs_nothing_but_its_own_conclusions(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(shadow, "decide", lambda *_: 1 // 0)
    engine = assemble(folders(desk.folder))
    cast_shadow(engine, desk.folder)
    assert run_once(engine)
    told = tally(desk, capsys)
    assert (told["messages"], told["skipped"]) == (0, {"deciding failed": 7})
    assert archive(folders(desk.folder).data).query("SELECT count(*) FROM decisions").rows == [(7,)]


def test_a_shadow_that_is_slow_leaves_messages_out_and_counts_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go_on = Event()
    conclude = Shadow._conclude
    monkeypatch.setattr(shadow, "_WAITING", 1)

    def slowly(self: Shadow, *words: object) -> None:
        go_on.wait(30)
        conclude(self, *words)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(Shadow, "_conclude", slowly)
    engine = assemble(folders(desk.folder))
    cast_shadow(engine, desk.folder)
    for number in (1, 2, 3):
        _decide(engine, number)
    go_on.set()
    engine.close()
    told = tally(desk, capsys)
    missed = {1: 2, 2: 1}[told["messages"]]
    assert told["skipped"] == {"there was no time for them": missed}


def _decide(engine: Engine, number: int) -> None:
    raw = mail(number)
    envelope = Envelope(Place("inbox", "1", str(number)), raw, len(raw))
    engine.process(engine.rules.accounts["support"], [envelope])
