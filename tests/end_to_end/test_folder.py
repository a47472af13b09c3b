"""From a folder of .eml files to records: the whole way, with the real parts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail, put, titles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.desk import Desk


@pytest.fixture
def inbox(desk: Desk) -> Path:
    desk.write(support="{use: eml, path: inbox}")
    folder = desk.folder / "inbox"
    folder.mkdir()
    return folder


def deliver(inbox: Path, *numbers: int) -> None:
    for number in numbers:
        put(inbox / f"{number:05d}.eml", mail(number))


def test_every_file_becomes_a_record_and_a_second_run_finds_nothing(
    desk: Desk, inbox: Path
) -> None:
    deliver(inbox, *range(1_000))
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(1_000)
    assert desk.one("SELECT count(*) FROM communications") == 1_000
    again = desk.once()
    assert (again.returncode, again.stderr) == (0, "")
    assert desk.titles() == titles(1_000)


def test_records_hold_what_the_mail_said(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 7)
    desk.once()
    (row,) = desk.sql("SELECT number, title, details FROM records.ticket")
    assert row["number"] == "SUP-1"
    assert "This is number 7: grüße." in row["details"]


def test_explain_says_why(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 7)
    desk.once()
    for words in ("1", "SUP-1", "7.Request@weaver.example"):
        shown = desk.run("explain", words, "--rules", str(desk.folder))
        assert shown.returncode == 0, shown.stderr
        assert "message 1: created ticket 1" in shown.stdout
        assert "access `anybody`: allow_as guest" in shown.stdout
        assert 'title = "Request 00007"' in shown.stdout
    told = desk.run("explain", "1", "--rules", str(desk.folder), "--json")
    assert json.loads(told.stdout)["decision"]["outcome"] == "created"


def test_what_a_mail_says_cannot_steer_the_terminal(desk: Desk, inbox: Path) -> None:
    put(inbox / "1.eml", mail(1, "=?utf-8?q?=1b]0;owned=07=1b[2J?="))
    shown = [
        desk.run("run", str(desk.folder), "--once", "-v"),
        desk.run("explain", "1", "--rules", str(desk.folder)),
        desk.run("sql", "--rules", str(desk.folder), "SELECT title FROM records.ticket"),
    ]
    assert all(done.returncode == 0 for done in shown)
    assert "owned" in shown[2].stdout
    assert all("\x1b" not in done.stdout + done.stderr for done in shown)


def test_explain_of_nothing_says_so(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 7)
    desk.once()
    shown = desk.run("explain", "SUP-99", "--rules", str(desk.folder))
    assert shown.returncode == 1
    assert "error[PR442]: nothing is known of `SUP-99`" in shown.stderr


def test_the_raw_message_comes_back_byte_for_byte(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 7)
    desk.once()
    shown = desk.run("raw", "1", "--rules", str(desk.folder))
    assert shown.stdout.encode() == mail(7).replace(b"\r\n", b"\n")


def test_what_is_urgent_is_told(desk: Desk, inbox: Path) -> None:
    put(inbox / "1.eml", mail(1, "urgent"))
    desk.once()
    (sent,) = list((desk.folder / "outbox").iterdir())
    assert b"boss@kestrel.example" in sent.read_bytes()
    assert desk.one("SELECT count(*) FROM communications WHERE direction = 'out'") == 1


def test_machines_get_events(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 1, 2)
    told = [
        json.loads(line)
        for line in desk.run("run", str(desk.folder), "--once", "--json").stdout.splitlines()
    ]
    assert [each["event"] for each in told] == [
        "started", "decided", "decided", "committed", "caught_up", "stopped",
    ]  # fmt: skip


def test_contacts_come_from_csv_and_only_once(desk: Desk, inbox: Path) -> None:
    del inbox
    sheet = desk.folder / "contacts.csv"
    sheet.write_text("name,email\nAnn,ann@weaver.example\nBob,bob@weaver.example\n")
    words = ("import", "contact", str(sheet), "--rules", str(desk.folder))
    assert desk.run(*words).stdout == "contact: 2 created, 0 updated, 0 unchanged\n"
    sheet.write_text("name,email\nAnne,ANN@weaver.example\nBob,bob@weaver.example\n")
    assert desk.run(*words).stdout == "contact: 0 created, 1 updated, 1 unchanged\n"
    assert desk.sql("SELECT name, email FROM records.contact ORDER BY name") == [
        {"name": "Anne", "email": "ANN@weaver.example"},
        {"name": "Bob", "email": "bob@weaver.example"},
    ]


def test_a_bad_cell_is_shown_at_its_line_and_nothing_is_written(desk: Desk, inbox: Path) -> None:
    del inbox
    sheet = desk.folder / "contacts.csv"
    sheet.write_text("name,email\nAnn,ann@weaver.example\nBob,nobody\n")
    done = desk.run("import", "contact", str(sheet), "--rules", str(desk.folder))
    assert done.returncode == 1
    assert f"{sheet}:3:1: error[PR250]" in done.stderr
    assert not (desk.folder / "postroom-data").exists()


def test_an_empty_folder_is_fine(desk: Desk, inbox: Path) -> None:
    del inbox
    assert desk.once().returncode == 0


def test_an_unreadable_file_is_told_and_the_others_go_on(desk: Desk, inbox: Path) -> None:
    deliver(inbox, 1, 2)
    (inbox / "00000.eml").symlink_to(inbox / "nowhere")
    (inbox / "00003.eml").mkdir()
    desk.once()
    assert desk.titles() == ["Request 00001", "Request 00002"]
