"""What is particular to the console and to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.hooks.contracts import Retry
from postroom.testing.notifier_contract import letter
from postroom_smtp.console import ConsoleNotifier
from postroom_smtp.file import FileNotifier
from postroom_smtp.settings import ConsoleSettings, FileSettings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_console_shows_whom_about_what_and_the_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notifier = ConsoleNotifier(ConsoleSettings())
    raw = notifier.send(letter())
    notifier.close()
    assert b"Auto-Submitted: auto-replied" in raw
    assert capsys.readouterr().err == (
        "--- answer of billing (ack)\n"
        "To: ann@partner.example\n"
        "Subject: Received: Outage in Berlin\n"
        "\n"
        "We have opened SUP-4711.\n"
        "---\n"
    )


def test_nothing_that_a_terminal_would_obey_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;title\x07\x9b2J\ud800"
    ConsoleNotifier(ConsoleSettings()).send(letter(subject=evil, text=evil, to=(evil,)))
    shown = capsys.readouterr().err
    assert all(each == "\n" or each.isprintable() for each in shown)


def test_the_same_notice_is_written_once(tmp_path: Path) -> None:
    notifier = FileNotifier(FileSettings(tmp_path / "out"))
    raw = notifier.send(letter())
    notifier.send(letter())
    notifier.send(letter(key="../../other"))
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 2
    assert all(path.suffix == ".eml" for path in files)
    assert raw in [path.read_bytes() for path in files]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Retry) as caught:
        FileNotifier(FileSettings(tmp_path / "out")).send(letter())
    assert f"`{tmp_path}/out` cannot be written to" in caught.value.why
