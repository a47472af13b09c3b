from __future__ import annotations

import json
from pathlib import Path

import pytest

from postroom.cli.main import main

RULES = (Path(__file__).parents[1] / "testing" / "help.yaml").read_text("utf-8")
PASSING = """\
  - name: a stranger is refused
    account: help
    mail: {from: eve@evil.example, dmarc: none}
    expect: {decision: denied}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "help.yaml").write_text(RULES + PASSING, "utf-8")
    return tmp_path


def test_cases_that_pass_need_few_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("1 case, all as expected\n")
    assert (
        "no case makes these rules fire:\n  help.yaml:27:14: filters `talkative` of help\n" in shown
    )


def test_a_case_that_fails_says_what_differs_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "help.yaml").write_text(RULES + PASSING.replace("denied", "created"), "utf-8")
    assert main(["test", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith(
        "help.yaml:48:11: a stranger is refused\n"
        "  decision: expected created\n"
        "              but got denied\n"
        "                access rule `nobody` denies it\n"
    )
    assert shown.endswith("1 case, 1 failed\n")


def test_machines_get_the_same_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["passed"], data["failed"]) == (1, 0)
    assert data["cases"][0]["name"] == "a stranger is refused"
    assert [rule["id"] for rule in data["untested"]][:2] == ["talkative", "heavy"]


def test_mistakes_in_the_rules_come_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "help.yaml").write_text(RULES.replace("contact.known", "contact.knwon"), "utf-8")
    assert main(["test", str(folder)]) == 1
    assert "did you mean `contact.known`?" in capsys.readouterr().err
