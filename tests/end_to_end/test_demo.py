"""The demo: what a stranger sees first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from postroom.cli.demo import QUESTIONS, command
from postroom.cli.sql import command as sql

if TYPE_CHECKING:
    from click.testing import Result

EXPECTED = Path(__file__).parents[1] / "golden" / "demo" / "expected.txt"


def _demo(*words: str) -> Result:
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return result


def _line(row: dict[str, Any]) -> str:
    words = [f"{row['file'].partition('.eml')[0]}: {row['outcome']}"]
    words += [row["record"]] if row["record"] else []
    words += [f"({', '.join(row['fired'])})"] if row["fired"] else []
    words += [f"-> {', '.join(row['notified'])}"] if row["notified"] else []
    return " ".join(words)


def test_each_sample_message_becomes_what_it_should() -> None:
    rows = [json.loads(line) for line in _demo("--json").stdout.splitlines()]
    became = [_line(row) for row in sorted(rows, key=lambda row: row["file"])]
    assert became == EXPECTED.read_text("utf-8").splitlines()


def test_people_see_messages_records_and_questions_and_can_go_on(tmp_path: Path) -> None:
    shown = _demo("--keep", str(tmp_path / "kept")).stdout
    assert "What became of 48 messages" in shown
    assert "SUP-25" in shown
    assert all(question in shown for question in QUESTIONS)
    words = [
        "SELECT count(*) AS n FROM records.ticket",
        "--rules",
        str(tmp_path / "kept"),
        "--json",
    ]
    assert json.loads(CliRunner().invoke(sql, words).stdout) == {"n": 25}
