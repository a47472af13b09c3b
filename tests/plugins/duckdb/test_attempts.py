"""What engines died with is found, whatever became of the end of the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from postroom.model.envelope import Place
from postroom.testing.store_rows import ACCOUNT
from postroom_duckdb.attempts import Attempts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONE, TWO = Place("INBOX", "1", "1"), Place("INBOX", "1", "2")


def opened(folder: Path) -> Attempts:
    attempts = Attempts(folder)
    attempts.open(_all)
    return attempts


def _all(_account: str, _mailbox: str, _epoch: str, keys: Sequence[str]) -> list[str]:
    return list(keys)


def died_with(folder: Path, *places: Place) -> None:
    """Take messages in hand one by one, and end without letting them go."""
    attempts = opened(folder)
    for place in places:
        attempts.take(ACCOUNT, [place])
    attempts.close()


def suspects(folder: Path) -> dict[Place, int]:
    attempts = opened(folder)
    attempts.close()
    return {place: deaths for (_, place), deaths in attempts.suspects().items()}


@pytest.mark.parametrize("torn", [b'["taken",1,"supp', b"\0" * 40], ids=["half", "zeros"])
def test_deaths_count_behind_a_line_that_was_cut_off(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "attempts").write_bytes(torn)
    died_with(tmp_path, ONE)
    died_with(tmp_path, ONE)
    assert suspects(tmp_path) == {ONE: 2}


def test_what_stands_behind_a_bad_line_counts(tmp_path: Path) -> None:
    """An earlier version added to a line that was cut off."""
    died_with(tmp_path, ONE)
    file = tmp_path / "attempts"
    file.write_bytes(b'["taken",1,"supp["taken",1,"x",[]]\n' + file.read_bytes())
    assert suspects(tmp_path) == {ONE: 1}


@pytest.mark.parametrize("failing", ["write", "fdatasync"])
def test_what_cannot_be_noted_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    attempts = opened(tmp_path)
    attempts.take(ACCOUNT, [ONE])
    write = os.write

    def half(file: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError("no room")
        return write(file, data[: len(data) - 10])

    def fails(_file: int) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, half if failing == "write" else fails)
        with pytest.raises(OSError, match="no room"):
            attempts.take(ACCOUNT, [TWO])
    attempts.take(ACCOUNT, [Place("INBOX", "1", "3")])
    attempts.close()
    assert suspects(tmp_path) == {ONE: 1, Place("INBOX", "1", "3"): 1}
