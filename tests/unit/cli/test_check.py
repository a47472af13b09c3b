from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from postroom.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "version: 1\ntables:\n  ticket:\n    fields: {title: {type: text}}\n"
BAD = GOOD.replace("title:", "titel!:").replace("tables", "tabels")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(GOOD)
    return tmp_path


def test_good_rules_are_fine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "no errors" in capsys.readouterr().out


def test_a_mistake_is_shown_at_its_place_and_found_by_the_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rules.yaml").write_text(BAD)
    assert main(["check", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert "rules.yaml:2:1: error[PR030]" in shown
    assert "did you mean `tables`?" in shown


def test_machines_get_the_same_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.yaml").write_text(BAD)
    assert main(["check", str(folder), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["found"][0]["place"]["line"] == 2


def test_a_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nowhere")]) == 1
    assert "PR040" in capsys.readouterr().out


def test_a_file_in_latin_1_is_an_error_of_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "alt.yaml").write_bytes("lists: {a: [Müller]}\n".encode("latin-1"))
    assert main(["check", str(folder)]) == 1
    assert "alt.yaml" in capsys.readouterr().out


def test_a_guest_without_rights_is_told_before_the_first_stranger_writes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rules.yaml").write_text(
        "version: 1\n"
        "tables:\n"
        "  contact:\n"
        "    fields: {email: {type: email}, groups: {type: multi_choice, values: [guests]}}\n"
        "  ticket: {fields: {title: {type: text}, notes: {type: text}}}\n"
        "contacts: {table: contact, groups: groups, guest: guest@x.example}\n"
        "groups: {guests: {ticket: {create: true, fields: [title]}}}\n"
        "accounts:\n"
        "  help:\n"
        "    table: ticket\n"
        "    address: help@x.example\n"
        "    access:\n"
        "      create: [{id: anybody, then: {allow_as: guest}}]\n"
        "      update: [{id: nobody, then: deny}]\n"
        '    mapping: {set: {title: "${subject}", notes: "${body.text}"}}\n'
    )
    main(["check", str(folder)])
    shown = capsys.readouterr().out
    assert "rules.yaml:15:42: warning[PR358]: mail from strangers does not set `notes`" in shown
    assert "add `notes` to the `fields` of `guests` in `ticket`" in shown
