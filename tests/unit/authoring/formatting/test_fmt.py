"""`postroom fmt`: what is written, what is left alone, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.authoring.formatting import files
from postroom.authoring.formatting.format import Changed
from postroom.cli.main import main

LOOSE = "version: 1\nlists: { words: [ 'a' ] }\n"
TIDY = "version: 1\nlists: {words: [a]}\n"
BROKEN = "version: 1\nlists: {words: [ a }\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(LOOSE)
    return tmp_path / "rules"


def test_a_file_is_written_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "rules"]) == 0
    assert (folder / "a.yaml").read_text() == TIDY
    assert capsys.readouterr().out == "formatted rules/a.yaml\n1 file formatted\n"
    assert main(["fmt", "rules"]) == 0
    assert capsys.readouterr().out == "1 file as it should be\n"


def test_without_a_path_it_is_this_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert main(["fmt"]) == 0
    assert (folder / "a.yaml").read_text() == TIDY


def test_check_writes_nothing_and_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", "rules"]) == 1
    assert (folder / "a.yaml").read_text() == LOOSE
    assert capsys.readouterr().out == "would format rules/a.yaml\n1 file to format\n"


def test_diff_shows_what_would_change(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.yaml").write_text(LOOSE.rstrip("\n"))
    assert main(["fmt", "--diff", "rules"]) == 0
    assert (folder / "a.yaml").read_text() == LOOSE.rstrip("\n")
    assert capsys.readouterr().out == (
        "--- rules/a.yaml\n+++ rules/a.yaml\n@@ -1,2 +1,2 @@\n version: 1\n"
        "-lists: { words: [ 'a' ] }\n\\ No newline at end of file\n+lists: {words: [a]}\n"
    )


def test_a_file_with_an_error_is_left_alone_and_the_others_are_formatted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "b.yaml").write_text(BROKEN)
    assert main(["fmt", "rules"]) == 1
    assert (folder / "a.yaml").read_text() == TIDY
    assert (folder / "b.yaml").read_text() == BROKEN
    said = capsys.readouterr()
    assert "left as it is: rules/b.yaml" in said.err
    assert "b.yaml:2:16: error[PR018]" in said.err
    assert "1 file formatted; 1 file with errors, left as it is" in said.out


def test_a_file_of_a_folder_is_left_alone_if_it_names_what_is_not_there(folder: Path) -> None:
    text = "version: 1\ncontacts: { table: nowhere }\n"
    (folder / "a.yaml").write_text(text)
    assert main(["fmt", "rules"]) == 1
    assert (folder / "a.yaml").read_text() == text


def test_what_a_single_file_names_may_stand_in_others(folder: Path) -> None:
    (folder / "a.yaml").write_text("version: 1\ncontacts: { table: nowhere }\n")
    assert main(["fmt", "rules/a.yaml"]) == 0
    assert (folder / "a.yaml").read_text() == "version: 1\ncontacts: {table: nowhere}\n"


def test_a_single_file_with_an_unknown_key_is_left_alone(folder: Path) -> None:
    (folder / "a.yaml").write_text("tabels: { }\n")
    assert main(["fmt", "rules/a.yaml"]) == 1
    assert (folder / "a.yaml").read_text() == "tabels: { }\n"


def test_a_file_that_is_not_utf_8_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.yaml").write_bytes(b"lists: {a: [\xfc]}\n")
    assert main(["fmt", "rules/a.yaml"]) == 1
    assert "PR002" in capsys.readouterr().err


def test_the_mode_of_a_file_and_a_link_to_it_are_kept(folder: Path) -> None:
    target = folder.parent / "target.yaml"
    (folder / "a.yaml").rename(target)
    target.chmod(0o640)
    (folder / "a.yaml").symlink_to(target)
    assert main(["fmt", "rules"]) == 0
    assert (folder / "a.yaml").is_symlink()
    assert target.read_text() == TIDY
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in folder.iterdir()) == ["a.yaml"]


def test_a_file_that_cannot_be_written_stays_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device", str(path), None, str(len(data)))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["fmt", "rules"]) == 3
    assert "PR448" in capsys.readouterr().err
    assert (folder / "a.yaml").read_text() == LOOSE
    assert [p.name for p in folder.iterdir()] == ["a.yaml"]


def test_rather_than_change_what_a_file_says_it_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(_text: str) -> str:
        raise Changed

    monkeypatch.setattr(files, "formatted", wrong)
    assert main(["fmt", "rules"]) == 1
    assert "PR531" in capsys.readouterr().err
    assert (folder / "a.yaml").read_text() == LOOSE
