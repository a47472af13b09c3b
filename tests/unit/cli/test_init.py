from __future__ import annotations

import json
from typing import TYPE_CHECKING

from postroom.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_init_makes_rules_that_check(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "rules")]) == 0
    assert main(["check", str(tmp_path / "rules")]) == 0


def test_init_says_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rules"
    main(["init", str(folder)])
    assert f"postroom test {folder}" in capsys.readouterr().out


def test_init_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("version: 1\n")
    assert main(["init", str(tmp_path)]) == 2
    assert "error[PR441]: the folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [mine]


def test_unknown_starter_rules_are_refused_with_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "rules"), "--starter", "helpdsk"]) == 2
    shown = capsys.readouterr().err
    assert "helpdesk" in shown
    assert not (tmp_path / "rules").exists()


def test_init_tells_machines_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path / "rules"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert all((tmp_path / "rules" / name).is_file() for name in told["files"])
