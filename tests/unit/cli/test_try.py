from __future__ import annotations

import json
from pathlib import Path

import pytest

from postroom.cli.main import main

RULES = (Path(__file__).parents[1] / "testing" / "help.yaml").read_text("utf-8")
ANN = b"""Return-Path: <ann@w.example>
Authentication-Results: mx.x.example; dmarc=pass header.from=w.example
Received: from mail.w.example ([192.0.2.1]) by mx.x.example; Thu, 15 Jan 2026 12:00:00 +0000
From: ann@w.example
To: help@x.example
Message-ID: <1@w.example>
Subject: =?utf-8?Q?Light=1B[31m?=

It stays dark.
"""
EVE = b"From: eve@evil.example\nTo: help@x.example\nMessage-ID: <2@evil.example>\n\nHi\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "help.yaml").write_text(RULES.replace("tests:\n", ""), "utf-8")
    (tmp_path / "mail" / "later").mkdir(parents=True)
    (tmp_path / "mail" / "ann.eml").write_bytes(ANN)
    (tmp_path / "mail" / "later" / "eve.eml").write_bytes(EVE)
    (tmp_path / "mail" / ".hidden").write_bytes(EVE)
    (tmp_path / "given.yaml").write_text("contacts: [{email: ann@w.example}]\n", "utf-8")
    return tmp_path


def tried(folder: Path, *arguments: str) -> int:
    return main(["try", *arguments, "--rules", str(folder / "rules")])


def test_machines_get_one_decision_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--given", str(folder / "given.yaml"))
    assert tried(folder, str(folder / "mail"), "--json", *given) == 0
    ann, eve = map(json.loads, capsys.readouterr().out.splitlines())
    assert ann["file"] == str(folder / "mail" / "ann.eml")
    assert (ann["outcome"], ann["table"], ann["account"]) == ("created", "ticket", "help")
    assert ann["fired"] == ["known"]
    assert ann["record"]["details"] == "It stays dark."
    assert ann["record"]["requester"] == 1
    assert ann["provenance"]["details"] == {"rule": "mapping.set", "place": "help.yaml:36:34"}
    assert ann["notified"] == ["ack"]
    assert ann["server_actions"] == ["move Done"]
    assert ann["reasons"] == ["access rule `known` allows it as ann@w.example"]
    assert (eve["outcome"], eve["record"], eve["replied_with"]) == ("denied", {}, [])
    assert eve["suppressed"][0]["reason"] == "the sender is not authenticated"


def test_people_read_what_would_happen_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = str(folder / "mail" / "ann.eml")
    assert tried(folder, mail, "--given", str(folder / "given.yaml")) == 0
    shown = capsys.readouterr().out
    assert f"{mail}: created ticket 1\n" in shown
    assert "access rule `known` allows it as ann@w.example\n" in shown
    assert "no: count_from_sender(1h) > 10   [count_from_sender(1h) = 0]\n" in shown
    assert "ack: answer to ann@w.example by console\n" in shown
    assert "move Done\n" in shown


def test_what_a_mail_says_never_reaches_the_terminal_as_a_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried(folder, str(folder / "mail"))
    assert "\x1b" not in capsys.readouterr().out


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = str(folder / "mail" / "later" / "eve.eml")
    assert tried(folder, "missing.eml", mail, "--json") == 1
    missing, eve = map(json.loads, capsys.readouterr().out.splitlines())
    assert missing == {
        "file": "missing.eml",
        "outcome": None,
        "reasons": ["the file cannot be read: no such file or directory"],
    }
    assert eve["outcome"] == "denied"


def test_an_account_that_is_not_there_is_wrong_use(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(folder, str(folder / "mail"), "--account", "halp") == 2
    assert "there is no account `halp`; did you mean `help`?" in capsys.readouterr().err


def test_nothing_is_touched(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    tried(folder, str(folder / "mail"))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_mbox_file_holds_several_messages(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = folder / "box"
    line = b"From - Thu Jan 15 12:00:00 2026\n"
    box.write_bytes(line + ANN + b"\n" + line + EVE)
    assert tried(folder, str(box), "--json") == 0
    told = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(each["file"], each["outcome"]) for each in told] == [
        (f"{box}#1", "denied"),
        (f"{box}#2", "denied"),
    ]
